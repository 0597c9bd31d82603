//! LINK.FIND depends on the URL's index entry: clients that WATCH or cache a URL are told when it changes.

use redis::Value;

use crate::harness::{Client, EXAMPLE, SOON, Server, shard_key, slot, text_of, wait_until};

/// Fails the transaction of a client that watches `key` if `change` signals it.
#[track_caller]
fn signals(server: &Server, key: &str, what: &str, change: impl FnOnce(&mut Client)) {
    let mut watcher = server.client();
    watcher.ok(&["WATCH", key]);
    change(&mut server.client());
    watcher.ok(&["MULTI"]);
    watcher.cmd(&["PING"]);
    assert_eq!(watcher.cmd(&["EXEC"]), Value::Nil, "{what}");
}

#[test]
fn a_watched_url_is_signaled_when_its_entry_appears_changes_or_goes() {
    let server = Server::start();
    let mut client = server.client();
    let code = "g8";
    signals(&server, EXAMPLE, "SHORTEN", |client| {
        assert_eq!(client.text(&["SHORTEN", EXAMPLE]), code);
    });
    signals(&server, EXAMPLE, "LINK.DEL", |client| {
        client.int(&["LINK.DEL", code]);
    });
    let changes: [&[&str]; 4] = [
        &["LINK.SET", "{code}", "https://example.com/other"],
        &["LINK.SET", "{code}", EXAMPLE, "EX", "100"],
        &["LINK.SET", "{code}", EXAMPLE, "MAXVISITS", "5"],
        &["LINK.EXPIRE", "{code}", "100"],
    ];
    for change in changes {
        let code = client.text(&["SHORTEN", EXAMPLE]);
        signals(&server, EXAMPLE, &format!("{change:?}"), |client| {
            let change: Vec<&str> = change
                .iter()
                .map(|word| if *word == "{code}" { &code } else { *word })
                .collect();
            client.cmd(&change);
        });
        client.nil(&["LINK.FIND", EXAMPLE]);
    }
}

#[test]
fn the_url_is_signaled_in_the_keyed_form_too() {
    let server = Server::start();
    let key = shard_key(slot(EXAMPLE));
    signals(&server, EXAMPLE, "SHORTEN, keyed", |client| {
        client.text(&["SHORTEN", &key, EXAMPLE]);
    });
    signals(&server, &key, "the shard's key", |client| {
        client.int(&["LINK.DEL", "g8"]);
    });
}

#[test]
fn find_or_create_in_a_transaction_makes_one_link() {
    let server = Server::start();
    let (mut one, mut other) = (server.client(), server.client());
    for client in [&mut one, &mut other] {
        client.ok(&["WATCH", EXAMPLE]);
        client.nil(&["LINK.FIND", EXAMPLE]);
    }
    let mut made = 0;
    for client in [&mut one, &mut other] {
        client.ok(&["MULTI"]);
        client.cmd(&["SHORTEN", EXAMPLE, "NEW"]);
        made += usize::from(client.cmd(&["EXEC"]) != Value::Nil);
    }
    assert_eq!((made, one.int(&["LINK.COUNT"])), (1, 1));
}

#[test]
fn a_client_side_cache_of_link_find_is_invalidated_on_masters_and_replicas() {
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    let code = master.client().text(&["SHORTEN", EXAMPLE]);
    master.same_as(&replica);
    let mut caches: Vec<(Client, Client)> = [&master, &replica]
        .iter()
        .map(|server| {
            let (mut reader, mut listener) = (server.client(), server.client());
            let id = listener.int(&["CLIENT", "ID"]).to_string();
            listener.cmd(&["SUBSCRIBE", "__redis__:invalidate"]);
            reader.ok(&["CLIENT", "TRACKING", "ON", "REDIRECT", &id]);
            assert_eq!(reader.text(&["LINK.FIND", EXAMPLE]), code);
            (reader, listener)
        })
        .collect();
    master.client().int(&["LINK.DEL", &code]);
    for (reader, listener) in &mut caches {
        let message = listener.receive().unwrap();
        let Value::Array(message) = message else {
            panic!("{message:?}");
        };
        let Value::Array(keys) = &message[2] else {
            panic!("{message:?}");
        };
        assert_eq!(keys.iter().map(text_of).collect::<Vec<_>>(), [EXAMPLE]);
        wait_until(
            "the deletion has arrived",
            SOON,
            || reader.cmd(&["LINK.FIND", EXAMPLE]),
            |answer| *answer == Value::Nil,
        );
    }
}
