//! `redis-cli` moves slots between masters, key by key, under load.

use crate::load::Load;
use shorten_testkit::cluster::{Cluster, node};
use shorten_testkit::shard_key;

/// Moves this many slots from one node to another.
pub(crate) fn move_slots(cluster: &Cluster, from: usize, to: usize, slots: usize) {
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
    load.continues(500);
    for _ in 0..rounds {
        move_slots(&cluster, 0, 1, slots);
        move_slots(&cluster, 1, 0, slots);
    }
    load.continues(100);
    let done = load.end();
    // Whether a client addresses a slot during its migration is a matter of chance. The test of a
    // slot in migration covers that case.
    assert!(
        done.redirections.asked + done.redirections.moved > 0,
        "clients met slots that moved: {:?}",
        done.redirections
    );
    cluster.manage("check", &[]);
    done.is_all_there(&cluster);
    cluster.replicas_are_the_same();
}

#[test]
fn resharding_under_load_loses_duplicates_and_changes_no_link() {
    there_and_back(1, 500, true);
}

#[test]
#[ignore = "minutes"]
fn resharding_thousands_of_slots_under_load_loses_no_link() {
    there_and_back(3, 4000, true);
}

/// One of the slots with the most load.
const SLOT: u16 = 7;

#[test]
fn a_slot_in_migration_is_served_without_a_wrong_reply() {
    let cluster = Cluster::start();
    let load = Load::start(&cluster, false);
    load.continues(300);
    let (mut from, mut to, slot) = (cluster.client(0), cluster.client(1), SLOT.to_string());
    let (from_id, to_id) = (cluster.id(0), cluster.id(1));
    to.ok(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
    from.ok(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
    // The shard is still at the source, which serves it. Neither commands nor timers create a
    // second one at the target.
    load.continues(300);
    assert_eq!(to.int(&["CLUSTER", "COUNTKEYSINSLOT", &slot]), 0);
    let key = shard_key(SLOT);
    let script = "return redis.call('SHORTEN', KEYS[1], ARGV[1])";
    let url = format!(
        "https://example.com/{}/by-script",
        key.replace("shorten:", "")
    );
    to.refused("MOVED", &["EVAL", script, "1", &key, &url]);
    to.ok(&["ASKING"]);
    let error = to.error(&["EVAL", script, "1", &key, &url]);
    assert!(error.contains("TRYAGAIN"), "{error}");
    from.ok(&[
        "MIGRATE",
        "127.0.0.1",
        &cluster.port(1).to_string(),
        &key,
        "0",
        "5000",
    ]);
    // The target has the shard, but not the slot yet: clients are redirected with ASK for each
    // call.
    load.continues(300);
    assert_eq!(from.int(&["CLUSTER", "COUNTKEYSINSLOT", &slot]), 0);
    from.refused("ASK", &["EVAL", script, "1", &key, &url]);
    for node in [&mut to, &mut from] {
        node.ok(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
    }
    load.continues(300);
    let done = load.end();
    assert!(done.redirections.asked > 0, "{:?}", done.redirections);
    cluster.agree();
    done.is_all_there(&cluster);
}
