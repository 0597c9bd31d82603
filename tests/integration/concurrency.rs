//! Concurrent clients.

use std::collections::HashSet;
use std::thread;

use shorten_testkit::{Raw, Server};

const CONNECTIONS: usize = 8;
const EACH: usize = 125_000;
const BATCH: usize = 500;

#[test]
fn a_million_shortens_from_eight_connections_give_a_million_distinct_codes() {
    let server = Server::builder()
        .module_args("pool-min 1000 pool-max 10000")
        .start();
    let codes: Vec<Vec<String>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|worker| scope.spawn(share(worker, server.port())))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });
    let distinct: HashSet<&str> = codes.iter().flatten().map(String::as_str).collect();
    assert_eq!(distinct.len(), CONNECTIONS * EACH);
    let mut client = server.client();
    assert_eq!(client.int(&["LINK.COUNT"]), 1_000_000);
    assert_eq!(client.stat("shorten_links"), 1_000_000);
    for (worker, codes) in codes.iter().enumerate() {
        for n in (0..EACH).step_by(4_999) {
            assert_eq!(client.text(&["RESOLVE", &codes[n]]), url(worker, n));
        }
    }
}

fn url(worker: usize, n: usize) -> String {
    format!("https://example.com/{worker}/{n}")
}

/// Shortens one connection's share of new URLs, by all three strategies in turn.
fn share(worker: usize, port: u16) -> impl FnOnce() -> Vec<String> {
    move || {
        let mut connection = Raw::connect(port);
        let mut codes = Vec::with_capacity(EACH);
        let mut batch = Vec::new();
        for first in (0..EACH).step_by(BATCH) {
            batch.clear();
            for n in first..first + BATCH {
                Raw::pack(
                    &mut batch,
                    &[
                        "SHORTEN",
                        &url(worker, n),
                        "STRATEGY",
                        ["COUNTER", "HASH", "POOL"][n % 3],
                    ],
                );
            }
            connection.send(&batch);
            for _ in 0..BATCH {
                codes.push(connection.receive().unwrap().to_owned());
            }
        }
        codes
    }
}

#[test]
fn the_same_new_url_from_eight_connections_gets_one_code() {
    let server = Server::start();
    let all: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Raw::connect(server.port());
                    let mut batch = Vec::new();
                    for n in 0..1000 {
                        Raw::pack(&mut batch, &["SHORTEN", &url(0, n)]);
                    }
                    connection.send(&batch);
                    let codes: Vec<_> = (0..1000)
                        .map(|_| connection.receive().unwrap().to_owned())
                        .collect();
                    codes.join(" ")
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(server.client().int(&["LINK.COUNT"]), 1000);
}
