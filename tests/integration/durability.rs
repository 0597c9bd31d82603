//! With `appendfsync always`, acknowledged writes survive kill -9.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use redis::Value;

use shorten_testkit::{Client, SOON, Seeded, Server, text_of, wait_until};

const ROUNDS: usize = 20;
const WRITERS: usize = 4;
const WINDOW: usize = 8;

/// The writes acknowledged so far: code and URL, or `None` for a code taken from the pool.
type Acknowledged = HashMap<String, Option<String>>;

#[test]
fn no_acknowledged_link_is_lost_and_no_code_issued_twice_over_twenty_kills() {
    let mut random = Seeded::new();
    let mut server = Server::builder()
        .aof("always")
        .module_args("pool-min 50 pool-max 200")
        .start();
    let acknowledged = Mutex::new(Acknowledged::new());
    for round in 0..ROUNDS {
        let port = server.port();
        let before = acknowledged.lock().unwrap().len();
        let pause = Duration::from_millis(random.below(100) as u64);
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let acknowledged = &acknowledged;
                scope.spawn(move || write_until_killed(port, round, writer, acknowledged));
            }
            if round % 4 == 1 {
                let _ = server.client().try_cmd(&["BGREWRITEAOF"]);
            }
            let count = || acknowledged.lock().unwrap().len();
            wait_until("writing has begun", SOON, count, |count| *count > before);
            // The moment of the kill is random.
            thread::sleep(pause);
            server.kill9();
        });
        server.restart();
        check(&mut server.client(), &acknowledged.lock().unwrap(), round);
    }
    let links = acknowledged.lock().unwrap().len();
    assert!(
        links > ROUNDS * WRITERS,
        "hardly anything was written: {links} links"
    );
}

/// Shortens new URLs, a few in flight at a time, until the connection breaks.
fn write_until_killed(port: u16, round: usize, writer: usize, acknowledged: &Mutex<Acknowledged>) {
    let Ok(mut client) = Client::connect(port, 2) else {
        return;
    };
    for n in (0..).step_by(WINDOW) {
        let urls: Vec<_> = (n..n + WINDOW)
            .map(|n| format!("https://example.com/{round}/{writer}/{n}"))
            .collect();
        for (n, url) in urls.iter().enumerate() {
            let sent = match (n + writer) % 4 {
                3 => client.send(&["CODEPOOL", "TAKE"]),
                way => client.send(&["SHORTEN", url, "STRATEGY", ["COUNTER", "HASH", "POOL"][way]]),
            };
            if !sent {
                return;
            }
        }
        for (n, url) in urls.into_iter().enumerate() {
            let Ok(reply) = client.receive() else { return };
            let (code, url) = (text_of(&reply), ((n + writer) % 4 != 3).then_some(url));
            let before = acknowledged.lock().unwrap().insert(code.clone(), url);
            assert_eq!(before, None, "{code} was issued twice");
        }
    }
}

/// Checks that every acknowledged link exists and every taken code is still reserved.
fn check(client: &mut Client, acknowledged: &Acknowledged, round: usize) {
    let links: Vec<_> = acknowledged
        .iter()
        .filter_map(|(code, url)| url.as_ref().map(|url| (code, url)))
        .collect();
    assert!(
        !links.is_empty(),
        "nothing was acknowledged by round {round}"
    );
    let resolve: Vec<_> = links
        .iter()
        .map(|(code, _)| vec!["RESOLVE", code])
        .collect();
    for ((code, url), reply) in links.iter().zip(client.pipeline(&resolve)) {
        assert_eq!(
            reply,
            Ok(Value::BulkString(url.as_bytes().to_vec())),
            "{code} after round {round}"
        );
    }
    let taken = acknowledged.values().filter(|url| url.is_none()).count() as i64;
    let remembered = client.stat("shorten_pool_reserved");
    assert!(
        remembered >= taken,
        "{taken} codes were taken, {remembered} are remembered after round {round}"
    );
}
