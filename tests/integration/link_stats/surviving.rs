//! Visit statistics survive reloads and restarts, reach replicas, and are counted at maxmemory.

use redis::Value;

use super::{CHROME, GOOGLEBOT, IPHONE};
use shorten_testkit::{EXAMPLE, SOON, STILL, Seeded, Server, now_ms};

#[test]
fn statistics_are_equal_on_a_replica_and_after_reloads() {
    let mut server = Server::builder()
        .module_args(STILL)
        .aof("everysec")
        .config("aof-use-rdb-preamble", "no")
        .start();
    let replica = Server::builder()
        .module_args("visit-ip-mode none visit-days 1")
        .replica_of(&server)
        .start();
    let mut client = server.client();
    let mut random = Seeded::new();
    let codes: Vec<String> = (0..50)
        .map(|n| client.text(&["SHORTEN", &format!("https://example.com/{n}")]))
        .collect();
    let agents = [CHROME, IPHONE, GOOGLEBOT, "curl/8.5.0", "nonsense"];
    for _ in 0..10 {
        let visits: Vec<Vec<String>> = (0..10_000)
            .map(|_| {
                let mut visit = vec!["VISIT".to_owned(), random.pick(&codes).clone()];
                if random.below(4) > 0 {
                    let ip = format!(
                        "10.{}.{}.{}",
                        random.below(250),
                        random.below(250),
                        random.below(250)
                    );
                    let referer = format!("https://host{}.example/", random.below(100));
                    let at = (now_ms() as usize - random.below(5_000_000_000)).to_string();
                    let country = *random.pick(&["DE", "US", "FR", "JP", "BR", "IN", "XX"]);
                    for word in [
                        "IP",
                        &ip,
                        "UA",
                        *random.pick(&agents),
                        "REFERER",
                        &referer,
                        "COUNTRY",
                        country,
                        "AT",
                        &at,
                    ] {
                        visit.push(word.to_owned());
                    }
                }
                visit
            })
            .collect();
        assert!(client.pipeline(&visits).iter().all(Result::is_ok));
    }
    server.same_as(&replica);
    let digest = client.digest();
    client.ok(&["DEBUG", "RELOAD"]);
    assert_eq!(client.digest(), digest, "after an RDB was read");
    server.kill9();
    server.restart();
    assert_eq!(
        server.client().digest(),
        digest,
        "after the AOF was replayed"
    );
    let mut client = server.client();
    client.cmd(&["BGREWRITEAOF"]);
    shorten_testkit::wait_until(
        "the AOF is rewritten",
        SOON,
        || client.info("persistence")["aof_rewrite_in_progress"].clone(),
        |going| going == "0",
    );
    server.kill9();
    server.restart();
    assert_eq!(
        server.client().digest(),
        digest,
        "after a rewritten AOF was replayed"
    );
    let total: i64 = codes
        .iter()
        .map(
            |code| match server.client().fields(&["LINK.STATS", code])["total"] {
                Value::Int(total) => total,
                ref other => panic!("{other:?}"),
            },
        )
        .sum();
    assert_eq!(total, 100_000);
}

#[test]
fn a_restart_counts_no_visitor_twice() {
    let mut server = Server::builder().aof("always").start();
    for way in ["by-aof", "by-rdb"] {
        let visit = ["VISIT", way, "IP", "192.0.2.1", "UA", CHROME];
        let mut client = server.client();
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", way]);
        client.text(&visit);
        if way == "by-rdb" {
            server.reconfigure(|builder| builder.config("appendonly", "no"));
            server.shutdown("SAVE");
        } else {
            server.kill9();
        }
        server.restart();
        let mut client = server.client();
        client.text(&visit);
        let stats = client.fields(&["LINK.STATS", way]);
        assert_eq!(
            (&stats["total"], &stats["visitors"]),
            (&Value::Int(2), &Value::Int(1)),
            "{way}"
        );
    }
}

#[test]
fn at_maxmemory_visits_are_answered_and_totals_still_count() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["CONFIG", "SET", "maxmemory", "1"]);
    for n in 0..50 {
        let referer = format!("https://host-{n}.example/");
        let answer = client.text(&["VISIT", "g8", "UA", CHROME, "REFERER", &referer]);
        assert_eq!(answer, EXAMPLE);
        client.text(&["VISIT", "g8", "UA", GOOGLEBOT]);
    }
    let stats = client.fields(&["LINK.STATS", "g8"]);
    assert_eq!(
        (&stats["humans"], &stats["bots"]),
        (&Value::Int(50), &Value::Int(50))
    );
    client.refused("OOM", &["SHORTEN", "https://example.com/another"]);
}
