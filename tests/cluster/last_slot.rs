//! A master that loses its last slot: the server makes it a replica of the slot's new owner.

use shorten_testkit::cluster::{Cluster, Router};
use shorten_testkit::{SOON, shard_key, slot, wait_until};

#[test]
fn a_master_that_loses_its_last_slot_becomes_a_replica_with_all_links() {
    let cluster = Cluster::start();
    let mut router = Router::new(&cluster);
    let links: Vec<_> = (0..50)
        .map(|n| format!("https://example.com/{n}"))
        .map(|url| (router.text(&["SHORTEN", &url]), url))
        .collect();
    let (mut from, mut to) = (cluster.client(0), cluster.client(1));
    let (source, target) = (cluster.id(0), cluster.id(1));
    // The slots that the first of three masters starts with.
    let owned = 0..16384 / 3;
    let port = cluster.port(1).to_string();
    for (code, _) in links.iter().filter(|(code, _)| owned.contains(&slot(code))) {
        let number = slot(code).to_string();
        to.ok(&["CLUSTER", "SETSLOT", &number, "IMPORTING", &source]);
        from.ok(&["CLUSTER", "SETSLOT", &number, "MIGRATING", &target]);
        let key = shard_key(slot(code));
        from.text(&["MIGRATE", "127.0.0.1", &port, &key, "0", "5000"]);
    }
    let takes: Vec<Vec<String>> = owned
        .map(|number| {
            ["CLUSTER", "SETSLOT", &number.to_string(), "NODE", &target].map(String::from)
        })
        .map(Vec::from)
        .collect();
    // The other node learns it through the cluster bus.
    for reply in to.pipeline(&takes) {
        reply.expect("the slot is taken");
    }
    wait_until(
        "the node is a replica and has its master's links",
        SOON,
        || from.info("replication"),
        |info| {
            info["role"] == "slave"
                && info["master_port"] == port
                && info["master_link_status"] == "up"
        },
    );
    cluster.agree();
    cluster.replicas_are_the_same();
    assert_eq!(from.int(&["LINK.COUNT"]), to.int(&["LINK.COUNT"]));
    for (code, url) in &links {
        assert_eq!(&router.text(&["RESOLVE", code]), url);
    }
}
