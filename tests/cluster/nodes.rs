//! A cluster of private servers: made, looked at, and gone at the end of the test.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::harness::{Builder, Client, SOON, Server, version, wait_until};

/// Long enough for a busy machine: a failover must happen when a test wants one, and never else.
const UNHURRIED_MS: &str = "20000";

/// Nodes of one cluster: the masters it began with, then a replica of each, if there are any.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Server>,
    pub(crate) masters: usize,
}

/// What a node of a cluster is started with.
pub(crate) fn node() -> Builder {
    let builder = Server::builder()
        .config("cluster-enabled", "yes")
        .config("cluster-node-timeout", UNHURRIED_MS);
    if version().since(7, 0) {
        // A replica that cannot apply what its master sends must not go on as if nothing were wrong.
        builder.config("propagation-error-behavior", "panic")
    } else {
        builder
    }
}

impl Cluster {
    /// Three masters.
    #[track_caller]
    pub(crate) fn start() -> Cluster {
        Cluster::of(3, false, &node())
    }

    /// Three masters, each with a replica.
    #[track_caller]
    pub(crate) fn with_replicas(node: &Builder) -> Cluster {
        Cluster::of(3, true, node)
    }

    #[track_caller]
    pub(crate) fn of(masters: usize, replicas: bool, node: &Builder) -> Cluster {
        let count = if replicas { 2 * masters } else { masters };
        let nodes = thread::scope(|scope| {
            let starting: Vec<_> = (0..count)
                .map(|_| scope.spawn(|| node.clone().start()))
                .collect();
            starting
                .into_iter()
                .map(|node| node.join().expect("the node starts"))
                .collect()
        });
        let cluster = Cluster { nodes, masters };
        cluster.share_slots();
        cluster.meet();
        for (replica, master) in (masters..count).enumerate() {
            let id = cluster.id(replica);
            let mut client = cluster.client(master);
            client.ok(&["CLUSTER", "REPLICATE", &id]);
        }
        cluster.settle();
        cluster
    }

    fn share_slots(&self) {
        for nth in 0..self.masters {
            let slots = 16384 * nth / self.masters..16384 * (nth + 1) / self.masters;
            let mut command = vec!["CLUSTER".to_owned(), "ADDSLOTS".into()];
            command.extend(slots.map(|slot| slot.to_string()));
            let mut client = self.client(nth);
            client.ok(&command);
            let epoch = (nth + 1).to_string();
            client.ok(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch]);
        }
    }

    /// Introduces all nodes to each other.
    fn meet(&self) {
        let mut client = self.client(0);
        for node in &self.nodes[1..] {
            client.ok(&["CLUSTER", "MEET", "127.0.0.1", &node.port().to_string()]);
        }
        self.know_each_other();
    }

    /// Waits until every node knows all others.
    pub(crate) fn know_each_other(&self) {
        for node in &self.nodes {
            let mut client = node.client();
            wait_until(
                "the nodes know each other",
                SOON,
                || client.text(&["CLUSTER", "NODES"]),
                |nodes| nodes.lines().count() == self.nodes.len() && !nodes.contains("handshake"),
            );
        }
    }

    /// Waits until every node says that all is well, and replicas have what their masters have.
    #[track_caller]
    pub(crate) fn settle(&self) {
        for nth in 0..self.nodes.len() {
            let mut client = self.client(nth);
            wait_until(
                "all slots are served",
                SOON,
                || client.text(&["CLUSTER", "INFO"]),
                |info| info.contains("cluster_state:ok") && info.contains("slots_assigned:16384"),
            );
            wait_until(
                "a replica is linked",
                SOON,
                || client.info("replication"),
                |info| info["role"] == "master" || info["master_link_status"] == "up",
            );
        }
    }

    /// Waits until all nodes have the same idea of who is whose replica and who looks after what: gossip takes its time.
    #[track_caller]
    pub(crate) fn agree(&self) {
        wait_until(
            "the nodes agree",
            SOON,
            || {
                let views = self.nodes.iter().map(|node| {
                    let nodes = node.client().text(&["CLUSTER", "NODES"]);
                    (owners(&nodes), roles(&nodes))
                });
                views.collect::<HashSet<_>>()
            },
            |views| {
                let whole =
                    |(owners, _): &(Vec<Option<u16>>, _)| owners.iter().all(Option::is_some);
                views.len() == 1 && views.iter().all(whole)
            },
        );
    }

    pub(crate) fn client(&self, nth: usize) -> Client {
        self.nodes[nth].client()
    }

    pub(crate) fn port(&self, nth: usize) -> u16 {
        self.nodes[nth].port()
    }

    pub(crate) fn id(&self, nth: usize) -> String {
        self.client(nth).text(&["CLUSTER", "MYID"])
    }

    /// The nodes that are masters now and look after slots.
    pub(crate) fn current_masters(&self) -> Vec<usize> {
        let is_master = |nth: &usize| {
            let nodes = self.client(*nth).text(&["CLUSTER", "NODES"]);
            let mine = nodes.lines().find(|line| line.contains("myself"));
            mine.is_some_and(|line| line.contains("master") && line.split(' ').count() > 8)
        };
        (0..self.nodes.len()).filter(is_master).collect()
    }

    /// Which node looks after a slot, as the first node sees it.
    pub(crate) fn owner(&self, slot: u16) -> usize {
        let nodes = self.client(0).text(&["CLUSTER", "NODES"]);
        let port = owners(&nodes)[usize::from(slot)].expect("somebody looks after it");
        let found = self.nodes.iter().position(|node| node.port() == port);
        found.expect("a node of this cluster")
    }

    /// Runs `redis-cli --cluster`, with the first node's address after the sub-command.
    #[track_caller]
    pub(crate) fn manage(&self, sub: &str, options: &[&str]) -> String {
        self.agree();
        manage(sub, &format!("127.0.0.1:{}", self.port(0)), options)
    }

    /// Every replica has its master's data.
    #[track_caller]
    pub(crate) fn replicas_are_the_same(&self) {
        for replica in &self.nodes {
            let info = replica.client().info("replication");
            if info["role"] == "slave" {
                let port: u16 = info["master_port"].parse().expect("a port");
                let master = self.nodes.iter().find(|node| node.port() == port);
                same(master.expect("a node of this cluster"), replica);
            }
        }
    }
}

/// Compares a master with its replica in a moment in which nothing is sent: timers go on working.
#[track_caller]
fn same(master: &Server, replica: &Server) {
    let (mut here, mut there) = (master.client(), replica.client());
    let offset = |client: &mut Client| client.info("replication").remove("master_repl_offset");
    let seen = wait_until(
        "the replica has it all and the master rests",
        SOON,
        || {
            let before = offset(&mut here);
            let digests = (here.digest(), there.digest());
            let still = before == offset(&mut there) && before == offset(&mut here);
            still.then_some(digests)
        },
        Option::is_some,
    );
    let (here, there) = seen.expect("a quiet moment");
    assert_eq!(here, there, "the replica's data differs");
}

/// Runs `redis-cli --cluster`; its output if it succeeds. Whatever it asks, the answer is yes.
#[track_caller]
pub(crate) fn manage(sub: &str, address: &str, options: &[&str]) -> String {
    let mut child = Command::new("redis-cli")
        .args(["--cluster", sub, address])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("redis-cli runs");
    if let Some(mut stdin) = child.stdin.take() {
        // It may have ended already, having nothing to ask.
        let _ = stdin.write_all(b"yes\n");
    }
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "redis-cli --cluster {sub} {options:?}: {}\n{said}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// The port of the master of each slot, from the answer of CLUSTER NODES.
pub(crate) fn owners(nodes: &str) -> Vec<Option<u16>> {
    let mut owners = vec![None; 16384];
    for line in nodes.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if words.len() <= 8 || !words[2].contains("master") {
            continue;
        }
        let port = words[1].split(':').nth(1).and_then(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        for range in words[8..].iter().filter(|range| !range.starts_with('[')) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
            owners[first..=last].fill(port);
        }
    }
    owners
}

/// Each node with its master, from the answer of CLUSTER NODES.
fn roles(nodes: &str) -> BTreeMap<String, String> {
    let roles = nodes.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        (words[0].into(), words[3].into())
    });
    roles.collect()
}

/// A pause between two tries.
pub(crate) fn breathe() {
    thread::sleep(Duration::from_millis(5));
}
