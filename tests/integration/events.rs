//! Notifications of changes of a link: WATCH, keyspace events, client-side caching.

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, Server, text_of};

const OTHER: &str = "https://example.org/other";

/// Returns the next keyspace event: its name and key.
fn event(client: &mut Client) -> (String, String) {
    match client.receive() {
        Ok(Value::Array(message)) => {
            let channel = text_of(&message[2]);
            (
                channel.rsplit(':').next().unwrap().to_owned(),
                text_of(&message[3]),
            )
        }
        other => panic!("no message: {other:?}"),
    }
}

#[test]
fn every_change_of_a_link_is_a_keyspace_event_on_its_code() {
    let server = Server::builder()
        .config("notify-keyspace-events", "KEAd")
        .start();
    let mut listener = server.client();
    listener.cmd(&[
        "PSUBSCRIBE",
        "__keyevent@0__:shorten",
        "__keyevent@0__:link.*",
    ]);
    listener.receive().unwrap();
    let mut client = server.client();
    let steps: &[(&[&str], &str)] = &[
        (
            &["SHORTEN", EXAMPLE, "ALIAS", "x", "MAXVISITS", "1"],
            "shorten",
        ),
        (&["LINK.SET", "x", OTHER], "link.set"),
        (&["LINK.EXPIRE", "x", "100"], "link.expire"),
        (&["LINK.PERSIST", "x"], "link.persist"),
        (&["VISIT", "x"], "link.exhausted"),
        (&["LINK.DEL", "x"], "link.del"),
        (&["SHORTEN", EXAMPLE, "ALIAS", "y", "PX", "5"], "shorten"),
    ];
    for (command, name) in steps {
        client.cmd(command);
        assert_eq!(
            event(&mut listener),
            (
                (*name).into(),
                if command.contains(&"y") { "y" } else { "x" }.into()
            ),
            "{command:?}"
        );
    }
    assert_eq!(event(&mut listener), ("link.expired".into(), "y".into()));
    client.text(&["SHORTEN", EXAMPLE]);
    assert_eq!(event(&mut listener), ("shorten".into(), "g8".into()));
}

#[test]
fn a_transaction_that_watches_a_code_fails_when_its_link_changed() {
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x"]);
    let changes: &[&[&str]] = &[
        &["LINK.SET", "x", OTHER],
        &["LINK.EXPIRE", "x", "100"],
        &["LINK.PERSIST", "x"],
        &["LINK.DEL", "x"],
    ];
    for change in changes {
        client.ok(&["WATCH", "x"]);
        other.cmd(change);
        client.ok(&["MULTI"]);
        client.text(&["PING"]);
        client.nil(&["EXEC"]);
    }
    client.ok(&["WATCH", "x"]);
    other.text(&["SHORTEN", OTHER, "ALIAS", "unrelated"]);
    client.ok(&["MULTI"]);
    client.text(&["PING"]);
    assert_eq!(client.items(&["EXEC"]).len(), 1);
}

#[test]
fn a_client_that_caches_a_link_gets_an_invalidation_when_it_changes() {
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    client.text(&["SHORTEN", EXAMPLE]);
    let mut listener = server.client();
    let id = listener.int(&["CLIENT", "ID"]).to_string();
    listener.cmd(&["SUBSCRIBE", "__redis__:invalidate"]);
    client.ok(&["CLIENT", "TRACKING", "ON", "REDIRECT", &id]);
    client.text(&["RESOLVE", "g8"]);
    other.ok(&["LINK.SET", "g8", OTHER]);
    match listener.receive() {
        Ok(Value::Array(message)) => assert_eq!(
            message[2],
            Value::Array(vec![Value::BulkString(b"g8".into())])
        ),
        other => panic!("no message: {other:?}"),
    }
}

#[test]
fn links_work_inside_transactions_and_scripts() {
    let server = Server::start();
    let mut client = server.client();
    client.ok(&["MULTI"]);
    for command in [
        &["SHORTEN", EXAMPLE][..],
        &["VISIT", "g8"],
        &["LINK.COUNT"],
        &["SHORTEN", "nonsense"],
    ] {
        assert_eq!(client.text(command), "QUEUED");
    }
    let replies = client.items(&["EXEC"]);
    assert_eq!(
        (text_of(&replies[0]), text_of(&replies[1]), &replies[2]),
        ("g8".into(), EXAMPLE.into(), &Value::Int(1))
    );
    assert!(matches!(replies[3], Value::ServerError(_)), "{replies:?}");
    let script =
        "local code = redis.call('SHORTEN', KEYS[1]); return {code, redis.call('RESOLVE', code)}";
    assert_eq!(client.texts(&["EVAL", script, "1", OTHER]), ["g9", OTHER]);
}
