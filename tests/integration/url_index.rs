//! The rulings of the design, one test each, named after the ruling.

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, SOON, Server, now_ms, text_of, wait_until};

const OTHER: &str = "https://example.org/other";

fn start() -> (Server, Client) {
    let server = Server::start();
    let client = server.client();
    (server, client)
}

#[test]
fn alias_of_a_live_code_is_codetaken_even_for_the_same_url() {
    let (_server, mut client) = start();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    client.refused("CODETAKEN", &["SHORTEN", OTHER, "ALIAS", "x"]);
    client.refused("CODETAKEN", &["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    client.text(&["SHORTEN", OTHER]);
    client.refused("CODETAKEN", &["SHORTEN", OTHER, "ALIAS", "g8"]);
    assert_eq!(client.text(&["RESOLVE", "x"]), EXAMPLE);
}

#[test]
fn alias_expiry_limit_note_and_new_always_make_a_link_of_their_own() {
    let (_server, mut client) = start();
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g8");
    for options in [
        &["NEW"][..],
        &["EX", "100"],
        &["MAXVISITS", "5"],
        &["NOTE", "n"],
        &["ALIAS", "x"],
    ] {
        let code = client.text(&[&["SHORTEN", EXAMPLE], options].concat());
        assert_ne!(code, "g8", "{options:?}");
        assert_eq!(
            client.text(&["SHORTEN", EXAMPLE]),
            "g8",
            "the first keeps the entry, after {options:?}"
        );
    }
}

#[test]
fn only_generated_permanent_links_without_limit_or_note_are_indexed() {
    let (_server, mut client) = start();
    for options in [
        &["EX", "100"][..],
        &["MAXVISITS", "5"],
        &["NOTE", "n"],
        &["ALIAS", "x"],
    ] {
        client.text(&[&["SHORTEN", EXAMPLE], options].concat());
        client.nil(&["LINK.FIND", EXAMPLE]);
    }
    client.ok(&["LINK.SET", "y", EXAMPLE]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    let code = client.text(&["SHORTEN", EXAMPLE, "NEW"]);
    assert_eq!(client.text(&["LINK.FIND", EXAMPLE]), code);
}

#[test]
fn another_destination_clears_the_index_for_good() {
    let (_server, mut client) = start();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["LINK.SET", "g8", OTHER]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    client.nil(&["LINK.FIND", OTHER]);
    client.ok(&["LINK.SET", "g8", EXAMPLE]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g9");
}

#[test]
fn an_expiry_clears_the_index_for_good() {
    let (_server, mut client) = start();
    client.text(&["SHORTEN", EXAMPLE]);
    client.int(&["LINK.EXPIRE", "g8", "100"]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    client.int(&["LINK.PERSIST", "g8"]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g9");
    client.ok(&["LINK.SET", "g9", EXAMPLE, "EX", "100"]);
    client.nil(&["LINK.FIND", EXAMPLE]);
}

#[test]
fn a_limit_clears_the_index_for_good() {
    let (_server, mut client) = start();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["LINK.SET", "g8", EXAMPLE, "MAXVISITS", "5"]);
    client.nil(&["LINK.FIND", EXAMPLE]);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g9");
}

#[test]
fn setting_the_same_destination_again_keeps_the_index() {
    let (_server, mut client) = start();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["LINK.SET", "g8", EXAMPLE]);
    assert_eq!(client.text(&["LINK.FIND", EXAMPLE]), "g8");
}

#[test]
fn link_set_on_a_live_code_keeps_strategy_created_visits_and_limit_unless_given() {
    let (_server, mut client) = start();
    client.text(&["SHORTEN", EXAMPLE, "MAXVISITS", "9"]);
    client.text(&["VISIT", "g8"]);
    let before = client.fields(&["LINK.INFO", "g8"]);
    client.ok(&["LINK.SET", "g8", OTHER]);
    let after = client.fields(&["LINK.INFO", "g8"]);
    for name in [
        "strategy",
        "id",
        "created",
        "visits",
        "max-visits",
        "last-visit",
    ] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!(text_of(&after["url"]), OTHER);
    client.ok(&[
        "LINK.SET",
        "g8",
        OTHER,
        "MAXVISITS",
        "5",
        "VISITS",
        "2",
        "CREATED",
        "1000",
    ]);
    let given = client.fields(&["LINK.INFO", "g8"]);
    assert_eq!(
        (&given["max-visits"], &given["visits"], &given["created"]),
        (&Value::Int(5), &Value::Int(2), &Value::Int(1000))
    );
}

#[test]
fn the_ttl_goes_at_link_set_unless_keepttl() {
    let (_server, mut client) = start();
    let expires = |client: &mut Client| client.fields(&["LINK.INFO", "x"]).remove("expires");
    client.ok(&["LINK.SET", "x", EXAMPLE, "EX", "100"]);
    let at = expires(&mut client);
    client.ok(&["LINK.SET", "x", OTHER, "KEEPTTL"]);
    assert_eq!(expires(&mut client), at);
    client.ok(&["LINK.SET", "x", OTHER]);
    assert_eq!(expires(&mut client), Some(Value::Nil));
    client.ok(&["LINK.SET", "x", OTHER, "EX", "100"]);
    client.ok(&["LINK.SET", "x", OTHER, "PERSIST"]);
    assert_eq!(expires(&mut client), Some(Value::Nil));
}

#[test]
fn a_zero_negative_overflowing_or_past_expiry_is_invalid() {
    let (_server, mut client) = start();
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
fn an_expired_code_stays_reserved_until_its_retention_is_over() {
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
fn an_expired_code_whose_retention_is_over_may_be_taken_at_once() {
    let (_server, mut client) = start();
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

#[test]
fn flushing_starts_afresh() {
    for flush in [&["FLUSHDB"][..], &["FLUSHALL"], &["FLUSHALL", "ASYNC"]] {
        let (_server, mut client) = start();
        for url in [EXAMPLE, OTHER] {
            client.text(&["SHORTEN", url]);
        }
        client.ok(flush);
        assert_eq!(client.int(&["LINK.COUNT"]), 0);
        assert_eq!(client.text(&["SHORTEN", OTHER]), "g8");
        wait_until(
            "the totals agree",
            SOON,
            || client.stat("shorten_links"),
            |links| *links == 1,
        );
    }
}

#[test]
fn a_shard_renamed_to_another_slots_name_is_an_error_and_not_believed() {
    let (_server, mut client) = start();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    let (from, to) = (
        client.text(&["LINK.KEY", "x"]),
        client.text(&["LINK.KEY", "y"]),
    );
    client.ok(&["RENAME", &from, &to]);
    client.nil(&["RESOLVE", "x"]);
    client.error(&["RESOLVE", "y"]);
    client.error(&["SHORTEN", OTHER, "ALIAS", "y"]);
    client.ok(&["RENAME", &to, &from]);
    assert_eq!(client.text(&["RESOLVE", "x"]), EXAMPLE);
}
