//! Memory: reported, freed in the background, and moved by active defragmentation.

use redis::Value;

use shorten_testkit::{Client, SOON, STILL, Server, links, populate, text_of, wait_until};

/// Creates links of typical length and returns their codes.
fn fill(client: &mut Client, count: usize) -> Vec<String> {
    let url = |n| format!("https://example.com/{n}/{}", "x".repeat(n % 200));
    let commands: Vec<_> = (0..count).map(|n| vec!["SHORTEN".into(), url(n)]).collect();
    client
        .pipeline(&commands)
        .into_iter()
        .map(|reply| text_of(&reply.unwrap()))
        .collect()
}

#[test]
fn memory_usage_of_the_shards_is_close_to_the_servers_growth() {
    let server = Server::start();
    let mut client = server.client();
    let used = |client: &mut Client| client.info("memory")["used_memory"].parse::<i64>().unwrap();
    let empty = used(&mut client);
    fill(&mut client, 100_000);
    let keys = client.texts(&["KEYS", "shorten:*"]);
    let reported: i64 = keys
        .iter()
        .map(|key| client.int(&["MEMORY", "USAGE", key]))
        .sum();
    let taken = used(&mut client) - empty;
    assert!(
        (taken * 7 / 10..taken * 13 / 10).contains(&reported),
        "{reported} bytes reported, {taken} used"
    );
    let bytes = client.stat("shorten_memory_bytes");
    assert!(
        (taken * 6 / 10..taken * 13 / 10).contains(&bytes),
        "{bytes} bytes by INFO shorten, {taken} taken"
    );
}

#[test]
fn shards_unlinked_in_the_background_free_all_their_memory() {
    let server = Server::start();
    let mut client = server.client();
    fill(&mut client, 50_000);
    for key in client.texts(&["KEYS", "shorten:*"]) {
        assert_eq!(client.int(&["UNLINK", &key]), 1);
    }
    for field in ["shorten_links", "shorten_memory_bytes", "shorten_shards"] {
        wait_until(field, SOON, || client.stat(field), |value| *value == 0);
    }
}

#[test]
fn active_defragmentation_changes_nothing() {
    let server = Server::builder().module_args(STILL).start();
    let mut client = server.client();
    if client
        .try_cmd(&["CONFIG", "SET", "activedefrag", "yes"])
        .is_err()
    {
        eprintln!("skipped: this server was built without active defragmentation");
        return;
    }
    client.ok(&["CONFIG", "SET", "activedefrag", "no"]);
    populate(&mut client);
    let codes = fill(&mut client, 40_000);
    // Deletes links everywhere, to fragment the memory.
    let delete: Vec<_> = codes
        .iter()
        .enumerate()
        .filter(|(n, _)| n % 4 > 0)
        .map(|(_, code)| vec!["LINK.DEL", code])
        .collect();
    assert!(
        client
            .pipeline(&delete)
            .into_iter()
            .all(|reply| reply == Ok(Value::Int(1)))
    );
    let (before, digest) = (links(&mut client), client.digest());
    for (name, value) in [
        ("active-defrag-ignore-bytes", "1"),
        ("active-defrag-threshold-lower", "1"),
        ("active-defrag-threshold-upper", "2"),
        ("active-defrag-cycle-min", "50"),
        ("active-defrag-cycle-max", "75"),
        ("activedefrag", "yes"),
    ] {
        client.ok(&["CONFIG", "SET", name, value]);
    }
    let moved = |client: &mut Client| {
        client.info("stats")["active_defrag_hits"]
            .parse::<u64>()
            .unwrap()
    };
    wait_until(
        "something is moved",
        SOON,
        || moved(&mut client),
        |moved| *moved > 100,
    );
    assert_eq!(client.digest(), digest);
    assert_eq!(links(&mut client), before);
}
