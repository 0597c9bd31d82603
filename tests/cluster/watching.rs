//! Notifications to clients that watch or cache links. In a cluster they name the shard key, even
//! to clients that used the bare form.

use redis::Value;

use shorten_testkit::cluster::{Cluster, node};
use shorten_testkit::{Client, shard_key, slot, text_of};

const URL: &str = "https://example.com/some/page";
const OTHER: &str = "https://example.com/elsewhere";

/// Returns a client, the listener that receives its invalidations, and a code to cache.
fn caching(cluster: &Cluster, how: &[&str]) -> (Client, Client, String) {
    let (mut client, mut listener) = (cluster.client(0), cluster.client(0));
    let code = client.text(&["SHORTEN", URL]);
    let id = listener.int(&["CLIENT", "ID"]).to_string();
    listener.cmd(&["SUBSCRIBE", "__redis__:invalidate"]);
    client.ok(&[&["CLIENT", "TRACKING", "ON", "REDIRECT", &id], how].concat());
    (client, listener, code)
}

/// Returns the keys of the next invalidation.
fn invalidated(listener: &mut Client) -> Vec<String> {
    match listener.receive() {
        Ok(Value::Array(message)) => match &message[2] {
            Value::Array(keys) => keys.iter().map(text_of).collect(),
            other => panic!("no keys: {other:?}"),
        },
        other => panic!("no message: {other:?}"),
    }
}

#[test]
fn invalidations_name_the_shard_key_for_both_forms() {
    let cluster = Cluster::of(1, false, &node());
    let (mut client, mut listener, code) = caching(&cluster, &[]);
    let key = shard_key(slot(&code));
    for read in [vec!["RESOLVE", &code], vec!["RESOLVE", &key, &code]] {
        assert_ne!(client.cmd(&read), Value::Nil);
        cluster.client(0).ok(&["LINK.SET", &code, OTHER]);
        assert_eq!(invalidated(&mut listener).join(" "), key);
    }
}

#[test]
fn broadcast_invalidations_name_the_code() {
    let cluster = Cluster::of(1, false, &node());
    let (_client, mut listener, code) = caching(&cluster, &["BCAST"]);
    cluster.client(0).ok(&["LINK.SET", &code, OTHER]);
    let mut keys = invalidated(&mut listener);
    while !keys.contains(&code) {
        keys.extend(invalidated(&mut listener));
    }
    // The shard key too, and the URL that no longer leads to the code.
    assert!(keys.len() <= 3, "{keys:?}");
}

#[test]
fn a_transaction_that_watches_a_code_fails_when_its_link_changed() {
    let cluster = Cluster::of(1, false, &node());
    let mut client = cluster.client(0);
    let code = client.text(&["SHORTEN", URL]);
    for watched in [code.clone(), shard_key(slot(&code))] {
        client.ok(&["WATCH", &watched]);
        cluster.client(0).ok(&["LINK.SET", &code, OTHER]);
        client.ok(&["MULTI"]);
        client.text(&["RESOLVE", &code]);
        client.nil(&["EXEC"]);
    }
}

#[test]
fn a_transaction_that_watches_a_url_fails_when_its_link_appears_or_goes() {
    let cluster = Cluster::of(1, false, &node());
    let mut client = cluster.client(0);
    for watched in [URL.to_owned(), shard_key(slot(URL))] {
        let mut code = None;
        for _ in 0..2 {
            client.ok(&["WATCH", &watched]);
            let mut other = cluster.client(0);
            match &code {
                None => code = Some(other.text(&["SHORTEN", URL])),
                Some(code) => assert_eq!(other.int(&["LINK.DEL", code]), 1),
            }
            client.ok(&["MULTI"]);
            client.text(&["LINK.FIND", URL]);
            client.nil(&["EXEC"]);
        }
    }
}

#[test]
fn invalidations_of_link_find_name_the_shard_key_for_both_forms() {
    let cluster = Cluster::of(1, false, &node());
    let (mut client, mut listener, code) = caching(&cluster, &[]);
    let key = shard_key(slot(URL));
    client.text(&["LINK.FIND", URL]);
    cluster.client(0).int(&["LINK.DEL", &code]);
    assert_eq!(invalidated(&mut listener).join(" "), key);
    client.nil(&["LINK.FIND", &key, URL]);
    cluster.client(0).text(&["SHORTEN", URL]);
    assert_eq!(invalidated(&mut listener), [key]);
}

#[test]
fn broadcast_invalidations_name_the_url() {
    let cluster = Cluster::of(1, false, &node());
    let (_client, mut listener, code) = caching(&cluster, &["BCAST"]);
    cluster.client(0).int(&["LINK.DEL", &code]);
    let mut keys = Vec::new();
    while !keys.contains(&URL.to_owned()) {
        keys.extend(invalidated(&mut listener));
    }
}
