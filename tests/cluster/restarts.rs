//! Restarts of cluster nodes from AOF and RDB.

use crate::load::Load;
use shorten_testkit::cluster::{Cluster, node};
use shorten_testkit::{SOON, wait_until};

#[test]
fn nodes_that_restart_from_their_aof_have_every_link() {
    for preamble in ["yes", "no"] {
        let aof = node()
            .aof("always")
            .config("aof-use-rdb-preamble", preamble);
        let mut cluster = Cluster::of(3, false, &aof);
        let load = Load::start(&cluster, false);
        load.continues(300);
        // One part of the AOF is rewritten, the rest was appended since.
        for nth in 0..3 {
            let mut client = cluster.client(nth);
            client.text(&["BGREWRITEAOF"]);
            wait_until(
                "the AOF is rewritten",
                SOON,
                || client.info("persistence"),
                |info| {
                    info["aof_rewrite_in_progress"] == "0" && info["aof_rewrite_scheduled"] == "0"
                },
            );
        }
        load.continues(300);
        let done = load.end();
        for node in &mut cluster.nodes {
            node.kill9();
            node.restart();
        }
        cluster.settle();
        done.is_all_there(&cluster);
    }
}

#[test]
fn a_node_that_reloads_its_rdb_has_the_same_data() {
    let cluster = Cluster::of(3, false, &node().module_args("pool-min 0"));
    let load = Load::start(&cluster, false);
    load.continues(300);
    let done = load.end();
    for nth in 0..3 {
        let mut client = cluster.client(nth);
        let before = client.digest();
        client.ok(&["DEBUG", "RELOAD"]);
        assert_eq!(client.digest(), before);
    }
    done.is_all_there(&cluster);
}
