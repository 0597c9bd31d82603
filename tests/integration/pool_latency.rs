//! The refill of the pool does not delay other commands.

use std::time::{Duration, Instant};

use shorten_testkit::{Client, EXAMPLE, Server};

/// Returns the longest latency of RESOLVE within a short time.
fn longest_wait(client: &mut Client) -> Duration {
    let window = Instant::now();
    let mut worst = Duration::ZERO;
    while window.elapsed() < Duration::from_millis(25) {
        let start = Instant::now();
        client.text(&["RESOLVE", "g8"]);
        worst = worst.max(start.elapsed());
    }
    worst
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Returns the median of the longest latencies while a pool refills, and that of an idle server,
/// measured in turns.
fn measure() -> (Duration, Duration) {
    let resting = Server::start();
    let busy = Server::builder()
        .module_args("pool-min 20000 pool-max 40000")
        .start();
    let (mut control, mut client) = (resting.client(), busy.client());
    for client in [&mut control, &mut client] {
        assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g8");
    }
    client.text(&["CODEPOOL", "TAKE"]);
    let (mut refilling, mut idle) = (Vec::new(), Vec::new());
    while client.int(&["CODEPOOL", "SIZE"]) < 39_999 {
        refilling.push(longest_wait(&mut client));
        idle.push(longest_wait(&mut control));
    }
    (median(refilling), median(idle))
}

#[test]
fn the_server_answers_within_a_millisecond_while_the_pool_refills() {
    // On a busy machine every server waits for a core. A server that refills must not wait longer
    // than an idle one.
    let mut seen = Vec::new();
    for _ in 0..5 {
        let (refilling, idle) = measure();
        seen.push((refilling, idle));
        if refilling < Duration::from_millis(1).max(idle * 3 / 2) {
            return;
        }
    }
    panic!("the medians of the longest waits, refilling and idle, in five tries: {seen:?}");
}

#[test]
fn the_refill_keeps_pace_with_shorten() {
    let server = Server::builder()
        .module_args("strategy pool pool-min 1000 pool-max 2000")
        .start();
    let mut client = server.client();
    let commands: Vec<_> = (0..30_000)
        .map(|n| vec!["SHORTEN".into(), format!("https://example.com/{n}")])
        .collect();
    assert!(client.pipeline(&commands).iter().all(Result::is_ok));
    shorten_testkit::wait_until(
        "the pool is back above its minimum",
        shorten_testkit::SOON,
        || client.int(&["CODEPOOL", "SIZE"]),
        |size| *size >= 1000,
    );
}
