//! SHORTEN's ALIAS in a cluster: the server does not treat it as a key, because it would route by
//! it.

use shorten_testkit::cluster::{Cluster, node};
use shorten_testkit::{Client, requires, shard_key, slot};

const URL: &str = "https://example.com/some/page";

/// Returns a code in the slot of `URL`.
fn alias() -> String {
    let names = (0..).map(|n| format!("promo-{n}"));
    names
        .into_iter()
        .find(|name| slot(name) == slot(URL))
        .unwrap()
}

/// Starts a cluster of one node, with or without the command filter.
fn cluster(filter: &str) -> Cluster {
    Cluster::of(
        1,
        false,
        &node().module_args(&format!("cluster-filter {filter}")),
    )
}

/// Returns a connection as a new user with this key pattern.
fn user(cluster: &Cluster, name: &str, patterns: &[&str]) -> Client {
    let rules = ["ACL", "SETUSER", name, "on", "nopass", "+@all"];
    cluster.client(0).ok(&[&rules[..], patterns].concat());
    let mut client = cluster.client(0);
    client.ok(&["AUTH", name, "any"]);
    client
}

#[test]
fn an_alias_in_another_slot_is_refused_and_a_note_is_never_an_alias() {
    for filter in ["yes", "no"] {
        let cluster = cluster(filter);
        let mut client = cluster.client(0);
        let key = shard_key(slot(URL));
        for head in [&["SHORTEN", URL][..], &["SHORTEN", &key, URL]] {
            let error = client.refused("CROSSSLOT", &[head, &["ALIAS", "other"]].concat());
            assert!(error.contains("LINK.SET other"), "{error}");
            client.text(&[head, &["NOTE", "ALIAS", "EX", "5"]].concat());
            let code = client.text(&[head, &["NOTE", "ALIAS", "ALIAS", &alias()]].concat());
            assert_eq!(client.int(&["LINK.DEL", &code]), 1);
        }
    }
}

#[test]
fn the_server_does_not_treat_the_alias_as_a_key() {
    let cluster = cluster("no");
    let command = ["COMMAND", "GETKEYS", "SHORTEN", URL, "ALIAS", "other"];
    assert_eq!(cluster.client(0).texts(&command), [URL]);
}

#[test]
fn permission_for_a_shard_key_allows_every_alias_in_it() {
    let cluster = cluster("yes");
    let mut client = user(&cluster, "someone", &["~shorten:*"]);
    assert_eq!(client.text(&["SHORTEN", URL, "ALIAS", &alias()]), alias());
}

#[test]
fn without_the_filter_the_bare_form_needs_permission_for_the_alias() {
    requires!(since(7, 0), "asking the server for rights");
    let cluster = cluster("no");
    let mut client = user(&cluster, "someone", &["~https://*"]);
    client.refused("NOPERM", &["SHORTEN", URL, "ALIAS", &alias()]);
    client.text(&["SHORTEN", URL]);
    let mut client = user(&cluster, "other", &["~https://*", "~promo-*"]);
    assert_eq!(client.text(&["SHORTEN", URL, "ALIAS", &alias()]), alias());
}
