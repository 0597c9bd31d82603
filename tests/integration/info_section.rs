//! INFO shorten: totals of all data, at low cost.

use std::time::Instant;

use shorten_testkit::{EXAMPLE, SOON, Server, version, wait_until};

const FIELDS: [&str; 21] = [
    "shorten_links",
    "shorten_shards",
    "shorten_memory_bytes",
    "shorten_pool_size",
    "shorten_pool_reserved",
    "shorten_visited_links",
    "shorten_visits",
    "shorten_bot_visits",
    "shorten_unreadable_addresses",
    "shorten_visit_log_added",
    "shorten_visit_log_dropped",
    "shorten_expired_links",
    "shorten_collisions",
    "shorten_created_counter",
    "shorten_created_hash",
    "shorten_created_pool",
    "shorten_created_alias",
    "shorten_largest_shard_links",
    "shorten_eviction_risk",
    "shorten_geoip_loaded",
    "shorten_geoip_build_epoch",
];

#[test]
fn a_fresh_server_shows_every_field_at_zero() {
    let server = Server::start();
    let mut client = server.client();
    for field in FIELDS {
        assert_eq!(client.stat(field), 0, "{field}");
    }
    let everything = client.text(&["INFO", "everything"]);
    // Redis 6.2 does not show it in `INFO everything`, but in `INFO modules` and by the section's
    // name.
    assert!(
        !version().since(7, 0) || everything.contains("shorten_links:0"),
        "{everything}"
    );
}

#[test]
fn it_counts_links_shards_pool_codes_and_strategies() {
    let server = Server::builder()
        .module_args("pool-min 0 pool-max 10")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", "https://example.com/1"]);
    client.text(&["SHORTEN", "https://example.com/1"]);
    client.text(&["SHORTEN", "https://example.com/2", "STRATEGY", "HASH"]);
    client.text(&["SHORTEN", "https://example.com/3", "STRATEGY", "POOL"]);
    client.text(&["SHORTEN", "https://example.com/4", "STRATEGY", "POOL"]);
    client.text(&["SHORTEN", "https://example.com/5", "ALIAS", "x"]);
    client.int(&["CODEPOOL", "FILL", "7"]);
    client.texts(&["CODEPOOL", "TAKE", "3"]);
    for (field, value) in [
        ("shorten_links", 5),
        ("shorten_created_counter", 1),
        ("shorten_created_hash", 1),
        ("shorten_created_pool", 2),
        ("shorten_created_alias", 1),
        ("shorten_pool_size", 4),
        ("shorten_pool_reserved", 3),
        ("shorten_eviction_risk", 0),
    ] {
        assert_eq!(client.stat(field), value, "{field}");
    }
    assert_eq!(client.stat("shorten_shards"), client.int(&["DBSIZE"]));
    assert!(client.stat("shorten_memory_bytes") > 100);
    assert!(client.stat("shorten_largest_shard_links") >= 1);
}

#[test]
fn the_largest_shard_is_named_by_its_links() {
    let server = Server::start();
    let mut client = server.client();
    // A hash tag groups URLs and aliases. Codes have none, so many links of one shard are found by
    // trial.
    let aliases: Vec<_> = (0..)
        .map(|n| format!("a{n}"))
        .filter(|alias| shorten_testkit::slot(alias) == 77)
        .take(5)
        .collect();
    for alias in &aliases {
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", alias]);
    }
    assert_eq!(client.stat("shorten_largest_shard_links"), 5);
}

#[test]
fn totals_follow_deletion_flush_and_reload() {
    let server = Server::start();
    let mut client = server.client();
    for n in 0..100 {
        client.text(&["SHORTEN", &format!("https://example.com/{n}")]);
    }
    for n in 0..40 {
        client.int(&["LINK.DEL", &shorten_testkit::base62(1000 + n)]);
    }
    assert_eq!(client.stat("shorten_links"), 60);
    client.ok(&["DEBUG", "RELOAD"]);
    assert_eq!(client.int(&["LINK.COUNT"]), 60);
    // A background thread can free old values, which count until then.
    wait_until(
        "the totals agree",
        SOON,
        || client.stat("shorten_links"),
        |links| *links == 60,
    );
    client.ok(&["FLUSHALL"]);
    for field in [
        "shorten_links",
        "shorten_shards",
        "shorten_memory_bytes",
        "shorten_largest_shard_links",
    ] {
        wait_until(field, SOON, || client.stat(field), |value| *value == 0);
    }
}

#[test]
fn it_is_cheap_enough_to_poll_however_many_links_there_are() {
    let server = Server::start();
    let mut client = server.client();
    let commands: Vec<_> = (0..100_000)
        .map(|n| vec!["SHORTEN".into(), format!("https://example.com/{n}")])
        .collect();
    client.pipeline(&commands);
    let mut times: Vec<_> = (0..50)
        .map(|_| {
            let start = Instant::now();
            client.text(&["INFO", "shorten"]);
            start.elapsed()
        })
        .collect();
    times.sort();
    assert!(
        times[25].as_millis() < 3,
        "the median INFO takes {:?}",
        times[25]
    );
}
