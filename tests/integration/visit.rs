//! VISIT: counts, records the time and applies the limit atomically.

use redis::Value;

use shorten_testkit::{EXAMPLE, SOON, Server, now_ms, text_of, wait_until};

#[test]
fn a_visit_answers_the_url_and_is_counted() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let fresh = client.fields(&["LINK.INFO", "g8"]);
    assert_eq!(
        (&fresh["visits"], &fresh["last-visit"]),
        (&Value::Int(0), &Value::Nil)
    );
    let before = now_ms();
    for visits in 1..=5 {
        assert_eq!(client.text(&["VISIT", "g8"]), EXAMPLE);
        let info = client.fields(&["LINK.INFO", "g8"]);
        assert_eq!(info["visits"], Value::Int(visits));
        let Value::Int(last) = info["last-visit"] else {
            panic!("{info:?}")
        };
        assert!((before..=now_ms()).contains(&last), "{last}");
    }
    client.text(&["RESOLVE", "g8"]);
    assert_eq!(client.fields(&["LINK.INFO", "g8"])["visits"], Value::Int(5));
}

#[test]
fn an_unknown_or_malformed_code_is_nil_and_creates_nothing() {
    let server = Server::start();
    let mut client = server.client();
    let codes: &[&[u8]] = &[b"g8", b"", b"a b", b"\xff", &[b'x'; 65]];
    for code in codes {
        client.nil(&[b"VISIT", *code]);
    }
    assert_eq!(client.int(&["DBSIZE"]), 0);
}

#[test]
fn after_maxvisits_visits_the_link_is_exhausted() {
    let server = Server::start();
    let mut client = server.client();
    let code = client.text(&["SHORTEN", EXAMPLE, "MAXVISITS", "3"]);
    for _ in 0..3 {
        assert_eq!(client.text(&["RESOLVE", &code]), EXAMPLE);
        assert_eq!(client.text(&["VISIT", &code]), EXAMPLE);
    }
    client.nil(&["VISIT", &code]);
    client.nil(&["RESOLVE", &code]);
    let info = client.fields(&["LINK.INFO", &code]);
    assert_eq!(text_of(&info["state"]), "exhausted");
    assert_eq!(
        (&info["visits"], &info["max-visits"]),
        (&Value::Int(3), &Value::Int(3))
    );
}

#[test]
fn an_exhausted_link_keeps_its_code_until_it_is_deleted() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "once", "MAXVISITS", "1"]);
    client.text(&["VISIT", "once"]);
    client.refused("CODETAKEN", &["SHORTEN", EXAMPLE, "ALIAS", "once"]);
    assert_eq!(client.int(&["LINK.COUNT"]), 1);
    assert_eq!(client.int(&["LINK.DEL", "once"]), 1);
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "once"]);
}

#[test]
fn an_expired_link_is_not_counted() {
    let server = Server::builder()
        .module_args("expired-retention 3600")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "brief", "PX", "1"]);
    wait_until(
        "it has expired",
        SOON,
        || client.cmd(&["RESOLVE", "brief"]),
        |reply| *reply == Value::Nil,
    );
    client.nil(&["VISIT", "brief"]);
    let info = client.fields(&["LINK.INFO", "brief"]);
    assert_eq!(
        (text_of(&info["state"]).as_str(), &info["visits"]),
        ("expired", &Value::Int(0))
    );
}

#[test]
fn concurrent_visitors_never_exceed_the_limit() {
    let server = Server::start();
    server
        .client()
        .text(&["SHORTEN", EXAMPLE, "ALIAS", "few", "MAXVISITS", "100"]);
    let answered: usize = std::thread::scope(|scope| {
        let visitors: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let replies = server.client().pipeline(&vec![vec!["VISIT", "few"]; 100]);
                    replies
                        .iter()
                        .filter(|reply| **reply != Ok(Value::Nil))
                        .count()
                })
            })
            .collect();
        visitors
            .into_iter()
            .map(|visitor| visitor.join().unwrap())
            .sum()
    });
    assert_eq!(answered, 100);
}

#[test]
fn a_replica_refuses_to_count() {
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    master.client().text(&["SHORTEN", EXAMPLE]);
    master.client().text(&["VISIT", "g8"]);
    master.same_as(&replica);
    let mut client = replica.client();
    client.refused("READONLY", &["VISIT", "g8"]);
    assert_eq!(client.fields(&["LINK.INFO", "g8"])["visits"], Value::Int(1));
}

#[test]
fn an_empty_user_agent_is_a_bot_and_a_missing_one_is_human() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x", "MAXVISITS", "1"]);
    assert_eq!(client.text(&["VISIT", "x", "UA", ""]), EXAMPLE);
    let stats = client.fields(&["LINK.STATS", "x"]);
    assert_eq!(text_of(&stats["bots"]), "1");
    assert_eq!(client.text(&["VISIT", "x"]), EXAMPLE);
    client.nil(&["VISIT", "x"]);
    let stats = client.fields(&["LINK.STATS", "x"]);
    assert_eq!(
        (text_of(&stats["humans"]), text_of(&stats["bots"])),
        ("1".into(), "1".into())
    );
}
