//! A private server that a test can restart and kill. It is removed with all its files at the end
//! of the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::binary;
use super::builder::Builder;
use super::client::Client;
use super::process::{Launcher, Process};
use super::wait::{SOON, wait_until};

/// A running server with a folder of its own.
///
/// When it is dropped, it is killed, and the test fails if the server ended by itself or logged a
/// panic of the module. After a failed test the end of its log is printed.
pub struct Server {
    builder: Builder,
    process: Process,
    /// Removed after the process is gone: fields are dropped in this order.
    data: TempDir,
    /// The configuration file is the server's own: it is not written again.
    has_own_file: bool,
}

/// One start of a server.
struct Start<'a> {
    builder: &'a Builder,
    has_own_file: bool,
}

impl Launcher for Start<'_> {
    const PATIENCE: Duration = Duration::from_secs(60);
    const PAUSE: Duration = Duration::from_millis(5);

    fn configuration(&self) -> Option<Vec<(String, String)>> {
        (!self.has_own_file).then(|| self.builder.lines())
    }

    fn spawn(&self, file: &Path) -> Result<Child, String> {
        let mut command = Command::new(binary::server());
        command
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Ok(command.spawn().expect("the server's binary runs"))
    }
}

impl Server {
    /// What a server with the module and its defaults is started with; nothing is kept on disk.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts a server with the module and its defaults; nothing is kept on disk.
    #[track_caller]
    #[must_use]
    pub fn start() -> Server {
        Server::builder().start()
    }

    pub(super) fn launched(builder: Builder) -> Result<Server, String> {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut server = Server {
            builder,
            process: Process::new(data.path().into()),
            data,
            has_own_file: false,
        };
        server.launch().map(|()| server)
    }

    /// The port on 127.0.0.1; restarts keep it.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.process.port()
    }

    /// The folder of its RDB and AOF.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.data.path().into()
    }

    /// A connection that speaks RESP2.
    #[track_caller]
    #[must_use]
    pub fn client(&self) -> Client {
        Client::connect(self.port(), 2).expect("the server takes connections")
    }

    /// A connection that speaks RESP3.
    #[track_caller]
    #[must_use]
    pub fn client3(&self) -> Client {
        Client::connect(self.port(), 3).expect("the server takes RESP3 connections")
    }

    /// Kills it with SIGKILL, so that it cannot write anything.
    pub fn kill9(&mut self) {
        self.process.kill();
    }

    /// Shuts it down. `how` is NOSAVE or SAVE.
    #[track_caller]
    pub fn shutdown(&mut self, how: &str) {
        assert!(self.process.id().is_some(), "it runs");
        self.client().send(&["SHUTDOWN", how]);
        let status = wait_until(
            "the server ends",
            SOON,
            || self.process.ended(),
            Option::is_some,
        );
        self.process.kill();
        assert!(
            status.is_some_and(|status| status.success()),
            "SHUTDOWN ended with {status:?}\n{}",
            self.log()
        );
    }

    /// Starts it again on the same port and data. If it runs, SHUTDOWN NOSAVE ends it first.
    #[track_caller]
    pub fn restart(&mut self) {
        if self.process.id().is_some() {
            self.shutdown("NOSAVE");
        }
        self.launch()
            .unwrap_or_else(|log| panic!("the server does not start again:\n{log}"));
    }

    /// Runs CONFIG REWRITE and starts the server again with the rewritten file.
    #[track_caller]
    pub fn restart_rewritten(&mut self) {
        self.client().ok(&["CONFIG", "REWRITE"]);
        self.has_own_file = true;
        self.restart();
    }

    /// Changes the configuration for the next start.
    pub fn reconfigure(&mut self, change: impl FnOnce(Builder) -> Builder) {
        self.builder = change(std::mem::take(&mut self.builder));
    }

    /// Returns its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Waits until a replica has all that this master sent, and compares the digests of both.
    #[track_caller]
    pub fn same_as(&self, replica: &Server) {
        let (mut here, mut there) = (self.client(), replica.client());
        let offset = |client: &mut Client| client.info("replication").remove("master_repl_offset");
        wait_until(
            "the replica is linked",
            SOON,
            || there.info("replication").remove("master_link_status"),
            |status| status.as_deref() == Some("up"),
        );
        wait_until(
            "the replica has it all",
            SOON,
            || (offset(&mut here), offset(&mut there)),
            |(sent, got)| sent == got,
        );
        assert_eq!(here.digest(), there.digest(), "the replica's data differs");
    }

    /// Starts it. An error is the log.
    fn launch(&mut self) -> Result<(), String> {
        self.process.launch(&Start {
            builder: &self.builder,
            has_own_file: self.has_own_file,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.process.ended();
        self.kill9();
        let log = self.log();
        if thread::panicking() {
            let lines: Vec<_> = log.lines().collect();
            eprintln!(
                "--- the end of the log of the server on port {} ---",
                self.port()
            );
            eprintln!("{}", lines[lines.len().saturating_sub(60)..].join("\n"));
            return;
        }
        assert!(
            ended.is_none(),
            "the server ended by itself: {ended:?}\n{log}"
        );
        // A panic that the call boundary caught is a broken promise, even where a test did not look
        // for it.
        assert!(
            !log.contains("internal error") && !log.contains("panicked"),
            "the module panicked:\n{log}"
        );
    }
}
