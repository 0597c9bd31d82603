//! Codes taken by CODEPOOL TAKE: listed by RESERVED, returned by RELEASE, and not drawn above
//! maxmemory.

use std::collections::BTreeSet;

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, SOON, Server, requires, text_of, wait_until};

/// Starts a server whose pool is not refilled automatically.
fn server() -> Server {
    Server::builder()
        .module_args("pool-min 0 pool-max 100")
        .start()
}

fn take(client: &mut Client, count: usize) -> Vec<String> {
    client.texts(&["CODEPOOL", "TAKE", &count.to_string()])
}

fn release<C: AsRef<str>>(client: &mut Client, codes: &[C]) -> i64 {
    let mut command = vec!["CODEPOOL", "RELEASE"];
    command.extend(codes.iter().map(AsRef::as_ref));
    client.int(&command)
}

/// Returns every code of a full RESERVED scan.
fn reserved(client: &mut Client, options: &[&str]) -> BTreeSet<String> {
    let (mut codes, mut cursor) = (BTreeSet::new(), "0".to_owned());
    loop {
        let mut command = vec!["CODEPOOL", "RESERVED", &cursor];
        command.extend_from_slice(options);
        let reply = client.items(&command);
        let Value::Array(page) = &reply[1] else {
            panic!("{reply:?}")
        };
        for code in page {
            assert!(codes.insert(text_of(code)), "{code:?} occurs twice");
        }
        cursor = text_of(&reply[0]);
        assert!(cursor.parse::<u64>().unwrap() < 1 << 53, "{cursor}");
        if cursor == "0" {
            return codes;
        }
    }
}

fn held(client: &mut Client) -> (Value, Value) {
    let mut info = client.fields(&["CODEPOOL", "INFO"]);
    (
        info.remove("size").unwrap(),
        info.remove("reserved").unwrap(),
    )
}

#[test]
fn reserved_shows_every_code_taken_and_not_claimed() {
    let server = server();
    for mut client in [server.client(), server.client3()] {
        let before = reserved(&mut client, &[]);
        let taken = take(&mut client, 50);
        let mut expected: BTreeSet<_> = before.into_iter().chain(taken.clone()).collect();
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", &taken[0]]);
        client.ok(&["LINK.SET", &taken[1], EXAMPLE]);
        assert_eq!(release(&mut client, &taken[2..5]), 3);
        expected.retain(|code| !taken[..5].contains(code));
        for options in [
            &[][..],
            &["COUNT", "1"],
            &["COUNT", "7"],
            &["COUNT", "100000"],
        ] {
            assert_eq!(reserved(&mut client, options), expected, "{options:?}");
        }
    }
}

#[test]
fn release_returns_the_number_of_codes_released() {
    let server = server();
    let mut client = server.client();
    client.int(&["CODEPOOL", "FILL", "60"]);
    let taken = take(&mut client, 10);
    assert_eq!(release(&mut client, &taken[..3]), 3);
    assert_eq!(
        release(&mut client, &taken[..4]),
        1,
        "three are free already"
    );
    assert_eq!(
        release(&mut client, &[&taken[4], &taken[4]]),
        1,
        "twice is once"
    );
    assert_eq!(held(&mut client), (Value::Int(50), Value::Int(5)));
    // Only taken codes are released, not the code of a link nor a code that was never taken.
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", &taken[5]]);
    assert_eq!(
        release(&mut client, &[&taken[5], "abc", "an-alias", "00000a"]),
        0
    );
    assert_eq!(client.text(&["RESOLVE", &taken[5]]), EXAMPLE);
    assert_eq!(held(&mut client), (Value::Int(50), Value::Int(4)));
}

#[test]
fn a_released_code_is_free_and_never_pooled_and_in_use_at_once() {
    let server = server();
    let mut client = server.client();
    client.int(&["CODEPOOL", "FILL"]);
    let taken = take(&mut client, 20);
    assert_eq!(release(&mut client, &taken), 20);
    for code in &taken[..10] {
        assert_eq!(client.text(&["SHORTEN", EXAMPLE, "ALIAS", code]), *code);
    }
    // All codes that the pool gives from now on belong to other clients.
    let mut seen: BTreeSet<_> = taken.into_iter().collect();
    for code in take(&mut client, 80) {
        assert!(seen.insert(code.clone()), "{code} was handed out again");
    }
}

#[test]
fn releases_reach_replicas_and_survive_a_restart() {
    let mut server = Server::builder()
        .aof("always")
        .module_args("pool-min 0 pool-max 100")
        .start();
    let mut client = server.client();
    let replica = Server::builder()
        .module_args("pool-min 0 pool-max 100")
        .replica_of(&server)
        .start();
    let taken = take(&mut client, 30);
    assert_eq!(release(&mut client, &taken[..10]), 10);
    server.same_as(&replica);
    wait_until(
        "the replica has twenty",
        SOON,
        || replica.client().stat("shorten_pool_reserved"),
        |taken| *taken == 20,
    );
    let digest = client.digest();
    let expected: BTreeSet<_> = taken[10..].iter().cloned().collect();
    server.restart();
    let mut client = server.client();
    assert_eq!(client.digest(), digest);
    assert_eq!(reserved(&mut client, &[]), expected);
    let rest: Vec<_> = expected.into_iter().collect();
    assert_eq!(release(&mut client, &rest), 20);
    assert!(reserved(&mut client, &[]).is_empty());
}

#[test]
fn a_replica_shows_what_is_reserved() {
    requires!(since(7, 0), "subcommands of modules");
    let server = server();
    let replica = Server::builder()
        .module_args("pool-min 0 pool-max 100")
        .replica_of(&server)
        .start();
    let taken: BTreeSet<_> = take(&mut server.client(), 30).into_iter().collect();
    server.same_as(&replica);
    let mut there = replica.client();
    assert_eq!(reserved(&mut there, &["COUNT", "4"]), taken);
    let code = taken.first().unwrap();
    there.refused("READONLY", &["CODEPOOL", "RELEASE", code]);
}

#[test]
fn a_wrong_release_or_reserved_is_refused_and_changes_nothing() {
    let server = server();
    let mut client = server.client();
    let taken = take(&mut client, 3);
    let before = client.digest();
    client.refused("BADCODE", &["CODEPOOL", "RELEASE", &taken[0], "a b"]);
    client.refused("BADCODE", &["CODEPOOL", "RELEASE", "", &taken[0]]);
    for command in [
        &["CODEPOOL", "RELEASE"][..],
        &["CODEPOOL", "RESERVED"],
        &["CODEPOOL", "RESERVED", "x"],
        &["CODEPOOL", "RESERVED", "-1"],
        &["CODEPOOL", "RESERVED", "9007199254740992"],
        &["CODEPOOL", "RESERVED", "0", "COUNT"],
        &["CODEPOOL", "RESERVED", "0", "COUNT", "0"],
        &["CODEPOOL", "RESERVED", "0", "COUNT", "x"],
        &["CODEPOOL", "RESERVED", "0", "MATCH", "x"],
        &["CODEPOOL", "RESERVED", "0", "COUNT", "1", "COUNT", "1"],
    ] {
        client.refused("ERR", command);
    }
    assert_eq!(client.digest(), before);
    assert_eq!(reserved(&mut client, &[]), taken.into_iter().collect());
    for cursor in ["1", "4611686018427387", "9007199254740991"] {
        client.items(&["CODEPOOL", "RESERVED", cursor]);
    }
}

#[test]
fn each_database_has_its_own_taken_codes() {
    let server = server();
    let mut client = server.client();
    let taken = take(&mut client, 2);
    client.ok(&["SELECT", "1"]);
    assert!(reserved(&mut client, &[]).is_empty());
    assert_eq!(release(&mut client, &taken), 0);
    client.ok(&["SELECT", "0"]);
    assert_eq!(release(&mut client, &taken), 2);
}

#[test]
fn above_maxmemory_take_returns_pooled_codes_and_draws_none() {
    let server = server();
    let mut client = server.client();
    client.int(&["CODEPOOL", "FILL", "30"]);
    client.ok(&["CONFIG", "SET", "maxmemory", "1"]);
    client.text(&["CODEPOOL", "TAKE"]);
    assert_eq!(take(&mut client, 9).len(), 9);
    assert_eq!(take(&mut client, 100).len(), 20, "as many as there are");
    let before = client.digest();
    client.refused("OOM", &["CODEPOOL", "TAKE"]);
    client.refused("OOM", &["CODEPOOL", "TAKE", "5"]);
    client.refused("OOM", &["CODEPOOL", "FILL", "5"]);
    assert_eq!(client.digest(), before);
    // Commands that free memory still work.
    let taken: Vec<_> = reserved(&mut client, &[]).into_iter().collect();
    assert_eq!(release(&mut client, &taken), 30);
    client.ok(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(take(&mut client, 5).len(), 5);
}

#[test]
fn command_docs_describe_release_and_reserved() {
    requires!(since(7, 0), "COMMAND DOCS");
    let server = server();
    let mut client = server.client();
    let docs = client.cmd(&["COMMAND", "DOCS", "codepool"]);
    let docs = format!("{docs:?}").to_lowercase();
    for word in [
        "codepool|release",
        "codepool|reserved",
        "multiple",
        "cursor",
    ] {
        let bytes = format!("{:?}", redis::Value::BulkString(word.into())).to_lowercase();
        let known = docs.contains(&bytes) || docs.contains(word);
        assert!(known, "{word} is not in {docs}");
    }
}
