//! The visit log while its slots move: no second stream is created after one has moved, and visits
//! that could not be logged are counted.

use std::collections::BTreeMap;
use std::process::Command;

use redis::Value;

use crate::atomic_migration::{is_there, migrate};
use crate::load::{Done, Load};
use crate::resharding::move_slots;
use shorten_testkit::cluster::{Cluster, node};
use shorten_testkit::consumer::{Consumer, carried, python_consumer, rust_consumer};
use shorten_testkit::{Client, SOON, shard_key, slot, text_of, wait_until};

fn logging(replicas: bool) -> Cluster {
    Cluster::of(3, replicas, &node().module_args("visit-log-maxlen 1000000"))
}

/// Returns the key of a slot's stream.
fn stream_of(slot: u16) -> String {
    shard_key(slot).replace("shorten:", "shorten:visits:")
}

/// Returns how many visits a node logged, and how many it could not log.
fn counted(client: &mut Client) -> (i64, i64) {
    (
        client.stat("shorten_visit_log_added"),
        client.stat("shorten_visit_log_dropped"),
    )
}

/// Returns the entries of each code in all streams of all masters. Checks that each stream is only
/// on the node that owns its slot.
#[track_caller]
fn logged(cluster: &Cluster) -> BTreeMap<String, i64> {
    let mut entries = BTreeMap::new();
    let mut streams = BTreeMap::new();
    for nth in 0..cluster.masters {
        let mut client = cluster.client(nth);
        for stream in client.texts(&["KEYS", "shorten:visits*"]) {
            let home = slot(&stream);
            assert_eq!(stream, stream_of(home));
            assert_eq!(cluster.owner(home), nth, "{stream} is where its slot is");
            assert_eq!(
                streams.insert(stream.clone(), nth),
                None,
                "{stream} exists twice"
            );
            for entry in client.items(&["XRANGE", &stream, "-", "+"]) {
                let Value::Array(parts) = entry else {
                    panic!("no entry: {entry:?}")
                };
                let Value::Array(words) = &parts[1] else {
                    panic!("no fields: {parts:?}")
                };
                let code = text_of(&words[1]);
                assert_eq!(slot(&code), home, "{code} is logged beside its shard");
                *entries.entry(code).or_insert(0) += 1;
            }
        }
    }
    entries
}

/// Checks that every visit of a load is in the log once, or was counted as dropped.
#[track_caller]
fn is_accounted_for(cluster: &Cluster, done: &Done) {
    let entries = logged(cluster);
    for link in &done.links {
        let entries = entries.get(&link.code).copied().unwrap_or(0);
        assert!(
            entries <= link.visits,
            "{entries} entries for {} visits",
            link.visits
        );
    }
    let visits: i64 = done.links.iter().map(|link| link.visits).sum();
    let counts: Vec<_> = (0..cluster.masters)
        .map(|nth| counted(&mut cluster.client(nth)))
        .collect();
    let written: i64 = counts.iter().map(|(logged, _)| logged).sum();
    let missed: i64 = counts.iter().map(|(_, missed)| missed).sum();
    eprintln!("{visits} visits, {missed} of them not logged");
    assert_eq!(entries.values().sum::<i64>(), written);
    assert_eq!(written + missed, visits);
    assert!(
        missed * 10 < visits,
        "the log is of use while slots move: {missed} of {visits} visits missed"
    );
}

#[test]
fn resharding_moves_visit_logs() {
    let cluster = logging(true);
    let load = Load::start(&cluster, false);
    load.continues(300);
    // If a second stream were created at the source, the migration back would fail with BUSYKEY.
    move_slots(&cluster, 0, 1, 300);
    move_slots(&cluster, 1, 0, 300);
    load.continues(100);
    let done = load.end();
    cluster.agree();
    done.is_all_there(&cluster);
    is_accounted_for(&cluster, &done);
    cluster.replicas_are_the_same();
}

#[test]
fn atomic_migration_moves_visit_logs() {
    let cluster = logging(true);
    if !is_there(&cluster) {
        return;
    }
    let load = Load::start(&cluster, false);
    load.continues(300);
    migrate(&cluster, 0, 1, 0, 999);
    load.continues(50);
    migrate(&cluster, 1, 0, 0, 999);
    load.continues(50);
    let done = load.end();
    done.is_all_there(&cluster);
    is_accounted_for(&cluster, &done);
    cluster.replicas_are_the_same();
}

/// Runs consumers on every master while slots move. All write to one file.
fn consumers_lose_none(program: impl Fn() -> Command) {
    let cluster = logging(false);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("visits.sqlite");
    let consumers: Vec<_> = (0..cluster.masters)
        .map(|nth| Consumer::start(program(), cluster.port(nth), &file))
        .collect();
    let load = Load::start(&cluster, false);
    load.continues(300);
    move_slots(&cluster, 0, 1, 100);
    load.continues(100);
    move_slots(&cluster, 1, 0, 100);
    load.continues(100);
    let done = load.end();
    cluster.agree();
    is_accounted_for(&cluster, &done);
    let entries: i64 = logged(&cluster).values().sum();
    wait_until(
        "all entries are copied, each once",
        SOON,
        || carried(&file).len() as i64,
        |rows| *rows == entries,
    );
    drop(consumers);
}

#[test]
fn consumers_of_all_masters_lose_no_visit_while_slots_move() {
    consumers_lose_none(rust_consumer);
    if python_consumer().is_some() {
        consumers_lose_none(|| python_consumer().expect("it was there a moment ago"));
    }
}

/// Returns a slot of the first master, and a code in it.
const SLOT: u16 = 7;

#[test]
fn half_moved_slots_log_visits_in_one_stream_or_count_them_as_dropped() {
    let cluster = logging(false);
    let (mut from, mut to, slot) = (cluster.client(0), cluster.client(1), SLOT.to_string());
    let (from_id, to_id) = (cluster.id(0), cluster.id(1));
    let (shard, stream) = (shard_key(SLOT), stream_of(SLOT));
    let url = format!("https://example.com/{}", shard.replace("shorten:", ""));
    let code = from.text(&["SHORTEN", &url]);
    let carry = |from: &mut Client, key: &str| {
        from.ok(&[
            "MIGRATE",
            "127.0.0.1",
            &cluster.port(1).to_string(),
            key,
            "0",
            "5000",
        ]);
    };
    let begin = |from: &mut Client, to: &mut Client| {
        to.ok(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
        from.ok(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
    };
    // There is no stream yet, and none is created during the migration, because the target could
    // have one.
    begin(&mut from, &mut to);
    assert_eq!(from.text(&["VISIT", &code]), url);
    assert_eq!(counted(&mut from), (0, 1));
    assert_eq!(from.int(&["EXISTS", &shard]), 1);
    from.refused("ASK", &["EXISTS", &stream]);
    from.ok(&["CLUSTER", "SETSLOT", &slot, "STABLE"]);
    to.ok(&["CLUSTER", "SETSLOT", &slot, "STABLE"]);
    assert_eq!(from.text(&["VISIT", &code]), url);
    assert_eq!(counted(&mut from), (1, 1), "the slot is settled again");
    // The source has the shard and the stream.
    begin(&mut from, &mut to);
    assert_eq!(from.text(&["VISIT", &code]), url);
    assert_eq!(counted(&mut from), (2, 1));
    // The target has the shard, the source has the stream.
    carry(&mut from, &shard);
    from.refused("ASK", &["VISIT", &code]);
    let there = |to: &mut Client| {
        to.ok(&["ASKING"]);
        assert_eq!(to.text(&["VISIT", &code]), url);
    };
    there(&mut to);
    assert_eq!(counted(&mut to), (0, 1));
    // The target has both.
    carry(&mut from, &stream);
    there(&mut to);
    assert_eq!(counted(&mut to), (1, 1));
    for node in [&mut to, &mut from] {
        node.ok(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
    }
    cluster.agree();
    assert_eq!(to.text(&["VISIT", &code]), url);
    assert_eq!(counted(&mut to), (2, 1));
    assert_eq!(to.int(&["XLEN", &stream]), 4);
    assert_eq!(logged(&cluster).values().sum::<i64>(), 4);
}

#[test]
fn a_stream_that_moves_first_is_not_recreated_at_its_source() {
    let cluster = logging(false);
    let (mut from, mut to, slot) = (cluster.client(0), cluster.client(1), SLOT.to_string());
    let (from_id, to_id) = (cluster.id(0), cluster.id(1));
    let (shard, stream) = (shard_key(SLOT), stream_of(SLOT));
    let url = format!("https://example.com/{}", shard.replace("shorten:", ""));
    let code = from.text(&["SHORTEN", &url]);
    from.text(&["VISIT", &code]);
    to.ok(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
    from.ok(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
    let port = cluster.port(1).to_string();
    from.ok(&["MIGRATE", "127.0.0.1", &port, &stream, "0", "5000"]);
    assert_eq!(from.text(&["VISIT", &code]), url);
    assert_eq!(counted(&mut from), (1, 1));
    from.ok(&["MIGRATE", "127.0.0.1", &port, &shard, "0", "5000"]);
    assert_eq!(from.int(&["CLUSTER", "COUNTKEYSINSLOT", &slot]), 0);
    for node in [&mut to, &mut from] {
        node.ok(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
    }
    cluster.agree();
    assert_eq!(to.text(&["VISIT", &code]), url);
    assert_eq!(to.int(&["XLEN", &stream]), 2);
}
