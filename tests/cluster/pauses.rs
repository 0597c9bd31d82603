//! Timers during changes of slots, masters and replicas: a replica gets every change that they make.

use crate::atomic_migration;
use shorten_testkit::cluster::{Cluster, Router, node};
use shorten_testkit::{SOON, now_ms, shard_key, slot, wait_until};

/// Creates links that expire within the next seconds, spread over all slots, while pools are filled.
fn expiring(router: &mut Router, name: &str) {
    for n in 0..3000 {
        let url = format!("https://example.com/{name}/{n}");
        let life = (200 + n % 2000).to_string();
        router.text(&[
            "SHORTEN",
            &url,
            "PX",
            &life,
            "STRATEGY",
            ["COUNTER", "POOL"][n % 2],
        ]);
    }
}

#[track_caller]
fn all_expire(cluster: &Cluster, kept: i64) {
    wait_until(
        "all links that expired are reclaimed",
        SOON,
        || {
            let masters = cluster.current_masters();
            let counts = masters
                .iter()
                .map(|nth| cluster.client(*nth).int(&["LINK.COUNT"]));
            counts.sum::<i64>()
        },
        |left| *left == kept,
    );
    cluster.replicas_are_the_same();
}

fn busy() -> Cluster {
    let node = node()
        .module_args("strategy pool pool-min 6000 pool-max 30000")
        // A master's pings to its replicas would advance the replication offset.
        .config("repl-ping-replica-period", "3600");
    Cluster::with_replicas(&node)
}

#[test]
fn timers_write_nothing_during_client_pause_and_replicas_stay_equal() {
    let cluster = busy();
    let mut router = Router::new(&cluster);
    for round in 0..3 {
        expiring(&mut router, &format!("paused-{round}"));
        for nth in 0..3 {
            let mut client = cluster.client(nth);
            client.ok(&["CLIENT", "PAUSE", "60000", "WRITE"]);
            let mut offset = || client.info("replication").remove("master_repl_offset");
            let before = offset();
            // Timers run at least every 100 ms.
            let end = now_ms() + 300;
            wait_until(
                "timers have run several times",
                SOON,
                || {
                    assert_eq!(offset(), before, "nothing is replicated during a pause");
                    now_ms()
                },
                |now| *now > end,
            );
            client.ok(&["CLIENT", "UNPAUSE"]);
        }
    }
    all_expire(&cluster, 0);
}

#[test]
fn replicas_stay_equal_in_failovers_with_busy_timers() {
    let cluster = busy();
    let mut router = Router::new(&cluster);
    for replica in [3, 4, 5, 0, 1, 2] {
        expiring(&mut router, &format!("failover-{replica}"));
        cluster.agree();
        cluster.client(replica).ok(&["CLUSTER", "FAILOVER"]);
        wait_until(
            "the replica takes over",
            SOON,
            || cluster.client(replica).info("replication").remove("role"),
            |role| role.as_deref() == Some("master"),
        );
    }
    cluster.settle();
    cluster.agree();
    all_expire(&cluster, 0);
}

#[test]
fn replicas_stay_equal_in_resharding_with_busy_timers() {
    let cluster = busy();
    let mut router = Router::new(&cluster);
    let kept = router.text(&["SHORTEN", "https://example.com/kept"]);
    let (from, to) = (cluster.id(0), cluster.id(1));
    for (from, to) in [(&from, &to), (&to, &from)] {
        expiring(&mut router, from);
        cluster.manage(
            "reshard",
            &[
                "--cluster-from",
                from,
                "--cluster-to",
                to,
                "--cluster-slots",
                "600",
                "--cluster-yes",
            ],
        );
    }
    all_expire(&cluster, 1);
    assert_eq!(router.text(&["RESOLVE", &kept]), "https://example.com/kept");
}

#[test]
fn replicas_stay_equal_in_atomic_migration_with_busy_timers() {
    let cluster = busy();
    if !atomic_migration::is_there(&cluster) {
        return;
    }
    let mut router = Router::new(&cluster);
    let kept = router.text(&["SHORTEN", "https://example.com/kept"]);
    for (from, to) in [(0, 1), (1, 0), (0, 1), (1, 0)] {
        expiring(&mut router, &format!("migrated-{from}-{to}"));
        atomic_migration::migrate(&cluster, from, to, 0, 3000);
    }
    all_expire(&cluster, 1);
    assert_eq!(router.text(&["RESOLVE", &kept]), "https://example.com/kept");
}

#[test]
fn timers_skip_slots_that_are_importing_or_foreign() {
    let cluster = Cluster::of(
        3,
        false,
        &node().module_args("strategy pool pool-min 16000 pool-max 16000"),
    );
    let (mut from, mut to) = (cluster.client(0), cluster.client(1));
    to.ok(&["CLUSTER", "SETSLOT", "7", "IMPORTING", &cluster.id(0)]);
    from.ok(&["CLUSTER", "SETSLOT", "7", "MIGRATING", &cluster.id(1)]);
    let full = |client: &mut shorten_testkit::Client| client.int(&["CODEPOOL", "SIZE"]);
    wait_until(
        "one pool is full",
        SOON,
        || full(&mut from),
        |size| *size == 16_000,
    );
    wait_until(
        "the other too",
        SOON,
        || full(&mut to),
        |size| *size == 16_000,
    );
    assert_eq!(to.int(&["EXISTS", &shard_key(8192)]), 1);
    for foreign in ["7", "8", "16000"] {
        assert_eq!(
            to.int(&["CLUSTER", "COUNTKEYSINSLOT", foreign]),
            0,
            "slot {foreign}"
        );
    }
    // Codes that the source adds during the migration move along. No second shard is created at the
    // source afterwards, because the slot could not move back.
    from.ok(&[
        "MIGRATE",
        "127.0.0.1",
        &cluster.port(1).to_string(),
        &shard_key(7),
        "0",
        "5000",
    ]);
    from.int(&["CODEPOOL", "CLEAR"]);
    wait_until(
        "the pool is full again",
        SOON,
        || full(&mut from),
        |size| *size >= 15_990,
    );
    from.int(&["CODEPOOL", "CLEAR"]);
    from.int(&["CODEPOOL", "FILL"]);
    for code in from.texts(&["CODEPOOL", "TAKE", "17000"]) {
        assert_ne!(slot(&code), 7);
    }
    for (node, keys) in [(&mut from, 0), (&mut to, 1)] {
        assert_eq!(node.int(&["CLUSTER", "COUNTKEYSINSLOT", "7"]), keys);
    }
}
