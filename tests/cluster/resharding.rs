//! Slots that move from master to master by `redis-cli`, key by key, under load.

use crate::load::Load;
use crate::nodes::{Cluster, node};

/// Moves so many slots from one node to another.
fn move_slots(cluster: &Cluster, from: usize, to: usize, slots: usize) {
    let (from, to) = (cluster.id(from), cluster.id(to));
    cluster.manage(
        "reshard",
        &[
            "--cluster-from",
            &from,
            "--cluster-to",
            &to,
            "--cluster-slots",
            &slots.to_string(),
            "--cluster-yes",
        ],
    );
}

fn there_and_back(rounds: usize, slots: usize, replicas: bool) {
    let cluster = Cluster::of(3, replicas, &node());
    let load = Load::start(&cluster, false);
    load.goes_on(500);
    for _ in 0..rounds {
        move_slots(&cluster, 0, 1, slots);
        move_slots(&cluster, 1, 0, slots);
    }
    load.goes_on(100);
    let done = load.end();
    assert!(
        done.redirections.asked > 0,
        "clients met slots on the move: {:?}",
        done.redirections
    );
    cluster.manage("check", &[]);
    done.is_all_there(&cluster);
    cluster.replicas_are_the_same();
}

#[test]
fn slots_move_there_and_back_under_load_and_no_link_is_lost_doubled_or_changed() {
    there_and_back(1, 500, true);
}

#[test]
#[ignore = "minutes"]
fn thousands_of_slots_move_there_and_back_under_load() {
    there_and_back(3, 4000, true);
}
