//! An expired link within its retention works again once it gets another expiry or none.

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, SOON, Server, text_of, wait_until};

/// Starts a server that retains expired links, and its replica.
fn pair() -> (Server, Server) {
    let keeping = || Server::builder().module_args("expired-retention 3600");
    let master = keeping().start();
    let replica = keeping().replica_of(&master).start();
    (master, replica)
}

/// Creates a link with one human visit and one bot visit, and waits until it has expired.
fn expired(client: &mut Client, code: &str) {
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", code, "EX", "100", "NOTE", "n"]);
    client.text(&["VISIT", code, "IP", "192.0.2.1", "COUNTRY", "DE"]);
    client.text(&["VISIT", code, "UA", "Googlebot/2.1"]);
    client.ok(&["LINK.SET", code, EXAMPLE, "PX", "1"]);
    wait_until(
        "it has expired",
        SOON,
        || client.cmd(&["RESOLVE", code]),
        |reply| *reply == Value::Nil,
    );
}

fn state(client: &mut Client, code: &str) -> String {
    text_of(&client.fields(&["LINK.INFO", code])["state"])
}

#[test]
fn a_retained_expired_link_is_renewed_with_its_visits_and_statistics() {
    let (master, replica) = pair();
    let mut client = master.client();
    let ways: &[(&[&str], Value)] = &[
        (&["LINK.EXPIRE", "x", "100"], Value::Int(1)),
        (&["LINK.PERSIST", "x"], Value::Int(1)),
        (&["LINK.SET", "x", EXAMPLE, "EX", "100"], Value::Okay),
        (
            &["LINK.SET", "x", EXAMPLE, "XX", "PX", "100000"],
            Value::Okay,
        ),
        (
            &["LINK.SET", "x", EXAMPLE, "PXAT", "9999999999999"],
            Value::Okay,
        ),
        (&["LINK.SET", "x", EXAMPLE, "PERSIST"], Value::Okay),
        (&["LINK.SET", "x", EXAMPLE], Value::Okay),
    ];
    for (way, answer) in ways {
        expired(&mut client, "x");
        let stats = client.fields(&["LINK.STATS", "x", "BY", "country"]);
        let before = client.fields(&["LINK.INFO", "x"]);
        assert_eq!(client.cmd(way), *answer, "{way:?}");
        assert_eq!(client.text(&["RESOLVE", "x"]), EXAMPLE, "{way:?}");
        let after = client.fields(&["LINK.INFO", "x"]);
        for name in ["strategy", "created", "visits", "last-visit", "note"] {
            assert_eq!(after[name], before[name], "{way:?}: {name}");
        }
        assert_eq!(text_of(&after["state"]), "active", "{way:?}");
        assert_eq!(client.fields(&["LINK.STATS", "x", "BY", "country"]), stats);
        assert_eq!(client.text(&["VISIT", "x"]), EXAMPLE, "{way:?}");
        master.same_as(&replica);
        client.int(&["LINK.DEL", "x"]);
    }
}

#[test]
fn a_renewed_link_is_the_same_after_a_restart() {
    let mut server = Server::builder()
        .aof("always")
        .module_args("expired-retention 3600")
        .start();
    let mut client = server.client();
    expired(&mut client, "x");
    assert_eq!(client.int(&["LINK.EXPIRE", "x", "100"]), 1);
    client.text(&["VISIT", "x"]);
    let digest = client.digest();
    server.kill9();
    server.restart();
    let mut client = server.client();
    assert_eq!(client.digest(), digest);
    assert_eq!(client.fields(&["LINK.STATS", "x"])["total"], Value::Int(3));
}

#[test]
fn a_retained_expired_link_satisfies_xx_and_not_nx() {
    let (master, _replica) = pair();
    let mut client = master.client();
    expired(&mut client, "x");
    client.nil(&["LINK.SET", "x", EXAMPLE, "NX", "EX", "100"]);
    assert_eq!(state(&mut client, "x"), "expired");
    client.ok(&["LINK.SET", "x", EXAMPLE, "XX", "KEEPTTL", "NOTE", "m"]);
    assert_eq!(
        state(&mut client, "x"),
        "expired",
        "KEEPTTL keeps the expiry that there is"
    );
    assert_eq!(client.int(&["LINK.EXPIRE", "x", "0"]), 1);
    assert_eq!(client.cmd(&["LINK.INFO", "x"]), Value::Nil);
}

#[test]
fn an_expired_link_without_retention_cannot_be_renewed() {
    let server = Server::start();
    let mut client = server.client();
    for _ in 0..20 {
        expired(&mut client, "x");
        assert_eq!(client.int(&["LINK.EXPIRE", "x", "100"]), 0);
        assert_eq!(client.int(&["LINK.PERSIST", "x"]), 0);
        client.nil(&["LINK.SET", "x", EXAMPLE, "XX", "EX", "100"]);
        client.ok(&["LINK.SET", "x", EXAMPLE, "NX", "EX", "100"]);
        assert_eq!(client.fields(&["LINK.STATS", "x"])["total"], Value::Int(0));
        client.int(&["LINK.DEL", "x"]);
    }
}

#[test]
fn a_renewed_exhausted_link_resolves_once_its_limit_is_raised() {
    let (master, replica) = pair();
    let mut client = master.client();
    client.ok(&["LINK.SET", "x", EXAMPLE, "MAXVISITS", "1"]);
    client.text(&["VISIT", "x"]);
    expired_again(&mut client);
    assert_eq!(client.int(&["LINK.PERSIST", "x"]), 1);
    assert_eq!(state(&mut client, "x"), "exhausted");
    client.ok(&["LINK.SET", "x", EXAMPLE, "MAXVISITS", "2"]);
    assert_eq!(client.text(&["VISIT", "x"]), EXAMPLE);
    client.nil(&["VISIT", "x"]);
    master.same_as(&replica);
}

fn expired_again(client: &mut Client) {
    client.ok(&["LINK.SET", "x", EXAMPLE, "PX", "1"]);
    wait_until(
        "it has expired",
        SOON,
        || text_of(&client.fields(&["LINK.INFO", "x"])["state"]),
        |state| state == "expired",
    );
}
