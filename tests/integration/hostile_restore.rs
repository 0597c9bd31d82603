//! RESTORE of hostile payloads gives an error or a usable value, never a crash, a hang or excessive
//! memory use.

use std::time::{Duration, Instant};

use crate::dump::{Dump, Part};
use shorten_testkit::{Client, EXAMPLE, STILL, Seeded, Server, populate};

/// A server with every kind of data, and the shards to mutate.
struct Target {
    server: Server,
    client: Client,
    /// Key and value: the shard of slot 0 with counter and pool, the largest shards, and some
    /// others.
    shards: Vec<(String, Dump)>,
}

impl Target {
    fn start() -> Target {
        // Mutating a compressed string would only break the compression.
        let server = Server::builder()
            .module_args(STILL)
            .config("rdbcompression", "no")
            .start();
        let mut client = server.client();
        populate(&mut client);
        let mut shards: Vec<_> = client
            .texts(&["KEYS", "shorten:*"])
            .into_iter()
            .map(|key| {
                let payload = client.bytes(&["DUMP", &key]);
                (key, Dump::parse(&payload))
            })
            .collect();
        shards.sort_by_key(|(_, dump)| std::cmp::Reverse(dump.body.len()));
        shards.truncate(20);
        Target {
            server,
            client,
            shards,
        }
    }

    /// Restores a mutated value. A refused value changes nothing; an accepted one can be used,
    /// saved and deleted.
    fn restore(&mut self, key: &str, payload: &[u8], before: &str) {
        let start = Instant::now();
        match self.client.try_cmd(&[
            b"RESTORE".as_slice(),
            key.as_bytes(),
            b"0",
            payload,
            b"REPLACE",
        ]) {
            Err(error) => assert!(error.starts_with("ERR"), "{error}"),
            Ok(_) => self.live_with(key),
        }
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "RESTORE took {:?}",
            start.elapsed()
        );
        assert_eq!(self.client.digest(), before);
    }

    /// Uses an accepted value with all commands, then restores the old one.
    fn live_with(&mut self, key: &str) {
        let uses: &[&[&str]] = &[
            &["LINK.COUNT"],
            &["LINK.SCAN", "0", "COUNT", "100000"],
            &["RESOLVE", "g8"],
            &["LINK.INFO", "alias-1"],
            &["CODEPOOL", "SIZE"],
            &["CODEPOOL", "INFO"],
            &["INFO", "shorten"],
            &["MEMORY", "USAGE", key],
            &["DUMP", key],
            &["DEBUG", "DIGEST-VALUE", key],
            &["COPY", key, "a copy", "REPLACE"],
            &["DEL", "a copy"],
        ];
        for command in uses {
            // Any reply is accepted, as long as the server replies.
            let answer = self.client.try_cmd(command);
            assert!(
                !matches!(&answer, Err(error) if error.starts_with("(connection)")),
                "{command:?}: {answer:?}"
            );
        }
        let original = self
            .shards
            .iter()
            .find(|(known, _)| known == key)
            .unwrap()
            .1
            .payload();
        self.client.ok(&[
            b"RESTORE".as_slice(),
            key.as_bytes(),
            b"0",
            &original,
            b"REPLACE",
        ]);
    }

    fn memory(&mut self) -> i64 {
        self.client.info("memory")["used_memory_peak"]
            .parse()
            .unwrap()
    }

    /// Checks that the server works and that no mutated payload made it use excessive memory.
    fn finish(mut self, peak_before: i64) {
        let grown = self.memory() - peak_before;
        assert!(grown < 50_000_000, "{grown} bytes more at the peak");
        assert!(self.client.text(&["SHORTEN", EXAMPLE]).len() >= 2);
        self.client.ok(&["DEBUG", "RELOAD"]);
        drop(self.server);
    }
}

#[test]
fn a_parsed_payload_serializes_to_the_same_bytes() {
    let mut target = Target::start();
    for (key, dump) in target.shards.clone() {
        let (id, parts) = dump.parts();
        let again = dump.with_parts(id, &parts);
        assert_eq!(again.parts(), (id, parts));
        let before = target.client.digest();
        target.client.ok(&[
            b"RESTORE".as_slice(),
            key.as_bytes(),
            b"0",
            &again.payload(),
            b"REPLACE",
        ]);
        assert_eq!(target.client.digest(), before);
    }
}

#[test]
fn a_wrong_checksum_is_refused_by_the_server() {
    let mut target = Target::start();
    let (key, dump) = target.shards[0].clone();
    let mut payload = dump.payload();
    *payload.last_mut().unwrap() ^= 1;
    let error = target.client.error(&[
        b"RESTORE".as_slice(),
        key.as_bytes(),
        b"0",
        &payload,
        b"REPLACE",
    ]);
    assert!(error.contains("checksum"), "{error}");
}

#[test]
fn truncated_payloads_are_refused() {
    let mut target = Target::start();
    let (before, peak) = (target.client.digest(), target.memory());
    for (key, dump) in target.shards.clone() {
        let step = 1 + dump.body.len() / 300;
        for length in (0..dump.body.len()).step_by(step) {
            let mut cut = dump.clone();
            cut.body.truncate(length);
            target.restore(&key, &cut.payload(), &before);
        }
    }
    target.finish(peak);
}

#[test]
fn mutated_bytes_are_refused_or_give_a_usable_value() {
    let mut random = Seeded::new();
    let mut target = Target::start();
    let (before, peak) = (target.client.digest(), target.memory());
    for _ in 0..3000 {
        let (key, mut dump) = random.pick(&target.shards).clone();
        for _ in 0..1 + random.below(3) {
            let at = random.below(dump.body.len());
            dump.body[at] = random.bytes(1)[0];
        }
        target.restore(&key, &dump.payload(), &before);
    }
    target.finish(peak);
}

#[test]
fn mutated_parts_are_refused_or_give_a_usable_value() {
    let mut random = Seeded::new();
    let mut target = Target::start();
    let (before, peak) = (target.client.digest(), target.memory());
    for _ in 0..4000 {
        let (key, dump) = random.pick(&target.shards).clone();
        let (id, mut parts) = dump.parts();
        for _ in 0..1 + random.below(2) {
            mutate(&mut random, &mut parts);
        }
        // The low ten bits of the id are the encoding version.
        let id = if random.below(50) == 0 {
            id ^ (1 + random.below(1023) as u64)
        } else {
            id
        };
        target.restore(&key, &dump.with_parts(id, &parts).payload(), &before);
    }
    target.finish(peak);
}

/// Changes one part in a way that is likely to confuse a decoder.
fn mutate(random: &mut Seeded, parts: &mut Vec<Part>) {
    if parts.is_empty() {
        return;
    }
    let at = random.below(parts.len());
    match random.below(12) {
        0 => drop(parts.remove(at)),
        1 => parts.insert(at, parts[at].clone()),
        2 => parts.truncate(at),
        3 => {
            let other = random.below(parts.len());
            parts.swap(at, other);
        }
        _ => match &mut parts[at] {
            Part::Number(_, value) => {
                *value = *random.pick(&[
                    0,
                    1,
                    *value + 1,
                    *value ^ 0xFF,
                    u64::MAX,
                    u64::MAX / 2,
                    1 << 32,
                    1 << 48,
                    16384,
                ]);
            }
            Part::Bytes(bytes) => mutate_bytes(random, bytes),
        },
    }
}

fn mutate_bytes(random: &mut Seeded, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len().max(1));
    match random.below(6) {
        0 => bytes.truncate(at),
        1 => bytes.extend_from_slice(&random.bytes(9)),
        2 => bytes
            .splice(at..at, random.bytes(1 + at % 9))
            .for_each(drop),
        // Large lengths and counts: the maximum of a packed number.
        3 => bytes
            .iter_mut()
            .skip(at)
            .take(9)
            .for_each(|byte| *byte = 0xFF),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.bytes(1)[0];
            }
        }
    }
}

#[test]
fn a_value_of_another_encoding_version_is_refused() {
    let mut target = Target::start();
    let before = target.client.digest();
    let (key, dump) = target.shards[0].clone();
    let (id, parts) = dump.parts();
    for version in 1..=1023 {
        let other = dump.with_parts(id ^ version, &parts);
        let payload = other.payload();
        // Only encoding versions that this module supports can be accepted.
        let answer = target
            .client
            .try_cmd(&[b"RESTORE".as_slice(), b"elsewhere", b"0", &payload]);
        assert!(
            answer.is_err(),
            "encoding version {}",
            (id ^ version) & 1023
        );
    }
    assert_eq!(target.client.digest(), before);
    assert!(!key.is_empty());
}
