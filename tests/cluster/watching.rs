//! What clients are told that watch or cache links: in a cluster, the shard's key where they used the bare form.

use redis::Value;

use crate::harness::{Client, shard_key, slot, text_of};
use crate::nodes::{Cluster, node};

const URL: &str = "https://example.com/some/page";
const OTHER: &str = "https://example.com/elsewhere";

/// A client, its listener to whom the invalidations go that it asked for, and a code to cache.
fn caching(cluster: &Cluster, how: &[&str]) -> (Client, Client, String) {
    let (mut client, mut listener) = (cluster.client(0), cluster.client(0));
    let code = client.text(&["SHORTEN", URL]);
    let id = listener.int(&["CLIENT", "ID"]).to_string();
    listener.cmd(&["SUBSCRIBE", "__redis__:invalidate"]);
    client.ok(&[&["CLIENT", "TRACKING", "ON", "REDIRECT", &id], how].concat());
    (client, listener, code)
}

/// The keys of the next invalidation.
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
fn a_client_that_caches_by_key_is_told_the_shards_key_whichever_form_it_used() {
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
fn a_client_that_listens_to_all_is_told_the_code() {
    let cluster = Cluster::of(1, false, &node());
    let (_client, mut listener, code) = caching(&cluster, &["BCAST"]);
    cluster.client(0).ok(&["LINK.SET", &code, OTHER]);
    let mut told = invalidated(&mut listener);
    while !told.contains(&code) {
        told.extend(invalidated(&mut listener));
    }
    assert!(told.len() <= 2, "{told:?}");
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
