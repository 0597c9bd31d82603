//! CODEPOOL on the nodes of a cluster: each node manages the pools in its own slots.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use shorten_testkit::cluster::{Cluster, Router, node};
use shorten_testkit::{Client, SOON, slot, text_of, wait_until};

fn size(client: &mut Client) -> i64 {
    client.int(&["CODEPOOL", "SIZE"])
}

#[test]
fn a_node_has_its_own_pool_with_codes_of_its_own_slots() {
    let cluster = Cluster::of(3, false, &node().module_args("pool-min 500 pool-max 2000"));
    let mut all = HashSet::new();
    for nth in 0..3 {
        let mut client = cluster.client(nth);
        assert_eq!(size(&mut client), 0, "nothing was asked of this node yet");
        assert_eq!(client.int(&["CODEPOOL", "FILL"]), 2000);
        let codes = client.texts(&["CODEPOOL", "TAKE", "100"]);
        for code in codes {
            assert_eq!(
                cluster.owner(slot(&code)),
                nth,
                "{code} lies on the node that handed it out"
            );
            assert!(all.insert(code), "a code taken twice");
        }
        let info = client.fields(&["CODEPOOL", "INFO"]);
        assert_eq!(info["reserved"], redis::Value::Int(100));
    }
    // Taken codes are not given out again, and LINK.SET claims them.
    let mut router = Router::new(&cluster);
    for code in &all {
        assert_eq!(
            router.text(&["LINK.SET", code, "https://example.com/claimed", "NX"]),
            "OK"
        );
    }
    for nth in 0..3 {
        let mut client = cluster.client(nth);
        let info = client.fields(&["CODEPOOL", "INFO"]);
        assert_eq!(info["reserved"], redis::Value::Int(0));
        let held = size(&mut client);
        assert!((1500..=2000).contains(&held), "{held}");
        client.int(&["CODEPOOL", "CLEAR"]);
        assert_eq!(size(&mut client), 0);
    }
}

#[test]
fn the_strategy_pool_keeps_pools_filled_and_uses_their_codes() {
    let cluster = Cluster::of(
        3,
        false,
        &node().module_args("strategy pool pool-min 8000 pool-max 20000"),
    );
    let mut client = cluster.client(1);
    wait_until(
        "the pool is full",
        SOON,
        || size(&mut client),
        |held| *held == 20_000,
    );
    let mut router = Router::new(&cluster);
    for n in 0..2000 {
        let url = format!("https://example.com/{n}");
        let code = router.text(&["SHORTEN", &url]);
        assert_eq!((code.len(), slot(&code)), (6, slot(&url)));
    }
    // Each slot has a share of the pool, so a slot can fall below its own minimum before the node
    // does.
    wait_until(
        "the pool is never low",
        SOON,
        || size(&mut client),
        |held| *held >= 19_000,
    );
}

#[test]
fn an_empty_pool_draws_a_thousand_codes_without_a_pause() {
    let cluster = Cluster::of(3, false, &node().module_args("pool-min 0 pool-max 10"));
    let mut router = Router::new(&cluster);
    for n in 0..500 {
        router.text(&["SHORTEN", &format!("https://example.com/{n}")]);
    }
    let mut client = cluster.client(0);
    let start = Instant::now();
    let codes: HashSet<String> = client
        .texts(&["CODEPOOL", "TAKE", "1000"])
        .into_iter()
        .collect();
    assert_eq!(codes.len(), 1000);
    assert!(
        start.elapsed() < Duration::from_millis(500),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_node_lists_and_releases_the_codes_taken_from_it() {
    let cluster = Cluster::of(3, true, &node().module_args("pool-min 0 pool-max 1000"));
    let mut taken = Vec::new();
    for nth in 0..3 {
        taken.push(cluster.client(nth).texts(&["CODEPOOL", "TAKE", "100"]));
    }
    for (nth, own) in taken.iter().enumerate() {
        let mut client = cluster.client(nth);
        let (mut shown, mut cursor) = (Vec::new(), "0".to_owned());
        loop {
            let reply = client.items(&["CODEPOOL", "RESERVED", &cursor, "COUNT", "7"]);
            let redis::Value::Array(page) = &reply[1] else {
                panic!("{reply:?}")
            };
            shown.extend(page.iter().map(text_of));
            cursor = text_of(&reply[0]);
            if cursor == "0" {
                break;
            }
        }
        shown.sort();
        let mut own = own.clone();
        own.sort();
        assert_eq!(shown, own, "each of its own once");
        // Given codes of all nodes, a node releases its own.
        let mut command = vec!["CODEPOOL".to_owned(), "RELEASE".to_owned()];
        command.extend(taken.iter().flat_map(|codes| codes[..50].iter().cloned()));
        assert_eq!(client.int(&command), 50);
        assert_eq!(client.int(&command), 0);
        let info = client.fields(&["CODEPOOL", "INFO"]);
        assert_eq!(info["reserved"], redis::Value::Int(50));
    }
    cluster.replicas_are_the_same();
}

#[test]
fn a_large_fill_continues_in_the_background() {
    let cluster = Cluster::of(3, false, &node().module_args("pool-min 0 pool-max 60000"));
    let mut client = cluster.client(0);
    assert_eq!(client.int(&["CODEPOOL", "FILL", "30000"]), 20_000);
    wait_until(
        "as many as asked for",
        SOON,
        || size(&mut client),
        |size| *size == 30_000,
    );
    assert_eq!(client.int(&["CODEPOOL", "FILL"]), 20_000);
    wait_until("full", SOON, || size(&mut client), |size| *size == 60_000);
    client.int(&["CODEPOOL", "CLEAR"]);
    assert_eq!(size(&mut client), 0);
}
