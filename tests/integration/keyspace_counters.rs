//! The module's writes do not change the server's counts of key hits and misses.

use redis::Value;

use shorten_testkit::{EXAMPLE, SOON, Server, text_of, wait_until};

const OTHER: &str = "https://example.org/other";

#[test]
fn a_change_of_a_link_counts_no_hit_and_no_miss_and_sends_no_keymiss() {
    let server = Server::builder()
        .config("notify-keyspace-events", "Em")
        .start();
    let mut listener = server.client();
    listener.cmd(&["SUBSCRIBE", "__keyevent@0__:keymiss"]);
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "STRATEGY", "POOL"]);
    let changes: &[&[&str]] = &[
        &["SHORTEN", EXAMPLE, "ALIAS", "x", "MAXVISITS", "1"],
        &["LINK.SET", "x", OTHER],
        &["LINK.EXPIRE", "x", "100"],
        &["LINK.PERSIST", "x"],
        &["VISIT", "x"],
        &["LINK.DEL", "x"],
        &["SHORTEN", OTHER, "STRATEGY", "HASH"],
        &["CODEPOOL", "FILL"],
        &["SHORTEN", EXAMPLE, "ALIAS", "y", "PX", "5"],
    ];
    for change in changes {
        client.cmd(change);
    }
    wait_until(
        "the expired link is reclaimed",
        SOON,
        || client.stat("shorten_expired_links"),
        |links| *links == 1,
    );
    let stats = client.info("stats");
    assert_eq!(
        (&*stats["keyspace_hits"], &*stats["keyspace_misses"]),
        ("0", "0")
    );
    client.nil(&["GET", "absent"]);
    match listener.receive() {
        Ok(Value::Array(message)) => assert_eq!(text_of(&message[2]), "absent", "the first miss"),
        other => panic!("no message: {other:?}"),
    }
}

#[test]
fn a_key_named_like_a_code_is_unchanged_when_the_link_changes() {
    let server = Server::start();
    let mut client = server.client();
    client.cmd(&["ZADD", "x", "1", "member"]);
    client.ok(&["SET", "z", "text", "PX", "600000"]);
    let dumps = |client: &mut shorten_testkit::Client| {
        ["x", "z"].map(|key| (client.bytes(&["DUMP", key]), client.texts(&["KEYS", key])))
    };
    let before = dumps(&mut client);
    for code in ["x", "z"] {
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", code]);
        client.ok(&["LINK.SET", code, OTHER]);
        assert_eq!(client.int(&["LINK.DEL", code]), 1);
    }
    assert_eq!(dumps(&mut client), before);
}
