//! The links of one server, brought into a cluster: by its RDB, by its AOF, and while it runs.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use redis::Value;

use crate::load::everything;
use shorten_testkit::cluster::{Cluster, Router, manage, node};
use shorten_testkit::{Raw, SOON, Server, slot, wait_until};

const BATCH: usize = 500;
const MANY: usize = 1_000_000;

/// The URLs and codes of a server of its own with so many links, by all three strategies, and a link by alias.
fn filled(server: &Server, count: usize) -> Vec<(String, String)> {
    let mut connection = Raw::connect(server.port());
    let mut links = vec![(
        "https://example.com/by-alias".to_owned(),
        "by-alias".to_owned(),
    )];
    server.client().ok(&["LINK.SET", &links[0].1, &links[0].0]);
    server.client().int(&["CODEPOOL", "FILL"]);
    for first in (0..count).step_by(BATCH) {
        let mut batch = Vec::new();
        let urls: Vec<String> = (first..first + BATCH)
            .map(|n| format!("https://example.com/old/{n}"))
            .collect();
        for (n, url) in urls.iter().enumerate() {
            // Most by the counter: its numbers are what new links must skip.
            let strategy = ["HASH", "POOL", "COUNTER"][(n % 10).min(2)];
            Raw::pack(&mut batch, &["SHORTEN", url, "STRATEGY", strategy]);
        }
        connection.send(&batch);
        for url in urls {
            let code = connection.receive().expect("a code").to_owned();
            links.push((url, code));
        }
    }
    links
}

/// The server becomes a node of a cluster on the data it has, looks after all slots, and shares them with two new masters: evenly, as one
/// does, or a few hundred to each, which takes seconds.
fn grown_from(mut server: Server, evenly: bool) -> Cluster {
    let enabled = node();
    server.reconfigure(|builder| builder.also(&enabled));
    server.restart();
    let mut cluster = Cluster {
        nodes: vec![server],
        masters: 1,
    };
    // Slots with keys are claimed when they are loaded, the others now.
    manage("fix", &address(&cluster.nodes[0]), &[]);
    cluster.settle();
    for _ in 0..2 {
        let new = enabled.clone().start();
        let (new_address, known) = (address(&new), address(&cluster.nodes[0]));
        manage("add-node", &new_address, &[&known]);
        cluster.nodes.push(new);
        cluster.know_each_other();
        cluster.settle();
    }
    if evenly {
        let options = ["--cluster-use-empty-masters", "--cluster-pipeline", "100"];
        cluster.manage("rebalance", &options);
    } else {
        let from = cluster.id(0);
        for to in [1, 2].map(|nth| cluster.id(nth)) {
            let options = [
                "--cluster-from",
                &from,
                "--cluster-to",
                &to,
                "--cluster-slots",
                "300",
                "--cluster-yes",
            ];
            cluster.manage("reshard", &options);
        }
    }
    cluster.agree();
    cluster
}

fn address(server: &Server) -> String {
    format!("127.0.0.1:{}", server.port())
}

/// Old codes resolve, new ones are new and come without a pause, and entries of the old index do no harm.
fn is_all_there(cluster: &Cluster, links: &[(String, String)]) {
    let mut router = Router::new(cluster);
    for (url, code) in links {
        assert_eq!(router.text(&["RESOLVE", code]), *url);
    }
    let mut codes: HashSet<String> = links.iter().map(|(_, code)| code.clone()).collect();
    assert!(everything(cluster).keys().all(|code| codes.contains(code)));
    let mut longest = Duration::ZERO;
    for n in 0..3000 {
        let url = format!("https://example.com/new/{n}");
        let start = Instant::now();
        let code = router.text(&["SHORTEN", &url]);
        longest = longest.max(start.elapsed());
        assert_eq!(router.text(&["RESOLVE", &code]), url);
        assert!(codes.insert(code), "the code of {url} is not an old one");
    }
    eprintln!("the longest SHORTEN of a new URL took {longest:?}");
    let mut found = 0;
    for (url, code) in links.iter().skip(1).step_by(links.len() / 2000) {
        let known = router.cmd(&["LINK.FIND", url]);
        let again = router.text(&["SHORTEN", url]);
        // Found where code and URL happened to lie in one slot; else a second link, which is found from then on.
        found += usize::from(known != Value::Nil);
        assert_eq!(known != Value::Nil, again == *code, "{url}");
        assert_eq!(router.text(&["SHORTEN", url]), again);
        assert_eq!(router.text(&["RESOLVE", &again]), *url);
        assert_eq!(router.text(&["RESOLVE", code]), *url);
        assert_eq!(
            slot(&again),
            if again == *code {
                slot(code)
            } else {
                slot(url)
            }
        );
        assert!(
            again == *code || codes.insert(again),
            "a second link has a code of its own"
        );
    }
    eprintln!("{found} of the URLs asked for were found again");
    pools_are_the_nodes_own(cluster);
    assert_eq!(everything(cluster).len(), codes.len());
}

/// The old server's pool is of no use here, and is thrown away.
fn pools_are_the_nodes_own(cluster: &Cluster) {
    for nth in 0..3 {
        let mut client = cluster.client(nth);
        // An AOF tells which slots had links by the pool: those may have begun one of their own.
        wait_until(
            "the old pool is gone",
            SOON * 2,
            || client.int(&["CODEPOOL", "SIZE"]),
            |size| *size < 10_000,
        );
        for code in client.texts(&["CODEPOOL", "TAKE", "500"]) {
            assert_eq!(cluster.owner(slot(&code)), nth);
        }
    }
}

fn by_rdb(count: usize) {
    let server = Server::start();
    let links = filled(&server, count);
    server.client().ok(&["SAVE"]);
    is_all_there(&grown_from(server, count >= MANY), &links);
}

fn by_aof(count: usize) {
    let server = Server::builder()
        .aof("no")
        .config("auto-aof-rewrite-percentage", "0")
        .start();
    let links = filled(&server, count);
    is_all_there(&grown_from(server, count >= MANY), &links);
}

/// `redis-cli --cluster import` moves key by key from a server that goes on running.
fn while_it_runs(count: usize) {
    let server = Server::start();
    let links = filled(&server, count);
    let cluster = Cluster::start();
    cluster.manage(
        "import",
        &[
            "--cluster-from",
            &address(&server),
            "--cluster-copy",
            "--cluster-pipeline",
            "100",
        ],
    );
    assert_eq!(
        server.client().int(&["LINK.COUNT"]) as usize,
        links.len(),
        "it keeps its own"
    );
    is_all_there(&cluster, &links);
}

#[test]
fn a_servers_rdb_becomes_a_cluster() {
    by_rdb(60_000);
}

#[test]
fn a_servers_aof_becomes_a_cluster() {
    by_aof(60_000);
}

#[test]
fn a_running_servers_links_are_imported_into_a_cluster() {
    while_it_runs(60_000);
}

#[test]
#[ignore = "minutes"]
fn an_rdb_of_a_million_links_becomes_a_cluster() {
    by_rdb(MANY);
}

#[test]
#[ignore = "minutes"]
fn an_aof_of_a_million_links_becomes_a_cluster() {
    by_aof(MANY);
}

#[test]
#[ignore = "minutes"]
fn a_million_links_of_a_running_server_are_imported_into_a_cluster() {
    while_it_runs(MANY);
}
