//! Imports the links of one server into a cluster: from its RDB, from its AOF, and while it runs.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use redis::Value;

use crate::load::everything;
use shorten_testkit::cluster::{Cluster, Router, manage, node};
use shorten_testkit::{Raw, SOON, Server, slot, wait_until};

const BATCH: usize = 500;
const MANY: usize = 1_000_000;

/// Creates links of all three strategies and one alias on a standalone server. Returns their URLs
/// and codes.
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
            // Most use the counter, because new links must skip its numbers.
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

/// Turns the server into a cluster node that owns all slots, and reshards to two new masters:
/// evenly, as in production, or a few hundred slots each, which takes seconds.
fn grown_from(mut server: Server, evenly: bool) -> Cluster {
    let enabled = node();
    server.reconfigure(|builder| builder.also(&enabled));
    server.restart();
    let mut cluster = Cluster {
        nodes: vec![server],
        masters: 1,
    };
    // The node claimed slots with keys when it loaded them. The others are added now.
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

/// Checks that old codes resolve, that new codes are distinct and created without a pause, and that
/// entries of the old index do no harm.
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
        // Found if code and URL are in the same slot. Otherwise a second link is created, which is
        // found from then on.
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

/// Checks that the old server's pool, which is useless in a cluster, is discarded.
fn pools_are_the_nodes_own(cluster: &Cluster) {
    for nth in 0..3 {
        let mut client = cluster.client(nth);
        // An AOF shows which slots have links of the pool. These slots may have started pools of
        // their own.
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

/// Imports with `redis-cli --cluster import`, key by key, from a running server.
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
