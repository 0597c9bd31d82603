//! A server at maxmemory: visits are answered, new links are refused, no shard is evicted.

use shorten_testkit::{EXAMPLE, SOON, Server, wait_until};

#[test]
fn at_maxmemory_new_links_are_refused_and_the_rest_works() {
    let server = Server::start();
    let mut client = server.client();
    for alias in ["a", "b", "c"] {
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", alias, "MAXVISITS", "100"]);
    }
    client.ok(&["CONFIG", "SET", "maxmemory", "1"]);
    for command in [
        &["SHORTEN", "https://example.com/"][..],
        &["LINK.SET", "x", EXAMPLE],
        &["CODEPOOL", "FILL", "10"],
    ] {
        client.refused("OOM", command);
    }
    assert_eq!(client.text(&["RESOLVE", "a"]), EXAMPLE);
    assert_eq!(client.text(&["VISIT", "a"]), EXAMPLE);
    assert_eq!(
        client.fields(&["LINK.INFO", "a"])["visits"],
        redis::Value::Int(1)
    );
    assert_eq!(client.int(&["LINK.EXPIRE", "a", "100"]), 1);
    assert_eq!(client.int(&["LINK.PERSIST", "a"]), 1);
    assert_eq!(client.int(&["LINK.DEL", "b"]), 1);
    assert_eq!(client.int(&["LINK.COUNT"]), 2);
}

#[test]
fn volatile_policies_never_drop_a_shard() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "EX", "1000"]);
    for policy in ["volatile-lru", "volatile-ttl", "volatile-random"] {
        client.ok(&["CONFIG", "SET", "maxmemory-policy", policy]);
        client.ok(&["CONFIG", "SET", "maxmemory", "1"]);
        client.refused("OOM", &["SHORTEN", "https://example.com/"]);
        assert_eq!(client.text(&["RESOLVE", "g8"]), EXAMPLE);
        assert_eq!(client.stat("shorten_eviction_risk"), 0);
        client.ok(&["CONFIG", "SET", "maxmemory", "0"]);
    }
}

#[test]
fn a_policy_that_could_drop_shards_is_shown_in_info_and_the_log() {
    let server = Server::builder()
        .config("maxmemory", "500mb")
        .config("maxmemory-policy", "allkeys-lru")
        .start();
    let mut client = server.client();
    wait_until(
        "INFO shows it",
        SOON,
        || client.stat("shorten_eviction_risk"),
        |risk| *risk == 1,
    );
    let warned = |log: &String| {
        log.lines()
            .any(|line| line.contains("allkeys-lru") && line.contains("shorten"))
    };
    wait_until("the log warns", SOON, || server.log(), warned);
}

#[test]
fn a_policy_that_could_drop_shards_set_later_is_shown_too() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(client.stat("shorten_eviction_risk"), 0);
    client.ok(&["CONFIG", "SET", "maxmemory-policy", "allkeys-random"]);
    client.ok(&["CONFIG", "SET", "maxmemory", "500mb"]);
    wait_until(
        "INFO shows it",
        SOON,
        || client.stat("shorten_eviction_risk"),
        |risk| *risk == 1,
    );
}
