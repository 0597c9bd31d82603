//! Slots that move as a whole, on servers that can: Valkey 9's CLUSTER MIGRATESLOTS.

use std::time::Duration;

use crate::harness::{fields_of, text_of, wait_until};
use crate::load::Load;
use crate::nodes::{Cluster, node};

/// Moves a range of slots and waits until the job is done.
#[track_caller]
pub(crate) fn migrate(cluster: &Cluster, from: usize, to: usize, first: u16, last: u16) {
    let (mut client, id) = (cluster.client(from), cluster.id(to));
    let (first, last) = (first.to_string(), last.to_string());
    client.ok(&[
        "CLUSTER",
        "MIGRATESLOTS",
        "SLOTSRANGE",
        &first,
        &last,
        "NODE",
        &id,
    ]);
    let state = wait_until(
        "the slots have moved",
        Duration::from_secs(120),
        || {
            let job = client.items(&["CLUSTER", "GETSLOTMIGRATIONS"]).remove(0);
            text_of(&fields_of(job)["state"])
        },
        |state| ["success", "failed", "cancelled"].contains(&state.as_str()),
    );
    assert_eq!(state, "success");
    cluster.agree();
}

/// Whether the server can do it; says so if not.
pub(crate) fn is_there(cluster: &Cluster) -> bool {
    let mut client = cluster.client(0);
    let is = client.try_cmd(&["CLUSTER", "GETSLOTMIGRATIONS"]).is_ok();
    if !is {
        eprintln!("skipped: this server has no CLUSTER MIGRATESLOTS");
    }
    is
}

fn there_and_back(rounds: usize, slots: u16) {
    let cluster = Cluster::with_replicas(&node());
    if !is_there(&cluster) {
        return;
    }
    let load = Load::start(&cluster, false);
    load.goes_on(500);
    for _ in 0..rounds {
        migrate(&cluster, 0, 1, 0, slots - 1);
        load.goes_on(50);
        migrate(&cluster, 1, 0, 0, slots - 1);
        load.goes_on(50);
    }
    let done = load.end();
    assert!(
        done.redirections.moved > 0,
        "clients met slots that had moved"
    );
    done.is_all_there(&cluster);
    cluster.replicas_are_the_same();
}

#[test]
fn slots_migrated_as_a_whole_under_load_take_all_their_links_along() {
    there_and_back(1, 3000);
}

#[test]
#[ignore = "minutes"]
fn slots_migrated_as_a_whole_many_times_under_load_take_all_their_links_along() {
    there_and_back(10, 5000);
}
