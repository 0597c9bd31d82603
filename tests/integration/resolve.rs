//! RESOLVE: reads, never writes, and applies expiry to the millisecond.

use redis::Value;

use shorten_testkit::{EXAMPLE, SOON, Server, now_ms, requires, shard_key, slot, wait_until};

#[test]
fn an_unknown_code_is_nil() {
    let server = Server::start();
    let mut client = server.client();
    client.nil(&["RESOLVE", "g8"]);
    client.text(&["SHORTEN", EXAMPLE]);
    for code in ["g9", "G8", "g", "g88", "0g8"] {
        client.nil(&["RESOLVE", code]);
    }
}

#[test]
fn a_malformed_code_is_nil() {
    let server = Server::start();
    let mut client = server.client();
    let codes: &[&[u8]] = &[
        b"",
        b"a b",
        b"\0",
        b"\xff\xfe",
        b"../etc",
        &[b'x'; 65],
        &[b'x'; 100_000],
    ];
    for code in codes {
        client.nil(&[b"RESOLVE", *code]);
    }
}

#[test]
fn resolve_changes_nothing() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let changes = client.info("persistence")["rdb_changes_since_last_save"].clone();
    let digest = client.digest();
    for code in ["g8", "g9", "a b"] {
        client.cmd(&["RESOLVE", code]);
        client.cmd(&["LINK.INFO", code]);
        client.cmd(&["LINK.FIND", EXAMPLE]);
    }
    assert_eq!(
        client.info("persistence")["rdb_changes_since_last_save"],
        changes
    );
    assert_eq!(client.digest(), digest);
}

#[test]
fn a_read_only_script_may_resolve() {
    requires!(since(7, 0), "EVAL_RO");
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let script = "return redis.call('RESOLVE', KEYS[1])";
    assert_eq!(client.text(&["EVAL_RO", script, "1", "g8"]), EXAMPLE);
    let visit = client.error(&["EVAL_RO", "return redis.call('VISIT', KEYS[1])", "1", "g8"]);
    assert!(visit.contains("Write commands are not allowed"), "{visit}");
}

#[test]
fn the_keyed_form_works_on_a_standalone_server_too() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let key = shard_key(slot("g8"));
    assert_eq!(client.text(&["RESOLVE", &key, "g8"]), EXAMPLE);
    client.nil(&["RESOLVE", &shard_key(slot("g9")), "g9"]);
}

#[test]
fn a_keyed_form_whose_key_is_not_the_shard_of_its_code_is_an_error() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    // The slot is right, but the key is not a shard key.
    let same_slot = "elsewhere:{g8}".to_owned();
    for key in [
        shard_key(slot("g9")),
        same_slot,
        "shorten:g8".into(),
        "other".into(),
    ] {
        client.error(&["RESOLVE", &key, "g8"]);
        client.error(&["VISIT", &key, "g8"]);
        client.error(&["LINK.DEL", &key, "g8"]);
        client.error(&["SHORTEN", &key, EXAMPLE]);
    }
    assert_eq!(client.text(&["RESOLVE", "g8"]), EXAMPLE);
}

/// Checks that a link is nil from the millisecond of its expiry on, and not before.
fn expires_on_time(resolving: &Server, making: &Server) {
    // A replica acknowledges its first sync a second later. The short-lived link must not wait for
    // that.
    making
        .client()
        .text(&["SHORTEN", EXAMPLE, "ALIAS", "lasting"]);
    let mut client = resolving.client();
    wait_until(
        "the first link is there",
        SOON,
        || client.cmd(&["RESOLVE", "lasting"]),
        |reply| *reply != Value::Nil,
    );
    let mut client = making.client();
    let end = now_ms() + 300;
    client.text(&[
        "SHORTEN",
        EXAMPLE,
        "ALIAS",
        "brief",
        "PXAT",
        &end.to_string(),
    ]);
    let mut client = resolving.client();
    wait_until(
        "the link is there",
        SOON,
        || client.cmd(&["RESOLVE", "brief"]),
        |reply| *reply != Value::Nil,
    );
    loop {
        let before = now_ms();
        let reply = client.cmd(&["RESOLVE", "brief"]);
        let after = now_ms();
        match reply {
            Value::Nil => {
                assert!(after >= end, "gone {} ms early", end - after);
                return;
            }
            _ => assert!(before < end, "still there after {} ms", before - end),
        }
    }
}

#[test]
fn an_expired_link_is_nil_from_its_exact_millisecond() {
    let server = Server::start();
    expires_on_time(&server, &server);
}

#[test]
fn an_expired_link_is_nil_from_its_exact_millisecond_on_a_replica() {
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    master.same_as(&replica);
    expires_on_time(&replica, &master);
}
