//! Data written while the clock was wrong, and visits after it was corrected.

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, Server, now_ms, shard_key, slot};

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// Applies the effect of a human visit, the link's `nth`, from a master whose clock showed `time`.
fn visited(client: &mut Client, code: &str, nth: u8, time: i64) {
    // Version, kind, code; visits, last visit; options, bots, time since the last visit, days,
    // hours, names.
    let mut payload = vec![1, 3, code.len() as u8];
    payload.extend_from_slice(code.as_bytes());
    payload.push(nth);
    let mut rest = time as u64;
    while rest >= 0x80 {
        payload.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    payload.push(rest as u8);
    payload.extend_from_slice(&[0, 0, 0, 60, 48, 0]);
    let key = shard_key(slot(code));
    client.ok(&[b"LINK.APPLY".as_slice(), key.as_bytes(), &payload]);
}

/// Returns how many days or hours ahead rows begin, and their counts.
fn rows(client: &mut Client, by: &str, unit: i64) -> Vec<(i64, i64)> {
    let fields = client.items(&["LINK.STATS", "g8", "BY", by]);
    let Value::Array(rows) = fields.last().unwrap().clone() else {
        panic!("{fields:?}")
    };
    let numbers: Vec<_> = rows
        .iter()
        .map(|row| match row {
            Value::Int(number) => *number,
            other => panic!("{other:?}"),
        })
        .collect();
    let today = now_ms() / unit;
    numbers
        .chunks(2)
        .map(|row| (row[0] / unit - today, row[1]))
        .collect()
}

#[test]
fn visit_times_recover_after_a_clock_that_was_far_ahead() {
    let mut server = Server::builder().aof("always").start();
    let replica = Server::builder().replica_of(&server).start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    visited(&mut client, "g8", 1, now_ms() + 100 * DAY);
    assert_eq!(rows(&mut client, "day", DAY).len(), 1);
    let before = now_ms();
    for _ in 0..3 {
        client.text(&["VISIT", "g8"]);
    }
    // A day or an hour can end during the test.
    for (by, unit) in [("day", DAY), ("hour", HOUR)] {
        let rows = rows(&mut client, by, unit);
        assert_eq!(
            rows.iter().map(|row| row.1).sum::<i64>(),
            3,
            "{by}: {rows:?}"
        );
        assert!(rows.iter().all(|row| row.0 <= 0), "{by}: {rows:?}");
    }
    let stats = client.fields(&["LINK.STATS", "g8"]);
    assert_eq!(stats["humans"], Value::Int(4));
    for name in ["first-visit", "last-visit"] {
        let Value::Int(time) = stats[name] else {
            panic!("{stats:?}")
        };
        assert!((before..=now_ms()).contains(&time), "{name} {time}");
    }
    server.same_as(&replica);
    let digest = client.digest();
    server.kill9();
    server.restart();
    assert_eq!(server.client().digest(), digest);
}

#[test]
fn days_outside_the_clock_error_are_kept() {
    let server = Server::start();
    let replica = Server::builder().replica_of(&server).start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let day = now_ms() / DAY * DAY;
    for days_ago in [20, 3] {
        client.text(&["VISIT", "g8", "AT", &(day - days_ago * DAY).to_string()]);
    }
    visited(&mut client, "g8", 3, now_ms() + 10 * DAY);
    assert_eq!(rows(&mut client, "day", DAY).len(), 3);
    client.text(&["VISIT", "g8", "AT", &(day - 3 * DAY).to_string()]);
    let rows = rows(&mut client, "day", DAY);
    let counts: Vec<_> = rows.iter().map(|row| row.1).collect();
    assert_eq!(counts, [1, 2], "{rows:?}");
    server.same_as(&replica);
}
