//! Every version of the module reads the data of all earlier versions.
//!
//! tests/fixtures has a folder for each version: `shards.rdb` (an RDB), `effects.aof` (an AOF of
//! LINK.APPLY), `rewritten.aof` (an AOF of LINK.LOAD), `dumps.txt` (DUMP payloads in hex), and
//! `links.txt` and `pool.txt`, which describe their content. `scripts/fixtures.sh` writes the
//! folder of the current version, once per release. A folder is never changed afterwards.

mod content;
mod write;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use content::content;

use shorten_testkit::{Client, Server, version};

/// Load arguments that prevent refills and removals.
const STILL: &str = "pool-min 0 pool-max 1000";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Returns the folders of all versions.
fn versions() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the fixtures");
    let mut folders: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "there are fixtures");
    folders
}

/// Returns the content of a version's files, as that version described it.
fn expected(version: &Path) -> String {
    let read = |name: &str| fs::read_to_string(version.join(name)).expect(name);
    read("links.txt") + &read("pool.txt")
}

/// Starts a server that loads a file of a version, as `dump.rdb` or as `appendonly.aof`.
#[track_caller]
fn loaded(file: &Path, name: &str) -> Server {
    let aof = name.ends_with(".aof");
    let builder = Server::builder().module_args(STILL);
    let mut server = if aof {
        builder.aof("everysec").start()
    } else {
        builder.start()
    };
    server.shutdown("NOSAVE");
    // From 7.0 on this is a folder, which would be loaded instead of the file.
    let _ = fs::remove_dir_all(server.data().join("appendonlydir"));
    fs::copy(file, server.data().join(name)).expect("the file is copied");
    server.restart();
    server
}

/// Returns the subjects of the lines: codes, and `pool`.
fn subjects(content: &str) -> BTreeSet<&str> {
    let words = content.lines().map(|line| line.split(' ').next());
    words.map(|word| word.expect("a word")).collect()
}

/// Checks that nothing is missing, changed or added. A later version may show more fields of a
/// link.
#[track_caller]
fn is_as_expected(client: &mut Client, version: &Path, file: &str) {
    let (seen, expected) = (content(client), expected(version));
    assert_eq!(subjects(&seen), subjects(&expected));
    let seen: BTreeSet<&str> = seen.lines().collect();
    let missing: Vec<&str> = expected
        .lines()
        .filter(|line| !seen.contains(line))
        .collect();
    let place = version.join(file);
    assert!(missing.is_empty(), "{}: {missing:#?}", place.display());
}

#[test]
fn an_rdb_of_every_version_is_read() {
    for version in versions() {
        let server = loaded(&version.join("shards.rdb"), "dump.rdb");
        is_as_expected(&mut server.client(), &version, "shards.rdb");
    }
}

#[test]
fn an_aof_of_every_version_is_replayed() {
    for version in versions() {
        for file in ["effects.aof", "rewritten.aof"] {
            let server = loaded(&version.join(file), "appendonly.aof");
            is_as_expected(&mut server.client(), &version, file);
        }
    }
}

#[test]
fn dump_payloads_of_every_version_are_restored() {
    for version in versions() {
        let server = Server::builder().module_args(STILL).start();
        let mut client = server.client();
        let dumps = fs::read_to_string(version.join("dumps.txt")).expect("dumps.txt");
        for line in dumps.lines() {
            let (key, digits) = line.split_once(' ').expect("a key and its payload");
            let payload: Vec<u8> = (0..digits.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal digits"))
                .collect();
            client.ok(&[b"RESTORE", key.as_bytes(), b"0", &payload]);
        }
        is_as_expected(&mut client, &version, "dumps.txt");
    }
}

#[test]
fn effects_of_every_version_reach_a_replica() {
    for version in versions() {
        let master = loaded(&version.join("effects.aof"), "appendonly.aof");
        let replica = Server::builder()
            .module_args(STILL)
            .replica_of(&master)
            .start();
        master.same_as(&replica);
        let mut client = replica.client();
        // On 6.2 CODEPOOL as a whole is a write command.
        client.ok(&["REPLICAOF", "NO", "ONE"]);
        is_as_expected(&mut client, &version, "effects.aof");
    }
}

/// Not a test: writes the fixtures of the current version. Run by scripts/fixtures.sh.
#[test]
#[ignore = "writes tests/fixtures"]
fn write_fixtures() {
    assert!(
        !version().since(7, 0),
        "fixtures are written by Redis 6.2, whose files every later server reads"
    );
    write::write(&folder().join(env!("CARGO_PKG_VERSION")));
}
