//! Visit statistics move with the slot of their link.

use std::collections::BTreeMap;

use redis::Value;

use crate::resharding::move_slots;
use shorten_testkit::cluster::{Cluster, Router, node};
use shorten_testkit::{Client, Seeded, now_ms};

/// Returns the digest of every shard of a master.
fn digests(cluster: &Cluster) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    for nth in 0..3 {
        let mut client: Client = cluster.client(nth);
        for key in client.texts(&["KEYS", "shorten:*"]) {
            let digest = client.texts(&["DEBUG", "DIGEST-VALUE", &key]).concat();
            let twin = digests.insert(key.clone(), digest);
            assert_eq!(twin, None, "{key} is on two masters");
        }
    }
    digests
}

#[test]
fn statistics_are_equal_on_replicas_and_after_slot_migration() {
    let cluster = Cluster::of(3, true, &node());
    let mut router = Router::new(&cluster);
    let codes: Vec<String> = (0..120)
        .map(|n| router.text(&["SHORTEN", &format!("https://example.com/{n}")]))
        .collect();
    let mut random = Seeded::new();
    for n in 0..12_000_usize {
        let ip = format!("10.0.{}.{}", random.below(250), random.below(250));
        let at = (now_ms() as usize - random.below(1_000_000_000)).to_string();
        let country = *random.pick(&["DE", "US", "FR", "JP", "XX"]);
        let referer = format!("https://host{}.example/", random.below(100));
        let visit = [
            "VISIT",
            &codes[n % 120],
            "IP",
            &ip,
            "COUNTRY",
            country,
            "REFERER",
            &referer,
            "AT",
            &at,
        ];
        router.text(&visit);
    }
    let before = digests(&cluster);
    move_slots(&cluster, 0, 1, 3000);
    move_slots(&cluster, 1, 2, 3000);
    cluster.agree();
    let after = digests(&cluster);
    assert_eq!(after, before);
    cluster.replicas_are_the_same();
    let mut router = Router::new(&cluster);
    let total: i64 = codes
        .iter()
        .map(|code| match router.cmd(&["LINK.STATS", code]) {
            Value::Array(fields) => match fields[1] {
                Value::Int(total) => total,
                ref other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(total, 12_000);
}
