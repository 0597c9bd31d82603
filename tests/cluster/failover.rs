//! Failovers under load, manual and after a crash.

use std::thread;
use std::time::Duration;

use crate::load::Load;
use shorten_testkit::cluster::{Cluster, node};
use shorten_testkit::{SOON, wait_until};

/// The node timeout: a failover begins this long after a master stops responding.
const HURRIED_MS: &str = "3000";

fn is_master(cluster: &Cluster, nth: usize) -> bool {
    cluster.client(nth).info("replication")["role"] == "master"
}

#[track_caller]
fn takes_over(cluster: &Cluster, nth: usize) {
    wait_until(
        "the replica takes over",
        SOON,
        || is_master(cluster, nth),
        |is| *is,
    );
}

/// Kills masters in turn. Each returns as the replica of its former replica, without its own data.
fn killed(times: usize) {
    let mut cluster = Cluster::with_replicas(&node().config("cluster-node-timeout", HURRIED_MS));
    let load = Load::start(&cluster, true);
    for round in 0..times {
        let (master, replica) = (round % 3, 3 + round % 3);
        let (master, replica) = if is_master(&cluster, master) {
            (master, replica)
        } else {
            (replica, master)
        };
        load.continues(300);
        cluster.nodes[master].kill9();
        takes_over(&cluster, replica);
        load.continues(100);
        cluster.nodes[master].restart();
        cluster.settle();
        cluster.agree();
    }
    load.continues(100);
    let done = load.end();
    assert!(done.redirections.tried_again > 0, "clients lost a node");
    done.is_there_if_safe(&cluster);
    cluster.replicas_are_the_same();
}

#[test]
fn a_master_killed_under_load_loses_no_replicated_link() {
    killed(1);
}

#[test]
#[ignore = "minutes"]
fn masters_killed_in_turn_lose_no_replicated_link() {
    killed(6);
}

/// Fails over from masters to their replicas and back, `times` times.
fn handed_over(times: usize, timeout: Duration) {
    let timeout_ms = timeout.as_millis().to_string();
    let cluster = Cluster::with_replicas(&node().config("cluster-node-timeout", &timeout_ms));
    let load = Load::start(&cluster, false);
    for round in 0..times {
        for replica in [3, 4, 5, 0, 1, 2] {
            load.continues(50);
            // A master accepts failovers only from nodes that it knows as its replicas, and the other
            // masters vote only for those.
            cluster.agree();
            cluster.client(replica).ok(&["CLUSTER", "FAILOVER"]);
            takes_over(&cluster, replica);
            cluster.settle();
        }
        if round + 1 < times {
            // For this long Redis 7.0 counts the votes of a node's previous failover for its next
            // one, which then gets no new epoch. No command shows when the votes expire, so there is
            // nothing to wait for but the time.
            thread::sleep(4 * timeout);
        }
    }
    load.continues(100);
    let done = load.end();
    assert!(done.redirections.moved > 0);
    cluster.agree();
    done.is_all_there(&cluster);
    cluster.replicas_are_the_same();
}

#[test]
fn manual_failovers_and_back_under_load_lose_no_link() {
    handed_over(1, Duration::from_secs(20));
}

#[test]
#[ignore = "two minutes"]
fn many_manual_failovers_under_load_lose_no_link() {
    handed_over(4, Duration::from_secs(8));
}
