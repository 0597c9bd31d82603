//! LINK.EXPIRE, LINK.PERSIST and the reclaiming of expired links.

use redis::Value;

use shorten_testkit::{EXAMPLE, SOON, Server, now_ms, wait_until};

#[test]
fn expire_sets_and_persist_removes_the_expiry() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let before = now_ms();
    assert_eq!(client.int(&["LINK.EXPIRE", "g8", "100"]), 1);
    let Value::Int(expires) = client.fields(&["LINK.INFO", "g8"])["expires"] else {
        panic!("no expiry")
    };
    assert!(
        (before + 100_000..=now_ms() + 100_000).contains(&expires),
        "{expires}"
    );
    assert_eq!(client.int(&["LINK.PERSIST", "g8"]), 1);
    assert_eq!(client.int(&["LINK.PERSIST", "g8"]), 0);
    assert_eq!(client.fields(&["LINK.INFO", "g8"])["expires"], Value::Nil);
}

#[test]
fn an_unknown_link_answers_0() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(client.int(&["LINK.EXPIRE", "g8", "100"]), 0);
    assert_eq!(client.int(&["LINK.PERSIST", "g8"]), 0);
    assert_eq!(client.int(&["DBSIZE"]), 0);
}

#[test]
fn zero_or_less_deletes() {
    let server = Server::start();
    let mut client = server.client();
    for seconds in ["0", "-1", "-9223372036854775808"] {
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
        assert_eq!(client.int(&["LINK.EXPIRE", "x", seconds]), 1);
        assert_eq!(client.cmd(&["LINK.INFO", "x"]), Value::Nil);
    }
}

#[test]
fn an_expiry_that_overflows_or_is_no_integer_is_refused() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let before = client.digest();
    for seconds in [
        "9223372036854775807",
        "9223372036854775",
        "99999999999999999999",
        "1.5",
        "x",
        "",
        " 1",
        "1 ",
    ] {
        client.refused("ERR", &["LINK.EXPIRE", "g8", seconds]);
    }
    assert_eq!(client.digest(), before);
}

#[test]
fn expired_links_are_reclaimed_automatically() {
    let server = Server::start();
    let mut client = server.client();
    let commands: Vec<_> = (0..5000)
        .map(|n| {
            vec![
                "SHORTEN".into(),
                format!("https://example.com/{n}"),
                "PX".into(),
                "20".into(),
            ]
        })
        .collect();
    assert!(client.pipeline(&commands).iter().all(Result::is_ok));
    client.text(&["SHORTEN", EXAMPLE]);
    wait_until(
        "they are reclaimed",
        SOON,
        || client.int(&["LINK.COUNT"]),
        |count| *count == 1,
    );
    assert_eq!(client.stat("shorten_expired_links"), 5000);
    assert_eq!(client.stat("shorten_links"), 1);
    assert_eq!(
        client.text(&["LINK.FIND", EXAMPLE]),
        shorten_testkit::base62(6000)
    );
}

#[test]
fn nothing_is_reclaimed_before_the_retention_is_over() {
    let server = Server::builder().module_args("expired-retention 2").start();
    let mut client = server.client();
    let end = now_ms() + 20;
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x", "PXAT", &end.to_string()]);
    wait_until(
        "it is reclaimed",
        SOON,
        || client.int(&["LINK.COUNT"]),
        |count| *count == 0,
    );
    assert!(
        now_ms() >= end + 2000,
        "reclaimed {} ms after it expired",
        now_ms() - end
    );
}

#[test]
fn the_master_reclaims_and_the_replica_follows() {
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    master.same_as(&replica);
    let mut client = master.client();
    for n in 0..500 {
        client.text(&["SHORTEN", &format!("https://example.com/{n}"), "PX", "50"]);
    }
    let mut there = replica.client();
    wait_until(
        "they are gone from the master",
        SOON,
        || client.int(&["LINK.COUNT"]),
        |count| *count == 0,
    );
    wait_until(
        "and from the replica",
        SOON,
        || there.int(&["LINK.COUNT"]),
        |count| *count == 0,
    );
    master.same_as(&replica);
}
