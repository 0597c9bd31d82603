//! LINK.INFO: all fields of a link.

use md5::{Digest, Md5};
use redis::Value;

use shorten_testkit::{EXAMPLE, SOON, Server, now_ms, text_of, wait_until};

const FIELDS: [&str; 13] = [
    "created",
    "expires",
    "id",
    "last-visit",
    "max-visits",
    "md5",
    "note",
    "short-url",
    "state",
    "strategy",
    "updated",
    "url",
    "visits",
];

#[test]
fn it_shows_all_fields_of_a_plain_link() {
    let server = Server::start();
    let mut client = server.client();
    let before = now_ms();
    client.text(&["SHORTEN", EXAMPLE]);
    let info = client.fields(&["LINK.INFO", "g8"]);
    assert_eq!(info.keys().map(String::as_str).collect::<Vec<_>>(), FIELDS);
    assert_eq!(text_of(&info["url"]), EXAMPLE);
    assert_eq!(text_of(&info["state"]), "active");
    assert_eq!(text_of(&info["strategy"]), "counter");
    assert_eq!(info["id"], Value::Int(1000));
    assert_eq!(info["visits"], Value::Int(0));
    let Value::Int(created) = info["created"] else {
        panic!("{info:?}")
    };
    assert!(
        (before..=now_ms()).contains(&created),
        "{created} is in unix milliseconds"
    );
    assert_eq!(info["updated"], info["created"]);
    let md5: String = Md5::digest(EXAMPLE)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(text_of(&info["md5"]), md5);
    for name in ["expires", "last-visit", "max-visits", "note", "short-url"] {
        assert_eq!(info[name], Value::Nil, "{name}");
    }
}

#[test]
fn it_names_the_strategy_of_each_code() {
    let server = Server::start();
    let mut client = server.client();
    for strategy in ["counter", "hash", "pool"] {
        let code = client.text(&["SHORTEN", EXAMPLE, "STRATEGY", strategy, "NEW"]);
        assert_eq!(
            text_of(&client.fields(&["LINK.INFO", &code])["strategy"]),
            strategy
        );
    }
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    client.ok(&["LINK.SET", "y", EXAMPLE]);
    for code in ["x", "y"] {
        assert_eq!(
            text_of(&client.fields(&["LINK.INFO", code])["strategy"]),
            "alias"
        );
    }
}

#[test]
fn it_shows_expiry_limit_and_note() {
    let server = Server::start();
    let mut client = server.client();
    let at = now_ms() + 500_000;
    let code = client.text(&[
        "SHORTEN",
        EXAMPLE,
        "PXAT",
        &at.to_string(),
        "MAXVISITS",
        "7",
        "NOTE",
        "spring",
    ]);
    let info = client.fields(&["LINK.INFO", &code]);
    assert_eq!(info["expires"], Value::Int(at));
    assert_eq!(info["max-visits"], Value::Int(7));
    assert_eq!(text_of(&info["note"]), "spring");

    let before = now_ms();
    for (option, amount, low, high) in [
        ("EX", 100, before + 100_000, 5000),
        ("PX", 70_000, before + 70_000, 5000),
        ("EXAT", before / 1000 + 90, (before / 1000 + 90) * 1000, 0),
    ] {
        let code = client.text(&["SHORTEN", EXAMPLE, option, &amount.to_string()]);
        let Value::Int(expires) = client.fields(&["LINK.INFO", &code])["expires"] else {
            panic!("{option}")
        };
        assert!(
            (low..=low + high).contains(&expires),
            "{option} {amount}: {expires}, at {before}"
        );
    }
}

#[test]
fn an_expired_link_is_shown_until_it_is_reclaimed() {
    let server = Server::builder().module_args("expired-retention 1").start();
    let mut client = server.client();
    let code = client.text(&["SHORTEN", EXAMPLE, "PX", "1"]);
    wait_until(
        "it has expired",
        SOON,
        || client.cmd(&["RESOLVE", &code]),
        |reply| *reply == Value::Nil,
    );
    assert_eq!(
        text_of(&client.fields(&["LINK.INFO", &code])["state"]),
        "expired"
    );
    wait_until(
        "it is reclaimed",
        SOON,
        || client.cmd(&["LINK.INFO", &code]),
        |reply| *reply == Value::Nil,
    );
}

#[test]
fn an_unknown_or_malformed_code_is_nil() {
    let server = Server::start();
    let mut client = server.client();
    let codes: &[&[u8]] = &[b"g8", b"", b"a b", b"\0", b"\xff", &[b'x'; 65]];
    for code in codes {
        client.nil(&[b"LINK.INFO", *code]);
    }
}

#[test]
fn an_update_changes_updated_and_keeps_created() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let before = client.fields(&["LINK.INFO", "g8"]);
    let moved = || now_ms() > 1 + text_of(&before["created"]).parse::<i64>().unwrap();
    wait_until("the clock moves on", SOON, moved, |moved| *moved);
    client.ok(&["LINK.SET", "g8", "https://example.com/new"]);
    let after = client.fields(&["LINK.INFO", "g8"]);
    assert_eq!(after["created"], before["created"]);
    let (Value::Int(then), Value::Int(now)) = (&before["updated"], &after["updated"]) else {
        panic!("{after:?}")
    };
    assert!(now > then, "{now} after {then}");
}
