//! A server's process: starts it on a free port, waits for it and ends it. The tests and the
//! benchmarks start their servers with it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use super::client::Client;
use super::reply::text_of;

/// How often a server is started when its port is taken at that moment.
const ATTEMPTS: usize = 5;

/// What a process is started from.
pub trait Launcher {
    /// How long the server may take until it answers, its loading included.
    const PATIENCE: Duration;

    /// The pause between two attempts to reach the server.
    const PAUSE: Duration;

    /// The lines of the configuration file, as names and values. They follow the port, the address,
    /// the folder, the log file and `save ""`, and replace those of the same name. `None` leaves
    /// the file as it is.
    fn configuration(&self) -> Option<Vec<(String, String)>>;

    /// Starts the server's binary with this configuration file.
    ///
    /// # Errors
    /// If the binary does not start: what it is, and why.
    fn spawn(&self, file: &Path) -> Result<Child, String>;
}

/// A server's process, which is killed when this is dropped. It listens on loopback alone.
#[derive(Debug)]
pub struct Process {
    folder: PathBuf,
    port: u16,
    child: Option<Child>,
}

impl Process {
    /// A process that keeps all its files in this folder. It is not started yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Process {
        Process {
            folder,
            port: 0,
            child: None,
        }
    }

    /// The port it listens on; 0 before its first start.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id, or `None` while it does not run.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The folder of its configuration, log, RDB and AOF.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All that it wrote to its log so far, earlier starts included.
    #[must_use]
    pub fn log(&self) -> String {
        let log = fs::read(self.folder.join("server.log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// How it ended, or `None` if it runs or was killed by [`Process::kill`].
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child
            .as_mut()
            .and_then(|child| child.try_wait().expect("the state of a child"))
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail only if the process has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it and waits until it has loaded its data and answers. The first start takes a free
    /// port, and another one if a different process takes that port in the meantime; later starts
    /// keep the port.
    ///
    /// # Errors
    /// Its log, if it ends instead or does not answer in time.
    pub fn launch<L: Launcher>(&mut self, launcher: &L) -> Result<(), String> {
        let fixed = self.port;
        for _ in 0..ATTEMPTS {
            if fixed == 0 {
                self.port = free_port();
            }
            // Only the log of this start shows whether the port was in use.
            let said_before = self.log().len();
            match self.attempt(launcher) {
                Err(log) if log[said_before.min(log.len())..].contains("already in use") => {}
                outcome => return outcome,
            }
        }
        Err(format!("no free port in {ATTEMPTS} tries"))
    }

    fn attempt<L: Launcher>(&mut self, launcher: &L) -> Result<(), String> {
        let file = self.folder.join("server.conf");
        if let Some(lines) = launcher.configuration() {
            fs::write(&file, self.text(&lines)).expect("the configuration is written");
        }
        self.child = Some(launcher.spawn(&file)?);
        let start = Instant::now();
        while !self.answers() {
            if self.ended().is_some() {
                self.child = None;
                return Err(self.log());
            }
            if start.elapsed() > L::PATIENCE {
                self.kill();
                return Err(format!("no answer in time\n{}", self.log()));
            }
            thread::sleep(L::PAUSE);
        }
        Ok(())
    }

    /// Returns whether it has loaded its data and replies. If another server took the port first,
    /// the process id differs, and this process ends shortly.
    fn answers(&self) -> bool {
        let mine = format!("process_id:{}\r", self.id().unwrap_or_default());
        Client::connect(self.port, 2)
            .ok()
            .and_then(|mut client| client.try_cmd(&["INFO"]).ok())
            .map(|info| text_of(&info))
            .is_some_and(|info| info.contains(&mine) && info.contains("\nloading:0\r"))
    }

    fn text(&self, lines: &[(String, String)]) -> String {
        let folder = self.folder.display();
        let common = [
            ("port", self.port.to_string()),
            ("bind", "127.0.0.1".into()),
            ("dir", folder.to_string()),
            ("logfile", format!("{folder}/server.log")),
            ("save", "\"\"".into()),
        ];
        let is_replaced = |name: &str| lines.iter().any(|(other, _)| other == name);
        let common = common.iter().filter(|(name, _)| !is_replaced(name));
        let common = common.map(|(name, value)| format!("{name} {value}\n"));
        let own = lines
            .iter()
            .map(|(name, value)| format!("{name} {value}\n"));
        common.chain(own).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that leaves room for the one that a node of a cluster listens on as well, 10,000 above.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        if port < u16::MAX - 10_000 {
            return port;
        }
    }
}
