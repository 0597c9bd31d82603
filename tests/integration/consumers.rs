//! The two example consumers, which copy the visit log to SQLite, are killed and restarted
//! repeatedly.

use std::collections::BTreeSet;
use std::ops::Range;
use std::process::Command;
use std::time::Duration;

use shorten_testkit::consumer::{Consumer, carried, python_consumer, rust_consumer};
use shorten_testkit::{Client, EXAMPLE, Server, wait_until};

const VISITS: usize = 9_000;
/// The number of kills.
const KILLS: usize = 6;
const MINUTE: Duration = Duration::from_secs(60);

fn visit(client: &mut Client, visits: Range<usize>) {
    let commands: Vec<_> = visits
        .map(|n| {
            let ip = format!("10.{}.{}.7", n / 256, n % 256);
            ["VISIT", "g8", "IP", &ip].map(str::to_owned).to_vec()
        })
        .collect();
    assert!(client.pipeline(&commands).iter().all(Result::is_ok));
}

/// Runs a consumer during thousands of visits, and kills and restarts it repeatedly.
fn loses_none(program: impl Fn() -> Command) {
    let server = Server::builder()
        .module_args("visit-log-maxlen 1000000 visit-ip-mode full")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("visits.sqlite");
    let share = VISITS / (KILLS + 1);
    for round in 0..=KILLS {
        let (first, middle) = (round * share, round * share + share / 2);
        visit(&mut client, first..middle);
        if round > 0 {
            // Simulates a consumer that is killed after it read these entries and before it stored
            // any.
            let read =
                "XREADGROUP GROUP sqlite visits_to_sqlite COUNT 100 STREAMS shorten:visits >";
            client.items(&read.split(' ').collect::<Vec<_>>());
        }
        let running = Consumer::start(program(), server.port(), &file);
        visit(&mut client, middle..first + share);
        let enough = if round < KILLS { middle } else { first + share };
        wait_until(
            "entries are copied",
            MINUTE,
            || carried(&file).len(),
            |rows| *rows >= enough,
        );
        drop(running);
    }
    let rows = carried(&file);
    let addresses: BTreeSet<_> = rows.iter().map(|[_, _, ip]| ip).collect();
    let visits = share * (KILLS + 1);
    assert_eq!(
        (rows.len(), addresses.len()),
        (visits, visits),
        "each visit is stored once"
    );
    assert_eq!(client.stat("shorten_visit_log_added"), visits as i64);
    assert_eq!(client.stat("shorten_visit_log_dropped"), 0);
}

#[test]
fn the_rust_consumer_loses_no_visit_when_killed_repeatedly() {
    loses_none(rust_consumer);
}

#[test]
fn the_python_consumer_loses_no_visit_when_killed_repeatedly() {
    if python_consumer().is_some() {
        loses_none(|| python_consumer().expect("it was there a moment ago"));
    }
}
