//! Any bytes as arguments to any command: a clear error, nothing changed, the server alive, its replica equal.

use shorten_testkit::{EXAMPLE, STILL, Seeded, Server, populate, shard_key};

const COMMANDS: [&str; 24] = [
    "SHORTEN",
    "RESOLVE",
    "VISIT",
    "LINK.FIND",
    "LINK.INFO",
    "LINK.STATS",
    "LINK.SET",
    "LINK.DEL",
    "LINK.EXPIRE",
    "LINK.PERSIST",
    "LINK.SCAN",
    "LINK.COUNT",
    "LINK.KEY",
    "LINK.APPLY",
    "LINK.LOAD",
    "CODEPOOL FILL",
    "CODEPOOL TAKE",
    "CODEPOOL RELEASE",
    "CODEPOOL RESERVED",
    "CODEPOOL SIZE",
    "CODEPOOL INFO",
    "CODEPOOL CLEAR",
    "CODEPOOL HELP",
    "CODEPOOL",
];

const WORDS: [&str; 55] = [
    "ALIAS",
    "STRATEGY",
    "COUNTER",
    "HASH",
    "POOL",
    "NEW",
    "EX",
    "PX",
    "EXAT",
    "PXAT",
    "MAXVISITS",
    "NOTE",
    "STATUS",
    "NX",
    "XX",
    "PERSIST",
    "KEEPTTL",
    "CREATED",
    "VISITS",
    "IP",
    "UA",
    "REFERER",
    "COUNTRY",
    "AT",
    "BY",
    "DAY",
    "FROM",
    "TO",
    "TOP",
    "MATCH",
    "COUNT",
    "",
    "\0",
    "a\0b",
    "0",
    "1",
    "-1",
    "00",
    "+1",
    " 1",
    "1 ",
    "0x10",
    "1e3",
    "nan",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "g8",
    "alias-1",
    "imported",
    "*",
    "[",
    "\\",
];

/// An argument: a word of the grammar, a number out of range, bytes of any kind, now and then a megabyte.
fn argument(random: &mut Seeded) -> Vec<u8> {
    match random.below(40) {
        0 => vec![b'x'; 1 << 20],
        1 => vec![0; 1 << 16],
        2 => b"\xff\xfe\xc3\x28".to_vec(),
        3..=6 => {
            let length = random.below(80);
            random.bytes(length)
        }
        7..=11 => EXAMPLE.into(),
        12 => format!("https://example.com/{}", "[".repeat(random.below(3000))).into(),
        13..=15 => shard_key(random.below(16384) as u16).into(),
        16 => "shorten:{}".into(),
        17 => "https://\u{202e}example.com/\u{feff}".into(),
        18 => b"https://example.com/\xf0\x9f".to_vec(),
        _ => random.pick(&WORDS).as_bytes().to_vec(),
    }
}

#[test]
fn random_arguments_to_every_command_change_nothing_when_refused() {
    let mut random = Seeded::new();
    let master = Server::builder().module_args(STILL).start();
    let replica = Server::builder()
        .module_args(STILL)
        .replica_of(&master)
        .start();
    let mut client = master.client();
    populate(&mut client);
    master.same_as(&replica);
    let (mut before, mut refused, mut taken) = (client.digest(), 0, 0);
    for _ in 0..4000 {
        let name = random.pick(&COMMANDS);
        let mut command: Vec<Vec<u8>> = name.split(' ').map(Vec::from).collect();
        for _ in 0..random.below(6) {
            command.push(argument(&mut random));
        }
        if *name == "CODEPOOL"
            && command
                .get(1)
                .is_some_and(|word| str::from_utf8(word).is_err())
        {
            // The server quotes an unknown subcommand as it came, and the client library takes no error that is not UTF-8.
            continue;
        }
        match client.try_cmd(&command) {
            Ok(_) => {
                taken += 1;
                before = client.digest();
            }
            Err(error) => {
                refused += 1;
                let word = error.split(' ').next().unwrap_or_default();
                let known = [
                    "ERR",
                    "BADURL",
                    "BADCODE",
                    "CODETAKEN",
                    "POOLEMPTY",
                    "WRONGTYPE",
                ];
                assert!(known.contains(&word), "{name}: {error}");
                assert!(
                    error.len() < 1000 && !error.contains('\n'),
                    "{name}: an error is one short line: {error}"
                );
                assert!(!error.contains("internal error"), "{name}: {error}");
                assert_eq!(client.digest(), before, "{name} was refused with {error}");
            }
        }
    }
    assert!(
        refused > 100 && taken > 100,
        "{refused} refused, {taken} taken"
    );
    master.same_as(&replica);
}

#[test]
fn a_valid_command_with_one_argument_spoilt_changes_nothing_when_refused() {
    let mut random = Seeded::new();
    let server = Server::builder().module_args(STILL).start();
    let mut client = server.client();
    populate(&mut client);
    let mut before = client.digest();
    let valid: &[&[&str]] = &[
        &[
            "SHORTEN",
            EXAMPLE,
            "STRATEGY",
            "HASH",
            "NEW",
            "EX",
            "100",
            "MAXVISITS",
            "3",
            "NOTE",
            "n",
        ],
        &["SHORTEN", EXAMPLE, "ALIAS", "free", "PXAT", "9999999999999"],
        &[
            "LINK.SET",
            "alias-1",
            EXAMPLE,
            "XX",
            "KEEPTTL",
            "MAXVISITS",
            "3",
            "NOTE",
            "n",
            "CREATED",
            "5",
            "VISITS",
            "2",
        ],
        &["LINK.EXPIRE", "imported", "100"],
        &["LINK.SCAN", "0", "MATCH", "a*", "COUNT", "10"],
        &["CODEPOOL", "FILL", "3"],
        &["CODEPOOL", "TAKE", "2"],
        &["CODEPOOL", "RELEASE", "abcdef", "ghijkl"],
        &["CODEPOOL", "RESERVED", "0", "COUNT", "10"],
    ];
    for _ in 0..3000 {
        let mut command: Vec<Vec<u8>> = random
            .pick(valid)
            .iter()
            .map(|word| Vec::from(*word))
            .collect();
        // The subcommand stays: see above.
        let first = if command[0] == b"CODEPOOL" { 2 } else { 1 };
        let at = first + random.below(command.len() - first);
        match random.below(4) {
            0 => drop(command.remove(at)),
            1 => command.insert(at, argument(&mut random)),
            _ => command[at] = argument(&mut random),
        }
        match client.try_cmd(&command) {
            Ok(_) => before = client.digest(),
            Err(error) => assert_eq!(client.digest(), before, "refused with {error}"),
        }
    }
    client.ok(&["DEBUG", "RELOAD"]);
    assert_eq!(client.digest(), before);
}
