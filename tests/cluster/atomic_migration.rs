//! Atomic slot migration, on servers that support it: CLUSTER MIGRATESLOTS of Valkey 9 and CLUSTER
//! MIGRATION of Redis 8.4.

use std::time::Duration;

use redis::Value;

use crate::load::Load;
use shorten_testkit::cluster::{Cluster, node};
use shorten_testkit::{Client, fields_of, text_of, wait_until};

/// The command that migrates slots.
enum Way {
    /// Valkey: the source is asked to send.
    MigrateSlots,
    /// Redis: the target is asked to fetch.
    Migration,
}

/// Returns how this server migrates slots atomically, or `None` if it does not support that.
fn way(client: &mut Client) -> Option<Way> {
    if client.try_cmd(&["CLUSTER", "GETSLOTMIGRATIONS"]).is_ok() {
        return Some(Way::MigrateSlots);
    }
    let status = client.try_cmd(&["CLUSTER", "MIGRATION", "STATUS", "ALL"]);
    status.is_ok().then_some(Way::Migration)
}

/// Moves a range of slots and waits until the job is done.
#[track_caller]
pub(crate) fn migrate(cluster: &Cluster, from: usize, to: usize, first: u16, last: u16) {
    let (first, last) = (first.to_string(), last.to_string());
    match way(&mut cluster.client(from)) {
        Some(Way::MigrateSlots) => send(cluster, from, to, &first, &last),
        Some(Way::Migration) => fetch(cluster, to, &first, &last),
        None => panic!("the server cannot move slots as a whole"),
    }
    cluster.agree();
}

#[track_caller]
fn send(cluster: &Cluster, from: usize, to: usize, first: &str, last: &str) {
    let (mut client, id) = (cluster.client(from), cluster.id(to));
    client.ok(&[
        "CLUSTER",
        "MIGRATESLOTS",
        "SLOTSRANGE",
        first,
        last,
        "NODE",
        &id,
    ]);
    ends_with("success", &["failed", "cancelled"], || {
        client.items(&["CLUSTER", "GETSLOTMIGRATIONS"]).remove(0)
    });
}

#[track_caller]
fn fetch(cluster: &Cluster, to: usize, first: &str, last: &str) {
    let mut client = cluster.client(to);
    let task = client.text(&["CLUSTER", "MIGRATION", "IMPORT", first, last]);
    // The server tries a failed task again by itself.
    ends_with("completed", &["canceled"], || {
        let status = ["CLUSTER", "MIGRATION", "STATUS", "ID", &task];
        client.items(&status).remove(0)
    });
}

/// Waits until a job has succeeded.
#[track_caller]
fn ends_with(well: &str, badly: &[&str], mut job: impl FnMut() -> Value) {
    let state = wait_until(
        "the slots have moved",
        Duration::from_secs(120),
        || text_of(&fields_of(job())["state"]),
        |state| state == well || badly.contains(&state.as_str()),
    );
    assert_eq!(state, well);
}

/// Returns whether the server supports it. Prints a note if not.
pub(crate) fn is_there(cluster: &Cluster) -> bool {
    let is = way(&mut cluster.client(0)).is_some();
    if !is {
        eprintln!("skipped: this server cannot move slots as a whole");
    }
    is
}

fn there_and_back(rounds: usize, slots: u16) {
    let cluster = Cluster::with_replicas(&node());
    if is_there(&cluster) {
        under_load(&cluster, rounds, slots);
    }
}

fn under_load(cluster: &Cluster, rounds: usize, slots: u16) {
    let load = Load::start(cluster, false);
    load.continues(500);
    for _ in 0..rounds {
        migrate(cluster, 0, 1, 0, slots - 1);
        load.continues(50);
        migrate(cluster, 1, 0, 0, slots - 1);
        load.continues(50);
    }
    let done = load.end();
    assert!(
        done.redirections.moved > 0,
        "clients met slots that had moved"
    );
    done.is_all_there(cluster);
    cluster.replicas_are_the_same();
}

#[test]
fn atomic_migration_under_load_moves_all_links() {
    there_and_back(1, 3000);
}

#[test]
fn atomic_migration_with_caching_clients_moves_all_links() {
    let cluster = Cluster::with_replicas(&node());
    if !is_there(&cluster) {
        return;
    }
    // Redis then removes the keys of a slot that has left one by one. Else it drops them all at once
    // in the background.
    let caching: Vec<Client> = (0..cluster.masters)
        .map(|nth| {
            let mut client = cluster.nodes[nth].client3();
            client.ok(&["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "none:"]);
            client
        })
        .collect();
    under_load(&cluster, 1, 3000);
    drop(caching);
}

#[test]
#[ignore = "minutes"]
fn repeated_atomic_migration_under_load_moves_all_links() {
    there_and_back(10, 5000);
}
