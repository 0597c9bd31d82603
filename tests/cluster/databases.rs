//! Databases other than 0 in a cluster, on servers that support them: Valkey 9 with
//! `cluster-databases`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use redis::Value;

use crate::atomic_migration::migrate;
use shorten_testkit::cluster::{Cluster, Router, node};
use shorten_testkit::{Client, SOON, fields_of, shard_key, slot, text_of, version, wait_until};

const URL: &str = "https://example.com/some/page";

/// A URL and its code.
type Link = (String, String);

/// Starts a cluster with several databases. Returns `None` if the server does not support that.
fn cluster(replicas: bool) -> Option<Cluster> {
    if !version().has_cluster_databases() {
        eprintln!("skipped: the clusters of this server have one database");
        return None;
    }
    let node = node().config("cluster-databases", "16");
    Some(Cluster::of(3, replicas, &node))
}

/// Returns a connection to the node that owns a slot, in this database.
fn client(cluster: &Cluster, slot: u16, database: &str) -> Client {
    let mut client = cluster.client(cluster.owner(slot));
    client.ok(&["SELECT", database]);
    client
}

#[test]
fn a_database_of_a_cluster_has_its_own_links() {
    let Some(cluster) = cluster(false) else {
        return;
    };
    let (mut zero, mut one) = (Router::new(&cluster), Router::in_database(&cluster, 1));
    let code = one.text(&["SHORTEN", URL, "NOTE", "first"]);
    assert_eq!(one.text(&["RESOLVE", &code]), URL);
    assert_eq!(one.text(&["VISIT", &code]), URL);
    assert_eq!(zero.cmd(&["RESOLVE", &code]), Value::Nil);
    let indexed = one.text(&["SHORTEN", URL]);
    assert_eq!(one.text(&["LINK.FIND", URL]), indexed);
    assert_eq!(zero.cmd(&["LINK.FIND", URL]), Value::Nil);
    assert_eq!(
        zero.text(&["LINK.SET", &code, "https://example.com/zero"]),
        "OK"
    );
    assert_eq!(one.text(&["RESOLVE", &code]), URL);
    let home = slot(URL);
    for (database, links) in [("0", 1), ("1", 2)] {
        let mut client = client(&cluster, home, database);
        assert_eq!(client.int(&["LINK.COUNT"]), links, "in database {database}");
    }
    // A node that does not own the slot redirects in every database.
    let mut wrong = client(&cluster, home ^ 8192, "1");
    wrong.refused("MOVED", &["RESOLVE", &code]);
}

#[test]
fn timers_reclaim_links_and_fill_pools_in_every_database_of_a_cluster() {
    let Some(cluster) = cluster(false) else {
        return;
    };
    let mut one = Router::in_database(&cluster, 1);
    one.text(&["SHORTEN", URL, "PX", "5"]);
    let mut there = client(&cluster, slot(URL), "1");
    wait_until(
        "the link is reclaimed",
        SOON,
        || there.int(&["LINK.COUNT"]),
        |links| *links == 0,
    );
    one.text(&["SHORTEN", URL, "STRATEGY", "POOL"]);
    wait_until(
        "the pool has codes",
        SOON,
        || there.int(&["CODEPOOL", "SIZE"]),
        |codes| *codes > 0,
    );
    let mut zero = client(&cluster, slot(URL), "0");
    assert_eq!(zero.int(&["CODEPOOL", "SIZE"]), 0);
    assert_eq!(zero.int(&["DBSIZE"]), 0);
}

/// Creates links in a database until it is stopped, and at least this many.
fn make(cluster: &Cluster, database: usize, least: usize, stop: &AtomicBool) -> Vec<Link> {
    let mut router = Router::in_database(cluster, database);
    let mut links = Vec::new();
    while links.len() < least || !stop.load(Ordering::Relaxed) {
        let url = format!("{URL}/{}", links.len());
        let code = router.text(&["SHORTEN", &url]);
        assert_eq!(router.text(&["VISIT", &code]), url);
        links.push((url, code));
    }
    links
}

/// Checks that no link of a database is lost, changed or duplicated.
#[track_caller]
fn are_all_there(cluster: &Cluster, database: usize, links: &[Link]) {
    let mut router = Router::in_database(cluster, database);
    for (url, code) in links {
        let info = fields_of(router.cmd(&["LINK.INFO", code]));
        assert_eq!(
            (&text_of(&info["url"]), &info["visits"]),
            (url, &Value::Int(1))
        );
        assert_eq!(&router.text(&["LINK.FIND", url]), code);
        assert_eq!(&router.text(&["SHORTEN", url]), code);
    }
    let counts = (0..cluster.masters).map(|nth| {
        let mut client = cluster.client(nth);
        client.ok(&["SELECT", &database.to_string()]);
        client.int(&["LINK.COUNT"])
    });
    assert_eq!(counts.sum::<i64>(), links.len() as i64);
}

// No client writes during the migration. With writes to several databases, Valkey 9.1.2 loses track
// of the selected one in its migration stream, and keys of any type are lost.
#[test]
fn atomic_migration_moves_the_links_of_every_database() {
    let Some(cluster) = cluster(true) else {
        return;
    };
    let done = AtomicBool::new(true);
    let links = [0, 1, 15].map(|database| (database, make(&cluster, database, 300, &done)));
    migrate(&cluster, 0, 1, 0, 2999);
    migrate(&cluster, 1, 0, 0, 2999);
    for (database, links) in &links {
        are_all_there(&cluster, *database, links);
    }
    cluster.replicas_are_the_same();
}

#[test]
fn atomic_migration_under_load_moves_the_links_of_the_database_in_use() {
    let Some(cluster) = cluster(true) else {
        return;
    };
    let done = AtomicBool::new(false);
    let links = thread::scope(|scope| {
        let maker = scope.spawn(|| make(&cluster, 1, 500, &done));
        migrate(&cluster, 0, 1, 0, 2999);
        migrate(&cluster, 1, 0, 0, 2999);
        done.store(true, Ordering::Relaxed);
        maker.join().expect("every answer was right")
    });
    are_all_there(&cluster, 1, &links);
    cluster.replicas_are_the_same();
}

#[test]
fn a_slot_that_moves_key_by_key_is_served_in_every_database() {
    let Some(cluster) = cluster(false) else {
        return;
    };
    let home = slot(URL);
    let (from, to) = (cluster.owner(home), (cluster.owner(home) + 1) % 3);
    let links = ["0", "1"].map(|database| {
        let mut client = client(&cluster, home, database);
        let url = format!("https://example.com/{{{URL}}}/{database}");
        (database, client.text(&["SHORTEN", &url]), url)
    });
    let (source, target) = (cluster.id(from), cluster.id(to));
    let (number, port) = (home.to_string(), cluster.port(to).to_string());
    let (mut here, mut there) = (cluster.client(from), cluster.client(to));
    there.ok(&["CLUSTER", "SETSLOT", &number, "IMPORTING", &source]);
    here.ok(&["CLUSTER", "SETSLOT", &number, "MIGRATING", &target]);
    let key = shard_key(home);
    for (database, code, url) in &links {
        let mut router = Router::in_database(&cluster, database.parse().expect("a number"));
        assert_eq!(&router.text(&["VISIT", code]), url, "not moved yet");
        here.ok(&["SELECT", database]);
        here.ok(&["MIGRATE", "127.0.0.1", &port, &key, database, "5000"]);
        assert_eq!(&router.text(&["VISIT", code]), url, "moved");
        assert_eq!(&router.text(&["SHORTEN", url]), code);
        assert!(router.redirections.asked > 0);
    }
    for node in [&mut there, &mut here] {
        node.ok(&["CLUSTER", "SETSLOT", &number, "NODE", &target]);
    }
    cluster.agree();
    for (database, code, url) in &links {
        let mut router = Router::in_database(&cluster, database.parse().expect("a number"));
        assert_eq!(&router.text(&["VISIT", code]), url);
    }
}
