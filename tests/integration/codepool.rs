//! CODEPOOL: codes drawn in advance, each used once.

use std::collections::BTreeSet;

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, SOON, Server, wait_until};

fn size(client: &mut Client) -> i64 {
    client.int(&["CODEPOOL", "SIZE"])
}

/// Waits until the pool is full.
#[track_caller]
fn grows_to(client: &mut Client, codes: i64) {
    wait_until(
        "the pool is full",
        SOON,
        || size(client),
        |size| *size == codes,
    );
}

#[test]
fn nothing_is_filled_until_a_pool_is_used() {
    let server = Server::builder()
        .module_args("pool-min 10 pool-max 50")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    assert_eq!(size(&mut client), 0);
    assert_eq!(client.stat("shorten_pool_size"), 0);
    client.text(&["CODEPOOL", "TAKE"]);
    grows_to(&mut client, 50);
}

#[test]
fn the_strategy_pool_fills_the_pool_automatically() {
    let server = Server::builder()
        .module_args("strategy pool pool-min 10 pool-max 500")
        .start();
    let mut client = server.client();
    grows_to(&mut client, 500);
}

#[test]
fn the_pool_refills_to_pool_max_once_below_pool_min() {
    let server = Server::builder()
        .module_args("strategy pool pool-min 100 pool-max 300")
        .start();
    let mut client = server.client();
    grows_to(&mut client, 300);
    // Nothing is added at pool-min. The timer reclaims links and refills pools in the same tick, so
    // each reclaimed link shows a tick without a refill.
    client.texts(&["CODEPOOL", "TAKE", "200"]);
    for reclaimed in 1..=5 {
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", "brief", "PX", "1"]);
        wait_until(
            "the expired link is reclaimed",
            SOON,
            || client.stat("shorten_expired_links"),
            |links| *links == reclaimed,
        );
        assert_eq!(size(&mut client), 100);
    }
    client.text(&["SHORTEN", EXAMPLE]);
    grows_to(&mut client, 300);
}

#[test]
fn fill_adds_now_and_never_beyond_pool_max() {
    let server = Server::builder()
        .module_args("pool-min 0 pool-max 1000")
        .start();
    let mut client = server.client();
    assert_eq!(client.int(&["CODEPOOL", "FILL", "100"]), 100);
    assert_eq!(size(&mut client), 100);
    assert_eq!(client.int(&["CODEPOOL", "FILL"]), 900);
    assert_eq!(client.int(&["CODEPOOL", "FILL"]), 0);
    assert_eq!(client.int(&["CODEPOOL", "FILL", "5000"]), 0);
    assert_eq!(size(&mut client), 1000);
}

#[test]
fn take_returns_one_code_or_an_array_when_given_a_count() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(client.text(&["CODEPOOL", "TAKE"]).len(), 6);
    assert_eq!(client.texts(&["CODEPOOL", "TAKE", "1"]).len(), 1);
    assert_eq!(client.texts(&["CODEPOOL", "TAKE", "7"]).len(), 7);
}

#[test]
fn codes_are_distinct_and_in_random_order() {
    let server = Server::builder().module_args("pool-max 20000").start();
    let mut client = server.client();
    let codes = client.texts(&["CODEPOOL", "TAKE", "20000"]);
    assert_eq!(codes.len(), 20000);
    assert!(
        codes
            .iter()
            .all(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    );
    assert_eq!(
        codes.iter().collect::<BTreeSet<_>>().len(),
        20000,
        "all distinct"
    );

    // Ascending and descending neighbors are equally frequent: 10,000 of 20,000, within seven
    // standard deviations of 41.
    let ascending = codes.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!(
        (9_700..10_300).contains(&ascending),
        "{ascending} of 20000 ascend"
    );
    // At each position every digit occurs 322 times on average, with a standard deviation of 18.
    for place in 0..6 {
        let mut counts = std::collections::BTreeMap::new();
        for code in &codes {
            *counts.entry(code.as_bytes()[place]).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 62, "place {place}");
        assert!(
            counts.values().all(|count| (190..460).contains(count)),
            "place {place}: {counts:?}"
        );
    }
}

#[test]
fn taken_codes_stay_reserved_until_a_link_claims_them() {
    let server = Server::builder()
        .module_args("strategy pool pool-min 0 pool-max 100")
        .start();
    let mut client = server.client();
    let taken: BTreeSet<_> = client
        .texts(&["CODEPOOL", "TAKE", "50"])
        .into_iter()
        .collect();
    assert_eq!(
        client.fields(&["CODEPOOL", "INFO"])["reserved"],
        Value::Int(50)
    );
    for n in 0..200 {
        let code = client.text(&["SHORTEN", &format!("https://example.com/{n}")]);
        assert!(!taken.contains(&code), "{code} was handed out twice");
    }
    let mut taken = taken.into_iter();
    let (first, second) = (taken.next().unwrap(), taken.next().unwrap());
    assert_eq!(client.text(&["SHORTEN", EXAMPLE, "ALIAS", &first]), first);
    client.ok(&["LINK.SET", &second, EXAMPLE]);
    assert_eq!(
        client.fields(&["CODEPOOL", "INFO"])["reserved"],
        Value::Int(48)
    );
    assert_eq!(client.text(&["RESOLVE", &first]), EXAMPLE);
    assert_eq!(client.text(&["RESOLVE", &second]), EXAMPLE);
    client.nil(&["RESOLVE", &taken.next().unwrap()]);
}

#[test]
fn clear_empties_the_pool_and_keeps_what_was_taken() {
    let server = Server::builder()
        .module_args("pool-min 0 pool-max 100")
        .start();
    let mut client = server.client();
    client.int(&["CODEPOOL", "FILL", "60"]);
    client.texts(&["CODEPOOL", "TAKE", "10"]);
    assert_eq!(client.int(&["CODEPOOL", "CLEAR"]), 50);
    assert_eq!(client.int(&["CODEPOOL", "CLEAR"]), 0);
    let info = client.fields(&["CODEPOOL", "INFO"]);
    assert_eq!(
        (&info["size"], &info["reserved"]),
        (&Value::Int(0), &Value::Int(10))
    );
}

#[test]
fn info_shows_size_reserved_codes_and_bounds() {
    let server = Server::builder()
        .module_args("pool-min 5 pool-max 70")
        .start();
    let mut client = server.client();
    client.int(&["CODEPOOL", "FILL", "33"]);
    client.text(&["CODEPOOL", "TAKE"]);
    for mut client in [server.client(), server.client3()] {
        let info = client.fields(&["CODEPOOL", "INFO"]);
        for (name, value) in [("size", 32), ("reserved", 1), ("min", 5), ("max", 70)] {
            assert_eq!(info[name], Value::Int(value), "{name}");
        }
    }
}

#[test]
fn an_empty_pool_draws_codes_immediately() {
    let server = Server::builder()
        .module_args("pool-min 0 pool-max 3")
        .start();
    let mut client = server.client();
    assert_eq!(client.int(&["CODEPOOL", "FILL"]), 3);
    let codes: BTreeSet<_> = client
        .texts(&["CODEPOOL", "TAKE", "10"])
        .into_iter()
        .collect();
    assert_eq!(codes.len(), 10);
}

#[test]
fn take_fails_with_poolempty_only_when_the_pool_is_disabled() {
    let server = Server::builder()
        .module_args("pool-min 0 pool-max 0")
        .start();
    let mut client = server.client();
    client.refused("POOLEMPTY", &["CODEPOOL", "TAKE"]);
    client.refused("POOLEMPTY", &["CODEPOOL", "TAKE", "3"]);
    assert_eq!(
        client.text(&["SHORTEN", EXAMPLE, "STRATEGY", "POOL"]).len(),
        6
    );
    assert_eq!(client.int(&["CODEPOOL", "FILL"]), 0);
}

#[test]
fn a_wrong_call_is_refused_and_changes_nothing() {
    let server = Server::start();
    let mut client = server.client();
    let before = client.digest();
    let wrong: &[&[&str]] = &[
        &["CODEPOOL"],
        &["CODEPOOL", "NONSENSE"],
        &["CODEPOOL", "FILL", "x"],
        &["CODEPOOL", "FILL", "-1"],
        &["CODEPOOL", "FILL", "1", "2"],
        &["CODEPOOL", "TAKE", "-1"],
        &["CODEPOOL", "TAKE", "1.5"],
        &["CODEPOOL", "TAKE", "9223372036854775807"],
        &["CODEPOOL", "TAKE", "99999999999999999999"],
        &["CODEPOOL", "SIZE", "x"],
        &["CODEPOOL", "CLEAR", "x"],
    ];
    for command in wrong {
        client.refused("ERR", command);
    }
    assert_eq!(client.digest(), before);
    assert_eq!(size(&mut client), 0);
}

#[test]
fn help_lists_the_subcommands() {
    let server = Server::start();
    let help = server.client().texts(&["CODEPOOL", "HELP"]).join("\n");
    for word in [
        "FILL", "TAKE", "RELEASE", "RESERVED", "SIZE", "INFO", "CLEAR", "HELP",
    ] {
        assert!(help.contains(word), "{word} is not in: {help}");
    }
}

#[test]
fn pool_and_taken_codes_survive_restarts_and_reach_replicas() {
    let mut server = Server::builder()
        .aof("everysec")
        .module_args("pool-min 0 pool-max 100")
        .start();
    let mut client = server.client();
    client.int(&["CODEPOOL", "FILL", "40"]);
    let mut taken: BTreeSet<_> = client
        .texts(&["CODEPOOL", "TAKE", "15"])
        .into_iter()
        .collect();
    let replica = Server::builder()
        .module_args("pool-min 0 pool-max 100")
        .replica_of(&server)
        .start();
    server.same_as(&replica);
    let mut there = replica.client();
    assert_eq!(
        (
            there.stat("shorten_pool_size"),
            there.stat("shorten_pool_reserved")
        ),
        (25, 15)
    );

    let digest = client.digest();
    server.restart();
    let mut client = server.client();
    assert_eq!(client.digest(), digest);
    assert_eq!(size(&mut client), 25);
    for code in client.texts(&["CODEPOOL", "TAKE", "85"]) {
        assert!(
            taken.insert(code.clone()),
            "{code} was handed out again after the restart"
        );
    }
    server.same_as(&replica);
}
