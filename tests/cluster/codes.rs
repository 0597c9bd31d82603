//! Codes in a cluster: in the slot of their URL, distinct without coordination between nodes, and
//! as short as on one server.

use std::collections::HashSet;
use std::thread;

use crate::load::everything;
use shorten_testkit::cluster::Cluster;
use shorten_testkit::{Raw, base62, slot};

const CLIENTS: usize = 3;
const BATCH: usize = 300;

fn url(client: usize, n: usize) -> String {
    format!("https://example.com/{client}/{n}")
}

/// Shortens one client's share of new URLs, by pipelines to the master that owns each URL's slot.
fn share(
    cluster: &Cluster,
    client: usize,
    count: usize,
    strategies: &[&str],
) -> Vec<(String, String)> {
    let mut connections: Vec<Raw> = (0..3).map(|nth| Raw::connect(cluster.port(nth))).collect();
    let mut links = Vec::with_capacity(count);
    for first in (0..count).step_by(BATCH) {
        let mut batches = vec![Vec::new(); 3];
        let mut sent = vec![Vec::new(); 3];
        for n in first..(first + BATCH).min(count) {
            let url = url(client, n);
            // The initial owner of a slot, because no slot moves in this test.
            let owner = (0..3)
                .rfind(|nth| 16384 * nth / 3 <= usize::from(slot(&url)))
                .unwrap();
            let command = [
                "SHORTEN",
                &url,
                "STRATEGY",
                strategies[n % strategies.len()],
            ];
            Raw::pack(&mut batches[owner], &command);
            sent[owner].push(url);
        }
        for (connection, batch) in connections.iter_mut().zip(&batches) {
            connection.send(batch);
        }
        for (connection, urls) in connections.iter_mut().zip(sent) {
            for url in urls {
                let code = connection.receive().expect("a code").to_owned();
                links.push((url, code));
            }
        }
    }
    links
}

fn made_by_all(cluster: &Cluster, each: usize, strategies: &[&str]) -> Vec<(String, String)> {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| scope.spawn(move || share(cluster, client, each, strategies)))
            .collect();
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    })
}

/// Checks that all codes resolve, by pipelines of a client that did not create them.
fn resolve_all(cluster: &Cluster, links: &[(String, String)]) {
    let mut connections: Vec<Raw> = (0..3).map(|nth| Raw::connect(cluster.port(nth))).collect();
    for chunk in links.chunks(BATCH) {
        let mut batches = vec![Vec::new(); 3];
        let mut sent = vec![Vec::new(); 3];
        for (url, code) in chunk {
            let owner = (0..3)
                .rfind(|nth| 16384 * nth / 3 <= usize::from(slot(code)))
                .unwrap();
            Raw::pack(&mut batches[owner], &["RESOLVE", code]);
            sent[owner].push(url);
        }
        for (connection, batch) in connections.iter_mut().zip(&batches) {
            connection.send(batch);
        }
        for (connection, urls) in connections.iter_mut().zip(sent) {
            for url in urls {
                assert_eq!(connection.receive(), Ok(url.as_str()));
            }
        }
    }
}

fn are_distinct_and_spread(each: usize) {
    let cluster = Cluster::start();
    let links = made_by_all(&cluster, each, &["COUNTER", "HASH", "POOL"]);
    let all = CLIENTS * each;
    assert_eq!(links.len(), all);
    let distinct: HashSet<&str> = links.iter().map(|(_, code)| code.as_str()).collect();
    assert_eq!(distinct.len(), all);
    for (url, code) in &links {
        assert_eq!(slot(url), slot(code), "{code} lies where {url} lies");
    }
    resolve_all(&cluster, &links);
    for nth in 0..3 {
        let here = cluster.client(nth).int(&["LINK.COUNT"]) as f64 / (all as f64 / 3.0);
        assert!(
            (0.96..1.04).contains(&here),
            "node {nth} has {here} of its share"
        );
    }
    assert_eq!(everything(&cluster).len(), all, "LINK.SCAN over all nodes");
}

#[test]
fn links_created_on_all_masters_are_distinct_aligned_and_spread_evenly() {
    are_distinct_and_spread(20_000);
}

#[test]
#[ignore = "a minute"]
fn a_million_links_on_all_masters_are_distinct_aligned_and_spread_evenly() {
    are_distinct_and_spread(333_334);
}

fn are_as_short(each: usize) {
    let cluster = Cluster::start();
    let links = made_by_all(&cluster, each, &["COUNTER"]);
    let here: usize = links.iter().map(|(_, code)| code.len()).sum();
    let there: usize = (0..links.len() as u64)
        .map(|n| base62(1000 + n).len())
        .sum();
    let [here, there] = [here, there].map(|sum| sum as f64 / links.len() as f64);
    eprintln!(
        "{} links: {here:.3} characters a code, {there:.3} on one server",
        links.len()
    );
    assert!((here - there).abs() < 0.1, "{here} against {there}");
}

#[test]
fn counter_codes_are_as_short_as_on_one_server() {
    are_as_short(20_000);
}

#[test]
#[ignore = "a minute"]
fn a_million_counter_codes_are_as_short_as_on_one_server() {
    are_as_short(333_334);
}
