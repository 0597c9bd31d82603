//! Consumers that carry the log of visits into SQLite: the two examples, killed half-way and started again.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::harness::{Client, EXAMPLE, Server, wait_until};

const VISITS: usize = 9_000;
/// How many times it is killed.
const KILLS: usize = 6;
const MINUTE: Duration = Duration::from_secs(60);

/// A consumer that is killed, without a warning, at the end of its life.
struct Consumer(Child);

impl Drop for Consumer {
    fn drop(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn visit(client: &mut Client, visits: std::ops::Range<usize>) {
    let commands: Vec<_> = visits
        .map(|n| {
            let ip = format!("10.{}.{}.7", n / 256, n % 256);
            ["VISIT", "g8", "IP", &ip].map(str::to_owned).to_vec()
        })
        .collect();
    assert!(client.pipeline(&commands).iter().all(Result::is_ok));
}

/// What of the addresses is in the file.
fn carried(file: &Path) -> Vec<String> {
    let read = || {
        let sqlite = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut rows = sqlite.prepare("SELECT ip FROM visits WHERE code = 'g8' AND bot = 0")?;
        rows.query_map([], |row| row.get(0))?.collect()
    };
    // There is no file, and no table in it, before the consumer is up.
    let rows: rusqlite::Result<Vec<String>> = read();
    rows.unwrap_or_default()
}

/// Has a consumer carry thousands of visits away while they happen, and kills it again and again.
fn loses_none(consumer: impl Fn() -> Command) {
    let server = Server::builder()
        .module_args("visit-log-maxlen 1000000 ip-mode full")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("visits.sqlite");
    let start = || {
        let mut command = consumer();
        command
            .arg(format!("redis://127.0.0.1:{}", server.port()))
            .arg(&file);
        Consumer(command.spawn().expect("the consumer runs"))
    };
    let share = VISITS / (KILLS + 1);
    for round in 0..=KILLS {
        let (first, middle) = (round * share, round * share + share / 2);
        visit(&mut client, first..middle);
        if round > 0 {
            // As if it had been killed when it had read these and written none of them down.
            client.items(&[
                "XREADGROUP",
                "GROUP",
                "sqlite",
                "visits_to_sqlite",
                "COUNT",
                "100",
                "STREAMS",
                "shorten:visits",
                ">",
            ]);
        }
        let running = start();
        visit(&mut client, middle..first + share);
        let enough = if round < KILLS { middle } else { first + share };
        wait_until(
            "entries are carried",
            MINUTE,
            || carried(&file).len(),
            |rows| *rows >= enough,
        );
        drop(running);
    }
    let rows = carried(&file);
    let addresses: BTreeSet<_> = rows.iter().collect();
    let visits = share * (KILLS + 1);
    assert_eq!(
        (rows.len(), addresses.len()),
        (visits, visits),
        "each visit is there once"
    );
    assert_eq!(client.stat("shorten_visits_logged"), visits as i64);
    assert_eq!(client.stat("shorten_visits_unlogged"), 0);
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

#[test]
fn the_consumer_in_rust_loses_no_visit_however_often_it_is_killed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = Command::new(env!("CARGO"))
        .current_dir(root)
        .args([
            "build",
            "--quiet",
            "--package",
            env!("CARGO_PKG_NAME"),
            "--example",
            "visits_to_sqlite",
        ])
        .status();
    assert!(
        built.expect("cargo runs").success(),
        "the example does not build"
    );
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let program = root.join(target).join("debug/examples/visits_to_sqlite");
    loses_none(|| Command::new(&program));
}

#[test]
fn the_consumer_in_python_loses_no_visit_however_often_it_is_killed() {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join(".clients/python");
    let python = || {
        let mut command = Command::new("python3");
        command
            .env("PYTHONPATH", &clients)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    };
    let has_redis_py = python().args(["-c", "import redis, sqlite3"]).output();
    if !has_redis_py.is_ok_and(|output| output.status.success()) {
        assert!(
            env::var_os("ALL_CLIENTS").is_none(),
            "redis-py could not be installed"
        );
        eprintln!("skipped: redis-py is not installed; `make clients` does that");
        return;
    }
    loses_none(|| {
        let mut command = python();
        command.arg(examples().join("visits_to_sqlite.py"));
        command
    });
}
