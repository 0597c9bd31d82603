//! How the measured servers persist and replicate their data, which affects the cost of a write.

use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::options::Options;
use crate::server::{Server, Setup};

/// The timeout for a first AOF or a replica.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Where writes are propagated. The first is the main one, because most servers with persistent
/// data use it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Configuration {
    /// An AOF, synced every second.
    Aof,
    /// Neither AOF nor replica.
    None,
    /// One replica, no AOF.
    Replica,
}

impl Configuration {
    pub(crate) const ALL: [Configuration; 3] = [
        Configuration::Aof,
        Configuration::None,
        Configuration::Replica,
    ];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Configuration::Aof => "aof",
            Configuration::None => "none",
            Configuration::Replica => "replica",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Configuration::Aof => "AOF everysec",
            Configuration::None => "no AOF",
            Configuration::Replica => "one replica",
        }
    }

    /// Returns the settings with which the server starts.
    pub(crate) fn prepare(self, setup: &Setup) -> Setup {
        let setup = setup.clone();
        match self {
            Configuration::Aof => setup
                .with("appendfsync", "everysec")
                .with("auto-aof-rewrite-percentage", "0"),
            Configuration::None => setup,
            // A replica that falls behind in a round must not be disconnected. It catches up after
            // the round.
            Configuration::Replica => setup
                .with("client-output-buffer-limit", "replica 0 0 0")
                .with("repl-diskless-sync-delay", "0")
                .with("repl-timeout", "3600"),
        }
    }

    /// Brings a filled server into this configuration. Returns the replica, if there is one.
    pub(crate) fn apply(
        self,
        options: &Options,
        setup: &Setup,
        server: &Server,
    ) -> Result<Option<Server>> {
        match self {
            Configuration::Aof => switch_aof_on(server).map(|()| None),
            Configuration::None => Ok(None),
            Configuration::Replica => start_replica(options, setup, server).map(Some),
        }
    }
}

/// Waits until the server has written its data to a first AOF, in a child process.
fn switch_aof_on(server: &Server) -> Result<()> {
    let mut client = server.client()?;
    client.ask(&["CONFIG", "SET", "appendonly", "yes"])?;
    wait_until("the first AOF", || {
        let info = client.info("persistence")?;
        let is = |field: &str, value: &str| info.get(field).is_some_and(|found| found == value);
        Ok(is("aof_enabled", "1")
            && is("aof_rewrite_in_progress", "0")
            && is("aof_rewrite_scheduled", "0")
            && is("aof_last_bgrewrite_status", "ok"))
    })
}

/// Starts a replica with the same settings, on the cores of the load generator and without
/// callgrind.
fn start_replica(options: &Options, setup: &Setup, server: &Server) -> Result<Server> {
    let setup = Setup {
        wrapper: vec![],
        is_beside: true,
        ..setup.clone()
    };
    let setup = setup.with("replicaof", &format!("127.0.0.1 {}", server.port()));
    let replica = Server::start(options, &setup)?;
    await_replica(server, &replica)?;
    Ok(replica)
}

/// Waits until a replica has all writes of its master.
pub(crate) fn await_replica(server: &Server, replica: &Server) -> Result<()> {
    let (mut server, mut replica) = (server.client()?, replica.client()?);
    wait_until("the replica", || {
        let info = replica.info("replication")?;
        let is_up = info
            .get("master_link_status")
            .is_some_and(|status| status == "up");
        let written = server.info_number("replication", "master_repl_offset")?;
        let read = info
            .get("slave_repl_offset")
            .and_then(|offset| offset.parse().ok());
        Ok(is_up && read.is_some_and(|read: u64| read >= written))
    })
}

fn wait_until(what: &str, mut is_done: impl FnMut() -> Result<bool>) -> Result<()> {
    let begin = Instant::now();
    while !is_done()? {
        if begin.elapsed() > PATIENCE {
            return Err(format!("{what} is not ready after {PATIENCE:?}").into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
