//! A cluster of private servers, and a client that follows its redirections.

mod manage;
mod router;
mod view;

use std::collections::HashSet;
use std::thread;

use crate::harness::{Builder, Client, SOON, Server, version, wait_until};
use view::roles;

pub use manage::manage;
pub use router::{Redirections, Router};
pub use view::owners;

/// The node timeout, in milliseconds. Long enough for a busy machine: a failover must happen only
/// when a test wants one.
const UNHURRIED_MS: &str = "20000";

/// The nodes of one cluster.
pub struct Cluster {
    /// The masters it began with, then a replica of each in the same order, if there are any.
    pub nodes: Vec<Server>,
    /// How many masters it began with.
    pub masters: usize,
}

/// What a node of a cluster is started with. Its node timeout is 20 seconds.
#[must_use]
pub fn node() -> Builder {
    let builder = Server::builder()
        .config("cluster-enabled", "yes")
        .config("cluster-node-timeout", UNHURRIED_MS);
    if version().since(7, 0) {
        // A replica that cannot apply what its master sends must fail the test.
        builder.config("propagation-error-behavior", "panic")
    } else {
        builder
    }
}

impl Cluster {
    /// Starts three masters.
    #[track_caller]
    #[must_use]
    pub fn start() -> Cluster {
        Cluster::of(3, false, &node())
    }

    /// Starts three masters, each with a replica.
    #[track_caller]
    #[must_use]
    pub fn with_replicas(node: &Builder) -> Cluster {
        Cluster::of(3, true, node)
    }

    /// Starts this many masters, with or without a replica of each, and waits until all slots are
    /// served.
    #[track_caller]
    #[must_use]
    pub fn of(masters: usize, replicas: bool, node: &Builder) -> Cluster {
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
    pub fn know_each_other(&self) {
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

    /// Waits until every node serves all slots and every replica is linked to its master.
    #[track_caller]
    pub fn settle(&self) {
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

    /// Waits until all nodes know the same masters, replicas and owners of slots by gossip.
    #[track_caller]
    pub fn agree(&self) {
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

    /// A connection to a node that speaks RESP2.
    #[must_use]
    pub fn client(&self, nth: usize) -> Client {
        self.nodes[nth].client()
    }

    /// The port of a node on 127.0.0.1.
    #[must_use]
    pub fn port(&self, nth: usize) -> u16 {
        self.nodes[nth].port()
    }

    /// The id of a node.
    #[must_use]
    pub fn id(&self, nth: usize) -> String {
        self.client(nth).text(&["CLUSTER", "MYID"])
    }

    /// The numbers of the nodes that are masters now and own slots.
    #[must_use]
    pub fn current_masters(&self) -> Vec<usize> {
        let is_master = |nth: &usize| {
            let nodes = self.client(*nth).text(&["CLUSTER", "NODES"]);
            let mine = nodes.lines().find(|line| line.contains("myself"));
            mine.is_some_and(|line| line.contains("master") && line.split(' ').count() > 8)
        };
        (0..self.nodes.len()).filter(is_master).collect()
    }

    /// The number of the node that owns a slot, as the first node sees it.
    #[must_use]
    pub fn owner(&self, slot: u16) -> usize {
        let nodes = self.client(0).text(&["CLUSTER", "NODES"]);
        let port = owners(&nodes)[usize::from(slot)].expect("the slot is served");
        let found = self.nodes.iter().position(|node| node.port() == port);
        found.expect("a node of this cluster")
    }

    /// Waits until the nodes agree, then runs [`manage`] with the address of the first node.
    #[track_caller]
    pub fn manage(&self, sub: &str, options: &[&str]) -> String {
        self.agree();
        manage(sub, &format!("127.0.0.1:{}", self.port(0)), options)
    }

    /// Checks that every replica has its master's data.
    #[track_caller]
    pub fn replicas_are_the_same(&self) {
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

/// Compares a master with its replica while nothing is sent. Timers of the module keep running.
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
