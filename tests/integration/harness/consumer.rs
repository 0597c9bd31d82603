//! The two examples that carry the log of visits into SQLite, as processes.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;

use rusqlite::{Connection, OpenFlags};

/// A consumer, killed without a warning at the end of its life.
pub(crate) struct Consumer(Child);

impl Consumer {
    /// Has a consumer carry the log of the server on this port into a file.
    #[track_caller]
    pub(crate) fn start(mut program: Command, port: u16, file: &Path) -> Consumer {
        program.arg(format!("redis://127.0.0.1:{port}")).arg(file);
        Consumer(program.spawn().expect("the consumer runs"))
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The one in Rust.
#[track_caller]
pub(crate) fn rust_consumer() -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    Command::new(PROGRAM.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut build = Command::new(env!("CARGO"));
        build.current_dir(root).args([
            "build",
            "--quiet",
            "--package",
            env!("CARGO_PKG_NAME"),
            "--example",
            "visits_to_sqlite",
        ]);
        assert!(
            build.status().expect("cargo runs").success(),
            "the example does not build"
        );
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        root.join(target).join("debug/examples/visits_to_sqlite")
    }))
}

/// The one in Python, if redis-py is there; says so if not.
#[track_caller]
pub(crate) fn python_consumer() -> Option<Command> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = || {
        let mut command = Command::new("python3");
        command
            .env("PYTHONPATH", root.join(".clients/python"))
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
    consumer.arg(root.join("examples/visits_to_sqlite.py"));
    Some(consumer)
}

/// Stream, id and address of every visit in a file.
pub(crate) fn carried(file: &Path) -> Vec<[String; 3]> {
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
