//! LINK.SET: imports and updates links.

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, Server, now_ms, text_of};

const OTHER: &str = "https://example.org/other";

#[test]
fn it_creates_a_link_with_a_chosen_code() {
    let server = Server::start();
    let mut client = server.client();
    client.ok(&["LINK.SET", "launch", EXAMPLE]);
    assert_eq!(client.text(&["RESOLVE", "launch"]), EXAMPLE);
    assert_eq!(client.int(&["LINK.COUNT"]), 1);
}

#[test]
fn nx_only_creates_and_xx_only_updates() {
    let server = Server::start();
    let mut client = server.client();
    client.nil(&["LINK.SET", "x", EXAMPLE, "XX"]);
    client.nil(&["RESOLVE", "x"]);
    client.ok(&["LINK.SET", "x", EXAMPLE, "NX"]);
    client.nil(&["LINK.SET", "x", OTHER, "nx"]);
    assert_eq!(client.text(&["RESOLVE", "x"]), EXAMPLE);
    client.ok(&["LINK.SET", "x", OTHER, "XX"]);
    assert_eq!(client.text(&["RESOLVE", "x"]), OTHER);
}

#[test]
fn an_import_carries_created_visits_limit_note_and_expiry() {
    let server = Server::start();
    let mut client = server.client();
    let at = now_ms() + 100_000;
    let at_text = at.to_string();
    let options = [
        "PXAT",
        &at_text,
        "MAXVISITS",
        "10",
        "NOTE",
        "moved",
        "CREATED",
        "1500000000000",
        "VISITS",
        "7",
    ];
    client.ok(&[&["LINK.SET", "x", EXAMPLE], &options[..]].concat());
    let info = client.fields(&["LINK.INFO", "x"]);
    for (name, value) in [
        ("created", 1_500_000_000_000),
        ("visits", 7),
        ("max-visits", 10),
        ("expires", at),
    ] {
        assert_eq!(info[name], Value::Int(value), "{name}");
    }
    assert_eq!(text_of(&info["note"]), "moved");
    for _ in 0..3 {
        client.text(&["VISIT", "x"]);
    }
    client.nil(&["VISIT", "x"]);
}

#[test]
fn maxvisits_0_removes_the_limit_and_an_empty_note_the_note() {
    let server = Server::start();
    let mut client = server.client();
    client.ok(&["LINK.SET", "x", EXAMPLE, "MAXVISITS", "1", "NOTE", "n"]);
    client.text(&["VISIT", "x"]);
    client.nil(&["VISIT", "x"]);
    client.ok(&["LINK.SET", "x", EXAMPLE, "MAXVISITS", "0", "NOTE", ""]);
    assert_eq!(client.text(&["VISIT", "x"]), EXAMPLE);
    let info = client.fields(&["LINK.INFO", "x"]);
    assert_eq!(
        (&info["max-visits"], &info["note"]),
        (&Value::Nil, &Value::Nil)
    );
}

#[test]
fn an_unknown_repeated_or_contradictory_option_is_a_syntax_error() {
    let server = Server::start();
    let mut client = server.client();
    let wrong: &[&[&str]] = &[
        &["NX", "XX"],
        &["NX", "NX"],
        &["KEEPTTL", "EX", "10"],
        &["PERSIST", "KEEPTTL"],
        &["PERSIST", "PX", "10"],
        &["EX", "10", "EXAT", "99999999999"],
        &["CREATED", "1", "CREATED", "1"],
        &["VISITS", "1", "VISITS", "1"],
        &["ALIAS", "y"],
        &["NEW"],
        &["CREATED"],
        &["BOGUS"],
    ];
    for options in wrong {
        assert_eq!(
            client.error(&[&["LINK.SET", "x", EXAMPLE], *options].concat()),
            "ERR syntax error",
            "{options:?}"
        );
    }
    for options in [
        ["CREATED", "-1"],
        ["CREATED", "x"],
        ["VISITS", "-1"],
        ["VISITS", "x"],
        ["MAXVISITS", "-1"],
    ] {
        client.refused("ERR", &[&["LINK.SET", "x", EXAMPLE], &options[..]].concat());
    }
    assert_eq!(client.int(&["DBSIZE"]), 0);
}

#[test]
fn write_commands_refuse_a_malformed_code_with_badcode() {
    let server = Server::start();
    let mut client = server.client();
    let codes: &[&[u8]] = &[b"", b"a b", b"\0", b"\xff", b"a/b", &[b'x'; 65]];
    for code in codes {
        client.refused(
            "BADCODE",
            &[b"LINK.SET".as_slice(), code, EXAMPLE.as_bytes()],
        );
        client.refused("BADCODE", &[b"LINK.DEL".as_slice(), code]);
        client.refused("BADCODE", &[b"LINK.EXPIRE".as_slice(), code, b"10"]);
        client.refused("BADCODE", &[b"LINK.PERSIST".as_slice(), code]);
    }
    assert_eq!(client.int(&["DBSIZE"]), 0);
}

#[test]
fn an_update_keeps_strategy_created_visits_and_limit_unless_given() {
    let server = Server::start();
    let mut client = server.client();
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
fn an_update_removes_the_ttl_unless_keepttl() {
    let server = Server::start();
    let mut client = server.client();
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
