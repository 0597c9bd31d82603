//! LINK.SCAN over the nodes of a cluster.

use crate::load::{Load, everything};
use crate::resharding::move_slots;
use shorten_testkit::cluster::Cluster;
use shorten_testkit::scan;

#[test]
fn a_scan_of_a_busy_cluster_shows_every_link_that_existed_at_its_start() {
    let cluster = Cluster::start();
    let load = Load::start(&cluster, false);
    for _ in 0..5 {
        load.continues(200);
        let before: Vec<_> = (0..3)
            .map(|nth| scan(&mut cluster.client(nth), &["COUNT", "10000"]))
            .collect();
        for (nth, before) in before.iter().enumerate() {
            let seen = scan(&mut cluster.client(nth), &["COUNT", "7"]);
            let missed: Vec<_> = before.difference(&seen).collect();
            assert!(missed.is_empty(), "{missed:?}");
        }
    }
    let done = load.end();
    assert_eq!(everything(&cluster).len(), done.links.len());
}

#[test]
fn a_node_shows_no_link_of_a_slot_that_it_no_longer_owns() {
    let cluster = Cluster::start();
    let load = Load::start(&cluster, false);
    load.continues(300);
    let done = load.end();
    move_slots(&cluster, 0, 1, 100);
    cluster.agree();
    done.is_all_there(&cluster);
}
