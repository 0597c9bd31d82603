//! How a server will be started.

use super::binary::version;
use super::server::Server;

/// What a server will be started with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Builder {
    pub(super) config: Vec<(String, String)>,
    pub(super) module_args: String,
    pub(super) without_module: bool,
}

impl Builder {
    /// A line of the configuration file.
    pub(crate) fn config(mut self, name: &str, value: &str) -> Builder {
        self.set(name, value);
        self
    }

    /// All lines of another one as well.
    #[allow(dead_code)] // The tests on clusters share this file, and they alone need it.
    pub(crate) fn also(mut self, other: &Builder) -> Builder {
        for (name, value) in &other.config {
            self.set(name, value);
        }
        self
    }

    /// What follows the module's path in `loadmodule`, quoted as in redis.conf.
    pub(crate) fn module_args(mut self, args: &str) -> Builder {
        self.module_args = args.into();
        self
    }

    /// The module is not loaded at the start.
    #[allow(dead_code)] // The tests on clusters share this file.
    pub(crate) fn without_module(mut self) -> Builder {
        self.without_module = true;
        self
    }

    /// The AOF, written through at every command.
    pub(crate) fn aof(self, fsync: &str) -> Builder {
        self.config("appendonly", "yes")
            .config("appendfsync", fsync)
    }

    /// A replica of this server, which panics when a replicated command fails (where the server can).
    pub(crate) fn replica_of(self, master: &Server) -> Builder {
        let replica = self.config("replicaof", &format!("127.0.0.1 {}", master.port()));
        if version().since(7, 0) {
            replica.config("propagation-error-behavior", "panic")
        } else {
            replica
        }
    }

    #[track_caller]
    pub(crate) fn start(self) -> Server {
        Server::launched(self).unwrap_or_else(|log| panic!("the server does not start:\n{log}"))
    }

    /// The log of a server that must refuse to start.
    #[track_caller]
    pub(crate) fn refuses_to_start(self) -> String {
        match Server::launched(self) {
            Err(log) => log,
            Ok(_) => panic!("the server started"),
        }
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.config.retain(|(known, _)| known != name);
        self.config.push((name.into(), value.into()));
    }
}
