//! A private server: started, watched, restarted, killed, and gone with all its files at the end of the test.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::binary::{self, version};
use super::builder::Builder;
use super::client::Client;
use super::reply::text_of;
use super::wait::{SOON, wait_until};

/// A running server with a folder of its own.
pub(crate) struct Server {
    builder: Builder,
    port: u16,
    child: Option<Child>,
    data: TempDir,
    /// The configuration file is the server's own: it is not written again.
    has_own_file: bool,
}

impl Server {
    pub(crate) fn builder() -> Builder {
        Builder::default()
    }

    /// A server with the module and its defaults, nothing kept on disk.
    #[track_caller]
    pub(crate) fn start() -> Server {
        Server::builder().start()
    }

    pub(super) fn launched(builder: Builder) -> Result<Server, String> {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut server = Server {
            builder,
            port: 0,
            child: None,
            data,
            has_own_file: false,
        };
        server.launch().map(|()| server)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its RDB and AOF.
    pub(crate) fn data(&self) -> PathBuf {
        self.data.path().into()
    }

    #[track_caller]
    pub(crate) fn client(&self) -> Client {
        Client::connect(self.port, 2).expect("the server takes connections")
    }

    /// A connection that speaks RESP3.
    #[track_caller]
    pub(crate) fn client3(&self) -> Client {
        Client::connect(self.port, 3).expect("the server takes RESP3 connections")
    }

    /// No warning, no time to write anything.
    pub(crate) fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail only when it is gone already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Ends in good order: `how` is NOSAVE or SAVE.
    #[track_caller]
    pub(crate) fn shutdown(&mut self, how: &str) {
        self.client().send(&["SHUTDOWN", how]);
        let mut child = self.child.take().expect("it runs");
        let status = wait_until(
            "the server ends",
            SOON,
            || child.try_wait().expect("its state"),
            Option::is_some,
        );
        assert!(
            status.is_some_and(|status| status.success()),
            "SHUTDOWN ended with {status:?}\n{}",
            self.log()
        );
    }

    /// Starts it again on the same port and data.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        if self.child.is_some() {
            self.shutdown("NOSAVE");
        }
        self.launch()
            .unwrap_or_else(|log| panic!("the server does not start again:\n{log}"));
    }

    /// Has it write its configuration file anew, as it is in force, and starts it again with that file.
    #[allow(dead_code)] // The tests on clusters share this file.
    #[track_caller]
    pub(crate) fn restart_rewritten(&mut self) {
        self.client().ok(&["CONFIG", "REWRITE"]);
        self.has_own_file = true;
        self.restart();
    }

    /// Changes the configuration for the next start.
    pub(crate) fn reconfigure(&mut self, change: impl FnOnce(Builder) -> Builder) {
        self.builder = change(std::mem::take(&mut self.builder));
    }

    /// What it wrote to its log so far.
    pub(crate) fn log(&self) -> String {
        fs::read(self.data.path().join("server.log")).map_or_else(
            |_| String::new(),
            |log| String::from_utf8_lossy(&log).into_owned(),
        )
    }

    /// Waits until a replica has all that this master sent, and both hold the same.
    #[track_caller]
    pub(crate) fn same_as(&self, replica: &Server) {
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

    /// Starts it, on another port should somebody else have taken the one that was free a moment ago. An error is the log.
    fn launch(&mut self) -> Result<(), String> {
        let fixed = self.port;
        for _ in 0..5 {
            if fixed == 0 {
                self.port = free_port();
            }
            // Only what this start says tells whether the port was taken.
            let said_before = self.log().len();
            match self.attempt() {
                Err(log) if log[said_before.min(log.len())..].contains("already in use") => {}
                outcome => return outcome,
            }
        }
        Err("no free port in five tries".into())
    }

    fn attempt(&mut self) -> Result<(), String> {
        let file = self.data.path().join("server.conf");
        if !self.has_own_file {
            fs::write(&file, self.configuration()).expect("the configuration is written");
        }
        let mut command = Command::new(binary::server());
        command
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("the server's binary runs");
        let start = Instant::now();
        loop {
            if child.try_wait().expect("its state").is_some() {
                return Err(self.log());
            }
            // Another server may have been quicker to take the port: this one then ends in a moment.
            let answers = Client::connect(self.port, 2)
                .ok()
                .and_then(|mut client| client.try_cmd(&["INFO"]).ok())
                .map(|info| text_of(&info))
                .is_some_and(|info| {
                    info.contains(&format!("process_id:{}\r", child.id()))
                        && info.contains("\nloading:0\r")
                });
            if answers {
                self.child = Some(child);
                return Ok(());
            }
            if start.elapsed() > SOON * 2 {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no answer in time\n{}", self.log()));
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn configuration(&self) -> String {
        let mut lines = Builder::default()
            .config("port", &self.port.to_string())
            .config("bind", "127.0.0.1")
            .config("dir", &self.data.path().display().to_string())
            .config(
                "logfile",
                &self.data.path().join("server.log").display().to_string(),
            )
            .config("save", "\"\"")
            .config("repl-diskless-sync", "yes")
            .config("repl-diskless-sync-delay", "0");
        if version().since(7, 0) {
            lines.set("enable-debug-command", "yes");
            lines.set("enable-module-command", "yes");
        }
        for (name, value) in &self.builder.config {
            lines.set(name, value);
        }
        let mut text = String::new();
        if !self.builder.without_module {
            let module = binary::module().display();
            let args = &self.builder.module_args;
            writeln!(text, "loadmodule {module} {args}").expect("a String takes all");
        }
        for (name, value) in &lines.config {
            writeln!(text, "{name} {value}").expect("a String takes all");
        }
        text
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self
            .child
            .as_mut()
            .and_then(|child| child.try_wait().ok().flatten());
        self.kill9();
        let log = self.log();
        if thread::panicking() {
            let lines: Vec<_> = log.lines().collect();
            eprintln!(
                "--- the end of the log of the server on port {} ---",
                self.port
            );
            eprintln!("{}", lines[lines.len().saturating_sub(60)..].join("\n"));
            return;
        }
        assert!(
            ended.is_none(),
            "the server ended by itself: {ended:?}\n{log}"
        );
        // A panic that the call boundary caught is a broken promise, even where a test did not look for it.
        assert!(
            !log.contains("internal error") && !log.contains("panicked"),
            "the module panicked:\n{log}"
        );
    }
}

/// A port that leaves room for the one that a cluster's node listens on as well, 10,000 above.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        if port < u16::MAX - 10_000 {
            return port;
        }
    }
}
