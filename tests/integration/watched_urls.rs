//! Clients that watch or cache a URL are notified whenever the reply of LINK.FIND for it can
//! change.
//!
//! Only a permanent link without a limit is found by its URL. A link with an expiry or limit is not
//! found even before it ends, so its end changes nothing.

use redis::Value;

use shorten_testkit::{Client, SOON, Server, text_of, wait_until};

const URL: &str = "https://example.com/some/page";
const OTHER: &str = "https://example.org/other";

/// Begins a transaction that watches a name.
fn watching(server: &Server, name: &str) -> Client {
    let mut client = server.client();
    client.ok(&["WATCH", name]);
    client
}

/// Returns whether a transaction that watches a name fails.
fn fails(mut client: Client) -> bool {
    client.ok(&["MULTI"]);
    client.text(&["PING"]);
    client.cmd(&["EXEC"]) == Value::Nil
}

/// Returns successive commands, each of which changes the reply of LINK.FIND for `URL`. `key` is
/// the key of the URL's shard.
fn changes(client: &mut Client, key: &str) -> Vec<Vec<String>> {
    let shard = client.text(&["LINK.KEY", "g9"]);
    let steps: &[&[&str]] = &[
        &["SHORTEN", URL],
        &["LINK.DEL", "g8"],
        &["SHORTEN", key, URL],
        &["LINK.DEL", &shard, "g9"],
        // The first link of a URL is indexed, even with NEW.
        &["SHORTEN", URL, "NEW"],
        &["LINK.SET", "ga", OTHER],
        &["SHORTEN", URL],
        &["LINK.EXPIRE", "gb", "1000"],
        &["SHORTEN", URL],
        &["LINK.SET", "gc", URL, "MAXVISITS", "5"],
        &["SHORTEN", URL],
        &["LINK.SET", "gd", URL, "EX", "100"],
        &["SHORTEN", URL],
        &["LINK.EXPIRE", "ge", "0"],
        &["EVAL", "return redis.call('SHORTEN', KEYS[1])", "1", URL],
    ];
    let owned = |step: &&[&str]| step.iter().map(|word| (*word).to_owned()).collect();
    steps.iter().map(owned).collect()
}

#[test]
fn watch_on_a_url_fires_when_its_link_appears_changes_or_is_deleted() {
    let server = Server::start();
    let mut client = server.client();
    let key = client.text(&["LINK.KEY", URL]);
    for step in changes(&mut client, &key) {
        let watchers = [URL, &key].map(|name| watching(&server, name));
        let unrelated = watching(&server, "https://example.net/");
        let found = client.cmd(&["LINK.FIND", URL]);
        client.cmd(&step);
        assert_ne!(client.cmd(&["LINK.FIND", URL]), found, "{step:?}");
        for watcher in watchers {
            assert!(fails(watcher), "{step:?}");
        }
        assert!(!fails(unrelated), "{step:?}");
    }
}

#[test]
fn watch_on_a_url_ignores_changes_that_do_not_affect_it() {
    let server = Server::builder()
        .config("hz", "100")
        .module_args("counter-start 1000")
        .start();
    let mut client = server.client();
    for found in [false, true] {
        if found {
            client.text(&["SHORTEN", URL]);
        }
        let steps: &[&[&str]] = &[
            &["SHORTEN", URL, "ALIAS", "x"],
            &["LINK.DEL", "x"],
            &["SHORTEN", URL, "MAXVISITS", "1", "NOTE", "n", "ALIAS", "y"],
            &["VISIT", "y"],
            &["VISIT", "y"],
            &["LINK.SET", "z", URL],
            &["LINK.EXPIRE", "z", "1000"],
            &["LINK.PERSIST", "z"],
            &["LINK.SET", "z", OTHER],
            &["RESOLVE", "z"],
            &["SHORTEN", OTHER],
            &["SHORTEN", "https://example.com/", "EX", "100"],
        ];
        for step in steps {
            let watcher = watching(&server, URL);
            client.cmd(step);
            assert!(!fails(watcher), "{step:?}");
        }
        // An expired link is reclaimed.
        let watcher = watching(&server, URL);
        let links = client.int(&["LINK.COUNT"]);
        client.text(&["SHORTEN", URL, "PX", "1"]);
        wait_until(
            "the link is reclaimed",
            SOON,
            || client.int(&["LINK.COUNT"]),
            |&count| count == links,
        );
        assert!(!fails(watcher));
        let codes: &[&str] = &["y", "z"];
        for code in codes {
            client.int(&["LINK.DEL", code]);
        }
    }
}

#[test]
fn two_clients_that_watch_before_creating_create_one_link() {
    let server = Server::start();
    let mut clients = [server.client(), server.client()];
    for client in &mut clients {
        client.ok(&["WATCH", URL]);
        client.nil(&["LINK.FIND", URL]);
    }
    let mut made = 0;
    for client in &mut clients {
        client.ok(&["MULTI"]);
        client.text(&["SHORTEN", URL, "NEW"]);
        made += i32::from(client.cmd(&["EXEC"]) != Value::Nil);
    }
    assert_eq!((made, clients[0].int(&["LINK.COUNT"])), (1, 1));
}

/// Returns a client with tracking on, and the connection that receives its invalidations.
fn caching(server: &Server) -> (Client, Client) {
    let (mut client, mut listener) = (server.client(), server.client());
    let id = listener.int(&["CLIENT", "ID"]).to_string();
    listener.cmd(&["SUBSCRIBE", "__redis__:invalidate"]);
    client.ok(&["CLIENT", "TRACKING", "ON", "REDIRECT", &id]);
    (client, listener)
}

/// Returns the name in the next invalidation.
#[track_caller]
fn forgotten(listener: &mut Client) -> String {
    match listener.receive() {
        Ok(Value::Array(message)) => match &message[2] {
            Value::Array(names) => text_of(&names[0]),
            other => panic!("no names: {other:?}"),
        },
        other => panic!("no message: {other:?}"),
    }
}

#[test]
fn invalidations_of_link_find_name_the_form_that_the_client_used() {
    let server = Server::start();
    let mut admin = server.client();
    let key = admin.text(&["LINK.KEY", URL]);
    let (mut bare, mut bare_listener) = caching(&server);
    let (mut keyed, mut keyed_listener) = caching(&server);
    for step in changes(&mut admin, &key) {
        bare.cmd(&["LINK.FIND", URL]);
        keyed.cmd(&["LINK.FIND", &key, URL]);
        admin.cmd(&step);
        assert_eq!(forgotten(&mut bare_listener), URL, "{step:?}");
        assert_eq!(forgotten(&mut keyed_listener), key, "{step:?}");
    }
}

#[test]
fn a_replica_sends_invalidations_to_its_own_clients() {
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    let mut admin = master.client();
    let key = admin.text(&["LINK.KEY", URL]);
    // A full synchronization invalidates all names on the replica's clients.
    master.same_as(&replica);
    let (mut client, mut listener) = caching(&replica);
    for step in changes(&mut admin, &key) {
        client.cmd(&["LINK.FIND", URL]);
        admin.cmd(&step);
        assert_eq!(forgotten(&mut listener), URL, "{step:?}");
        master.same_as(&replica);
    }
}
