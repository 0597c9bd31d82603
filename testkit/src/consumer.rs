//! The example programs that copy the visit log to SQLite, as processes.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;

use rusqlite::{Connection, OpenFlags};

use crate::harness::{root, target};

/// A running consumer, killed with SIGKILL when it is dropped.
#[derive(Debug)]
pub struct Consumer(Child);

impl Consumer {
    /// Starts a consumer that copies the log of the server on this port to a file.
    #[track_caller]
    #[must_use]
    pub fn start(mut program: Command, port: u16, file: &Path) -> Consumer {
        program.arg(format!("redis://127.0.0.1:{port}")).arg(file);
        Consumer(program.spawn().expect("the consumer runs"))
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // Both fail only if the process has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds the consumer in Rust and returns its command.
#[track_caller]
#[must_use]
pub fn rust_consumer() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    Command::new(PROGRAM.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.current_dir(root()).args([
            "build",
            "--quiet",
            "--package",
            "redis-shorten",
            "--example",
            "visits_to_sqlite",
        ]);
        assert!(
            build.status().expect("cargo runs").success(),
            "the example does not build"
        );
        target().join("debug/examples/visits_to_sqlite")
    }))
}

/// The consumer in Python, or `None` with a note if redis-py is not installed.
///
/// # Panics
/// If redis-py is not installed and `ALL_CLIENTS` is set.
#[track_caller]
#[must_use]
pub fn python_consumer() -> Option<Command> {
    let python = || {
        let mut command = Command::new("python3");
        command
            .env("PYTHONPATH", root().join(".clients/python"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    };
    let imports = python().args(["-c", "import redis, sqlite3"]).output();
    if !imports.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: redis-py is not installed; `make clients` does that");
        assert!(
            env::var_os("ALL_CLIENTS").is_none(),
            "redis-py could not be installed"
        );
        return None;
    }
    let mut consumer = python();
    consumer.arg(root().join("examples/visits_to_sqlite.py"));
    Some(consumer)
}

/// Stream, id and IP address of every visit in a file; nothing as long as there is no file.
#[must_use]
pub fn carried(file: &Path) -> Vec<[String; 3]> {
    let read = || {
        let sqlite = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut rows = sqlite.prepare("SELECT stream, id, ip FROM visits")?;
        rows.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?
            .collect()
    };
    // There is no file, and no table in it, before the consumer is up.
    let rows: rusqlite::Result<_> = read();
    rows.unwrap_or_default()
}
