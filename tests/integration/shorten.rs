//! SHORTEN: the worked example, aliases and options.

use redis::Value;

use shorten_testkit::{EXAMPLE, SOON, Server, now_ms, text_of, wait_until};

const OTHER: &str = "https://example.org/other";

#[test]
fn the_worked_example_gives_g8_g9_ga_and_resolves() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g8");
    assert_eq!(
        client.text(&["SHORTEN", "https://example.com/second"]),
        "g9"
    );
    assert_eq!(client.text(&["SHORTEN", "https://example.com/third"]), "ga");
    assert_eq!(client.text(&["RESOLVE", "g8"]), EXAMPLE);
    assert_eq!(
        client.text(&["RESOLVE", "g9"]),
        "https://example.com/second"
    );
    assert_eq!(client.text(&["RESOLVE", "ga"]), "https://example.com/third");
}

#[test]
fn a_known_url_returns_its_code_for_every_strategy() {
    let server = Server::start();
    let mut client = server.client();
    let code = client.text(&["SHORTEN", EXAMPLE]);
    for strategy in ["COUNTER", "hash", "Pool"] {
        assert_eq!(
            client.text(&["SHORTEN", EXAMPLE, "STRATEGY", strategy]),
            code
        );
    }
    assert_eq!(client.int(&["LINK.COUNT"]), 1);
}

#[test]
fn an_alias_is_1_to_64_characters_of_the_url_safe_alphabet() {
    let server = Server::start();
    let mut client = server.client();
    let longest = "x".repeat(64);
    for alias in ["a", "0", "spring-sale_2026", "-", "_", &longest] {
        assert_eq!(client.text(&["SHORTEN", EXAMPLE, "ALIAS", alias]), alias);
        assert_eq!(client.text(&["RESOLVE", alias]), EXAMPLE);
    }
    let too_long = "x".repeat(65);
    for alias in ["", "a b", "a/b", "ü", "a:b", "a.b", "{a}", "a\0", &too_long] {
        client.refused("BADCODE", &["SHORTEN", EXAMPLE, "ALIAS", alias]);
    }
}

#[test]
fn codes_are_strings_so_01_and_1_differ() {
    let server = Server::start();
    let mut client = server.client();
    for alias in ["1", "01", "001", "g8x"] {
        client.text(&[
            "SHORTEN",
            &format!("https://example.com/{alias}"),
            "ALIAS",
            alias,
        ]);
    }
    for alias in ["1", "01", "001", "g8x"] {
        assert_eq!(
            client.text(&["RESOLVE", alias]),
            format!("https://example.com/{alias}")
        );
    }
    client.nil(&["RESOLVE", "G8X"]);
}

#[test]
fn keywords_are_case_insensitive_and_in_any_order() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&[
        "shorten",
        EXAMPLE,
        "note",
        "a",
        "maxVisits",
        "3",
        "ex",
        "100",
        "new",
        "strategy",
        "hash",
    ]);
    client.text(&[
        "Shorten",
        EXAMPLE,
        "pXaT",
        &(now_ms() + 60_000).to_string(),
        "aLiAs",
        "x",
    ]);
}

#[test]
fn an_unknown_repeated_or_contradictory_option_is_a_syntax_error() {
    let server = Server::start();
    let mut client = server.client();
    let before = client.digest();
    let wrong: &[&[&str]] = &[
        &["WHATEVER"],
        &["NEW", "NEW"],
        &["EX", "10", "EX", "10"],
        &["EX", "10", "PX", "10"],
        &["PXAT", "99999999999999", "EXAT", "99999999999"],
        &["ALIAS", "x", "ALIAS", "x"],
        &["ALIAS", "x", "STRATEGY", "HASH"],
        &["STRATEGY", "HASH", "ALIAS", "x"],
        &["STRATEGY", "POOL", "STRATEGY", "POOL"],
        &["STRATEGY", "OTHER"],
        &["MAXVISITS", "1", "MAXVISITS", "1"],
        &["NOTE", "a", "NOTE", "a"],
        &["ALIAS"],
        &["STRATEGY"],
        &["EX"],
        &["NOTE"],
        &["MAXVISITS"],
    ];
    for options in wrong {
        let command = [&["SHORTEN", EXAMPLE], *options].concat();
        assert_eq!(client.error(&command), "ERR syntax error", "{options:?}");
    }
    assert_eq!(client.digest(), before);
}

#[test]
fn a_limit_must_be_a_positive_integer_and_a_note_at_most_255_bytes() {
    let server = Server::start();
    let mut client = server.client();
    for limit in ["-1", "0", "x", "1.5", "", " 1", "99999999999999999999999"] {
        client.refused("ERR", &["SHORTEN", EXAMPLE, "MAXVISITS", limit]);
    }
    client.refused("ERR", &["SHORTEN", EXAMPLE, "NOTE", &"n".repeat(256)]);
    assert_eq!(client.int(&["LINK.COUNT"]), 0);
    let note = "{\"owner\": \"zoë\"}".repeat(15);
    assert_eq!(note.len(), 255);
    let code = client.text(&["SHORTEN", EXAMPLE, "NOTE", &note]);
    assert_eq!(text_of(&client.fields(&["LINK.INFO", &code])["note"]), note);
}

#[test]
fn a_user_key_with_a_shards_name_is_wrongtype_and_unchanged() {
    let server = Server::start();
    let mut client = server.client();
    let key = client.text(&["LINK.KEY", "taken"]);
    client.ok(&["SET", &key, "mine"]);
    client.refused("WRONGTYPE", &["SHORTEN", EXAMPLE, "ALIAS", "taken"]);
    client.refused("WRONGTYPE", &["RESOLVE", "taken"]);
    client.refused("WRONGTYPE", &["LINK.SET", "taken", EXAMPLE]);
    client.refused("WRONGTYPE", &["LINK.DEL", "taken"]);
    assert_eq!(client.text(&["GET", &key]), "mine");
    assert_eq!(client.int(&["DBSIZE"]), 1);
}

#[test]
fn alias_of_a_live_code_is_codetaken_even_for_the_same_url() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    client.refused("CODETAKEN", &["SHORTEN", OTHER, "ALIAS", "x"]);
    client.refused("CODETAKEN", &["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    client.text(&["SHORTEN", OTHER]);
    client.refused("CODETAKEN", &["SHORTEN", OTHER, "ALIAS", "g8"]);
    assert_eq!(client.text(&["RESOLVE", "x"]), EXAMPLE);
}

#[test]
fn a_zero_negative_overflowing_or_past_expiry_is_invalid() {
    let server = Server::start();
    let mut client = server.client();
    let past = (now_ms() - 1000).to_string();
    let past_seconds = (now_ms() / 1000 - 1).to_string();
    for (option, value) in [
        ("EX", "0"),
        ("EX", "-1"),
        ("PX", "0"),
        ("PX", "-5"),
        ("EX", "9223372036854775807"),
        ("EX", "9223372036854775"),
        ("PX", "9223372036854775807"),
        ("EXAT", "9223372036854775807"),
        ("EXAT", "0"),
        ("PXAT", "-1"),
        ("PXAT", &past),
        ("EXAT", &past_seconds),
    ] {
        for command in [
            &["SHORTEN", EXAMPLE, option, value][..],
            &["LINK.SET", "x", EXAMPLE, option, value],
        ] {
            let error = client.error(command);
            assert!(
                error.starts_with("ERR invalid expire time"),
                "{command:?}: {error}"
            );
        }
    }
    assert_eq!(client.int(&["DBSIZE"]), 0);
}

#[test]
fn a_refused_command_changes_nothing_counters_and_pool_included() {
    let server = Server::builder()
        .module_args("pool-min 0 pool-max 50")
        .start();
    let mut client = server.client();
    client.int(&["CODEPOOL", "FILL"]);
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    let before = client.digest();
    let info = client.info("shorten");
    for options in [
        &["ALIAS", "x"][..],
        &["EX", "0"],
        &["NOPE"],
        &["STRATEGY", "POOL", "MAXVISITS", "0"],
    ] {
        client.error(&[&["SHORTEN", OTHER], options].concat());
    }
    client.error(&["SHORTEN", "nonsense", "STRATEGY", "POOL"]);
    client.error(&["SHORTEN", "ftp://example.com/", "STRATEGY", "HASH"]);
    assert_eq!(client.digest(), before);
    assert_eq!(client.int(&["CODEPOOL", "SIZE"]), 50);
    let after = client.info("shorten");
    for (name, value) in info.iter().filter(|(name, _)| name.starts_with("shorten_")) {
        assert_eq!(&after[name], value, "{name}");
    }
    assert_eq!(client.text(&["SHORTEN", OTHER]), "g8");
}

#[test]
fn an_expired_code_stays_reserved_during_its_retention() {
    let server = Server::builder()
        .module_args("expired-retention 3600")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x", "PX", "1"]);
    wait_until(
        "it expires",
        SOON,
        || client.cmd(&["RESOLVE", "x"]),
        |reply| *reply == Value::Nil,
    );
    client.refused("CODETAKEN", &["SHORTEN", OTHER, "ALIAS", "x"]);
}

#[test]
fn an_expired_code_can_be_reused_once_its_retention_ends() {
    let server = Server::start();
    let mut client = server.client();
    for _ in 0..50 {
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x", "PX", "2"]);
        wait_until(
            "it expires",
            SOON,
            || client.cmd(&["RESOLVE", "x"]),
            |reply| *reply == Value::Nil,
        );
        client.text(&["SHORTEN", OTHER, "ALIAS", "x"]);
        assert_eq!(client.text(&["RESOLVE", "x"]), OTHER);
        client.int(&["LINK.DEL", "x"]);
    }
}
