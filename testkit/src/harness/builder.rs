//! How a server will be started.

use super::binary::{self, version};
use super::server::Server;

/// What a server will be started with.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    config: Vec<(String, String)>,
    module_args: String,
    without_module: bool,
}

impl Builder {
    /// Adds a line of the configuration file, or replaces the one of that name.
    #[must_use]
    pub fn config(mut self, name: &str, value: &str) -> Builder {
        self.set(name, value);
        self
    }

    /// Adds all configuration lines of another builder.
    #[must_use]
    pub fn also(mut self, other: &Builder) -> Builder {
        for (name, value) in &other.config {
            self.set(name, value);
        }
        self
    }

    /// Sets what follows the module's path in `loadmodule`, quoted as in redis.conf.
    #[must_use]
    pub fn module_args(mut self, args: &str) -> Builder {
        self.module_args = args.into();
        self
    }

    /// Starts the server without the module.
    #[must_use]
    pub fn without_module(mut self) -> Builder {
        self.without_module = true;
        self
    }

    /// Keeps an AOF; `fsync` is the value of `appendfsync`.
    #[must_use]
    pub fn aof(self, fsync: &str) -> Builder {
        self.config("appendonly", "yes")
            .config("appendfsync", fsync)
    }

    /// Makes it a replica of this server. From Redis 7.0 on the replica panics when a replicated
    /// command fails.
    #[must_use]
    pub fn replica_of(self, master: &Server) -> Builder {
        let replica = self.config("replicaof", &format!("127.0.0.1 {}", master.port()));
        if version().since(7, 0) {
            replica.config("propagation-error-behavior", "panic")
        } else {
            replica
        }
    }

    /// Starts the server; fails the test with the server's log if it does not start.
    #[track_caller]
    #[must_use]
    pub fn start(self) -> Server {
        Server::launched(self).unwrap_or_else(|log| panic!("the server does not start:\n{log}"))
    }

    /// The log of a server that must refuse to start.
    #[track_caller]
    pub fn refuses_to_start(self) -> String {
        match Server::launched(self) {
            Err(log) => log,
            Ok(_) => panic!("the server started"),
        }
    }

    /// The lines of the configuration file that this builder adds to every server's.
    pub(super) fn lines(&self) -> Vec<(String, String)> {
        let mut lines = Builder::default()
            .config("repl-diskless-sync", "yes")
            .config("repl-diskless-sync-delay", "0");
        if !self.without_module {
            let module = binary::module().display();
            lines.set("loadmodule", &format!("{module} {}", self.module_args));
        }
        if version().since(7, 0) {
            lines.set("enable-debug-command", "yes");
            lines.set("enable-module-command", "yes");
        }
        lines.also(self).config
    }

    fn set(&mut self, name: &str, value: &str) {
        self.config.retain(|(known, _)| known != name);
        self.config.push((name.into(), value.into()));
    }
}
