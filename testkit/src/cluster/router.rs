//! A client of a cluster by the specification, without a client library: it hashes the first
//! argument, follows MOVED and ASK, and counts them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::thread;
use std::time::{Duration, Instant};

use redis::Value;

use super::{Cluster, owners};
use crate::harness::{Client, SOON, slot, text_of};

/// How often a [`Router`] had to ask again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Redirections {
    /// MOVED.
    pub moved: u64,
    /// ASK.
    pub asked: u64,
    /// TRYAGAIN, CLUSTERDOWN, LOADING and lost connections.
    pub tried_again: u64,
}

/// A client of a cluster that does not know the module: it takes the first argument for the key.
pub struct Router {
    database: String,
    ports: Vec<u16>,
    connections: HashMap<u16, Client>,
    owners: Vec<Option<u16>>,
    last: u16,
    /// The redirections and retries so far.
    pub redirections: Redirections,
}

impl Router {
    /// A client in database 0.
    #[must_use]
    pub fn new(cluster: &Cluster) -> Router {
        Router::in_database(cluster, 0)
    }

    /// A client in this database.
    #[must_use]
    pub fn in_database(cluster: &Cluster, database: usize) -> Router {
        let ports: Vec<u16> = cluster.nodes.iter().map(|node| node.port()).collect();
        Router {
            database: database.to_string(),
            last: ports[0],
            ports,
            connections: HashMap::new(),
            owners: vec![None; 16384],
            redirections: Redirections::default(),
        }
    }

    /// The reply of the node that owns the slot of the first argument.
    ///
    /// # Errors
    /// The line of an error that is no redirection.
    pub fn call(&mut self, args: &[&str]) -> Result<Value, String> {
        let slot = usize::from(slot(args[1]));
        let (start, mut asking) = (Instant::now(), None);
        loop {
            let port = asking.or(self.owners[slot]).unwrap_or(self.ports[0]);
            let error = match self.attempt(port, asking.take().is_some(), args) {
                Ok(value) => {
                    self.last = port;
                    return Ok(value);
                }
                Err(error) => error,
            };
            assert!(start.elapsed() < SOON, "no end of redirections: {error}");
            let words: Vec<&str> = error.split(' ').collect();
            let target = words
                .last()
                .and_then(|address| address.rsplit(':').next()?.parse().ok());
            match words[0] {
                "MOVED" => {
                    self.redirections.moved += 1;
                    self.owners[slot] = target;
                }
                "ASK" => {
                    self.redirections.asked += 1;
                    asking = target;
                }
                "TRYAGAIN" | "CLUSTERDOWN" | "LOADING" => {
                    self.redirections.tried_again += 1;
                    breathe();
                }
                "(connection)" => {
                    self.redirections.tried_again += 1;
                    self.connections.remove(&port);
                    self.look_around();
                    breathe();
                }
                _ => return Err(error),
            }
        }
    }

    /// Any reply that is no error.
    #[track_caller]
    pub fn cmd(&mut self, args: &[&str]) -> Value {
        match self.call(args) {
            Ok(value) => value,
            Err(error) => panic!("{args:?}: {error}"),
        }
    }

    /// A string, or an integer as its digits.
    #[track_caller]
    pub fn text(&mut self, args: &[&str]) -> String {
        text_of(&self.cmd(args))
    }

    /// Returns by WAIT how many replicas have all writes of the last command's connection. Returns
    /// 0 if WAIT fails.
    pub fn replicas_that_have_it(&mut self) -> i64 {
        let reply = self.attempt(self.last, false, &["WAIT", "1", "100"]);
        match reply {
            Ok(Value::Int(replicas)) => replicas,
            _ => 0,
        }
    }

    fn attempt(&mut self, port: u16, asking: bool, args: &[&str]) -> Result<Value, String> {
        let client = match self.connections.entry(port) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let client = Client::connect(port, 2);
                let mut client = client.map_err(|error| format!("(connection) {error}"))?;
                client.try_cmd(&["SELECT", &self.database])?;
                place.insert(client)
            }
        };
        if asking {
            client.try_cmd(&["ASKING"])?;
        }
        client.try_cmd(args)
    }

    /// Asks any reachable node for the owners of all slots.
    fn look_around(&mut self) {
        for port in self.ports.clone() {
            if let Ok(nodes) = self.attempt(port, false, &["CLUSTER", "NODES"]) {
                self.owners = owners(&text_of(&nodes));
                return;
            }
            self.connections.remove(&port);
        }
    }
}

/// A pause between two tries.
fn breathe() {
    thread::sleep(Duration::from_millis(5));
}
