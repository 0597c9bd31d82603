//! The internal commands apply payloads that the module wrote. A mutated payload is refused or
//! applied completely, alike on master and replica.

use std::fs;

use shorten_testkit::{Client, SOON, STILL, Seeded, Server, populate, wait_until};

/// Returns the commands in an AOF that have this name.
fn commands(aof: &[u8], name: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let (mut found, mut rest) = (Vec::new(), aof);
    // A preamble and annotations are skipped. A command begins with `*`, the number of its
    // arguments, and `\r\n$`.
    while let Some(start) = rest.iter().position(|byte| *byte == b'*') {
        rest = &rest[start + 1..];
        let mut words = Vec::new();
        let mut cursor = rest;
        let Some(count) = number(&mut cursor) else {
            continue;
        };
        for _ in 0..count {
            let Some(word) = word(&mut cursor) else { break };
            words.push(word);
        }
        if words.len() == count && count > 0 {
            rest = cursor;
            if words[0] == name {
                found.push(words);
            }
        }
    }
    found
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    let end = bytes.windows(2).take(20).position(|pair| pair == b"\r\n")?;
    let number = str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
    *bytes = &bytes[end + 2..];
    Some(number)
}

fn word(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    *bytes = bytes.strip_prefix(b"$")?;
    let length = number(bytes)?;
    let word = bytes.get(..length)?.to_vec();
    *bytes = bytes.get(length + 2..)?;
    Some(word)
}

/// Returns effects and chunks from the AOF of a server with every kind of data.
fn written() -> Vec<Vec<Vec<u8>>> {
    let server = Server::builder()
        .aof("always")
        .config("aof-use-rdb-preamble", "no")
        .module_args(STILL)
        .start();
    let mut client = server.client();
    populate(&mut client);
    let mut all = commands(&files(&server), b"LINK.APPLY");
    client.cmd(&["BGREWRITEAOF"]);
    let chunks = || commands(&files(&server), b"LINK.LOAD");
    all.extend(wait_until("the AOF is rewritten", SOON, chunks, |chunks| {
        !chunks.is_empty()
    }));
    assert!(
        all.len() > 500,
        "only {} commands were found in the AOF",
        all.len()
    );
    all
}

fn files(server: &Server) -> Vec<u8> {
    let folders = [server.data(), server.data().join("appendonlydir")];
    let entries = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .flatten();
    let files = entries.filter(|entry| {
        entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "aof")
    });
    files
        .flat_map(|entry| fs::read(entry.path()).unwrap_or_default())
        .collect()
}

#[test]
fn mutated_effects_and_chunks_are_refused_or_applied_alike_everywhere() {
    let mut random = Seeded::new();
    let written = written();
    let master = Server::builder().module_args(STILL).start();
    let replica = Server::builder()
        .module_args(STILL)
        .replica_of(&master)
        .start();
    let mut client = master.client();
    populate(&mut client);
    master.same_as(&replica);
    let mut before = client.digest();
    for _ in 0..2500 {
        let mut command = random.pick(&written).clone();
        mutate(&mut random, &mut command[2]);
        if random.below(20) == 0 {
            command[1].clone_from(&random.pick(&written)[1]);
        }
        match client.try_cmd(&command) {
            Ok(_) => before = client.digest(),
            Err(error) => {
                assert!(error.starts_with("ERR"), "{error}");
                // A link with a past expiry, applied earlier, can be reclaimed at this moment, but
                // not repeatedly.
                let mut tries = 0;
                while client.digest() != before {
                    tries += 1;
                    assert!(tries < 5, "refused with {error}");
                    before = client.digest();
                    assert_eq!(client.try_cmd(&command), Err(error.clone()));
                }
            }
        }
    }
    master.same_as(&replica);
    lives(&mut client);
    client.ok(&["DEBUG", "RELOAD"]);
    master.same_as(&replica);
}

fn mutate(random: &mut Seeded, payload: &mut Vec<u8>) {
    for _ in 0..random.below(3) {
        let at = random.below(payload.len().max(1));
        match random.below(6) {
            0 => payload.truncate(at),
            1 => payload.extend_from_slice(&random.bytes(5)),
            2 => payload
                .iter_mut()
                .skip(at)
                .take(9)
                .for_each(|byte| *byte = 0xFF),
            _ => payload
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|byte| *byte = byte.wrapping_add(1 << (at % 8))),
        }
    }
}

/// Checks that the resulting data can be used.
fn lives(client: &mut Client) {
    for code in shorten_testkit::scan(client, &["COUNT", "1000"]) {
        client.cmd(&["RESOLVE", &code]);
        client.cmd(&["LINK.INFO", &code]);
    }
    client.text(&["SHORTEN", "https://example.com/afterwards"]);
}

#[test]
fn effects_are_idempotent_and_passed_on_as_they_came() {
    let server = Server::builder().aof("always").module_args(STILL).start();
    let mut client = server.client();
    populate(&mut client);
    let digest = client.digest();
    let twin = Server::builder().aof("always").module_args(STILL).start();
    let mut client = twin.client();
    let mut sent = Vec::new();
    for command in commands(&files(&server), b"LINK.APPLY") {
        for _ in 0..2 {
            client.ok(&command);
            sent.push(command.clone());
        }
    }
    assert_eq!(client.digest(), digest);
    assert_eq!(commands(&files(&twin), b"LINK.APPLY"), sent);
}
