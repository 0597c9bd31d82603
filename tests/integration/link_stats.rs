//! LINK.STATS: the visits counted by VISIT, by dimension.

use std::collections::BTreeMap;

use redis::Value;

use shorten_testkit::{Client, EXAMPLE, SOON, STILL, Server, fields_of, now_ms, requires, text_of};

mod surviving;

const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/104.0.0.0 Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// Returns a dimension's names and counts.
#[track_caller]
fn by(client: &mut Client, code: &str, dimension: &str) -> BTreeMap<String, i64> {
    let mut fields = client.fields(&["LINK.STATS", code, "BY", dimension]);
    let rows = fields.remove(dimension).expect(dimension);
    fields_of(rows)
        .into_iter()
        .map(|(name, count)| match count {
            Value::Int(count) => (name, count),
            other => panic!("{name}: {other:?}"),
        })
        .collect()
}

fn counts<const N: usize>(rows: [(&str, i64); N]) -> BTreeMap<String, i64> {
    rows.map(|(name, count)| (name.to_owned(), count)).into()
}

#[test]
fn visits_are_counted_by_visitor_country_referer_and_agent() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    for (ip, agent, referer, country) in [
        ("192.0.2.1", CHROME, "https://News.example/a?b", "DE"),
        ("192.0.2.200", CHROME, "https://news.example/", "de"),
        ("198.51.100.7", IPHONE, "android-app://x.y/", "US"),
        ("2001:db8::1", GOOGLEBOT, "https://google.com/", "US"),
    ] {
        let options = [
            "VISIT", "g8", "ip", ip, "Ua", agent, "REFERER", referer, "country", country,
        ];
        assert_eq!(client.text(&options), EXAMPLE);
    }
    client.text(&["VISIT", "g8"]);
    let stats = client.fields(&["LINK.STATS", "g8"]);
    let number = |name: &str| stats[name].clone();
    assert_eq!(
        ["total", "humans", "bots", "visitors"].map(number),
        [5, 4, 1, 2].map(Value::Int),
        "two of one network with one browser are one visitor, as addresses are kept without their last octet"
    );
    assert_eq!(
        by(&mut client, "g8", "country"),
        counts([("DE", 2), ("US", 1)])
    );
    assert_eq!(
        by(&mut client, "g8", "browser"),
        counts([("Chrome", 2), ("Safari", 1)])
    );
    assert_eq!(
        by(&mut client, "g8", "os"),
        counts([("Mac OS X", 2), ("iOS", 1)])
    );
    assert_eq!(
        by(&mut client, "g8", "device"),
        counts([("Computer", 2), ("Mobile", 1)])
    );
    let referers = by(&mut client, "g8", "referer");
    assert_eq!(referers["news.example"], 2);
    let fields = client.fields(&["LINK.STATS", "g8", "BY", "os"]);
    assert_eq!(
        (&fields["unknown"], &fields["max-error"]),
        (&Value::Int(1), &Value::Int(0))
    );
    assert_eq!(client.fields(&["LINK.INFO", "g8"])["visits"], Value::Int(4));
    assert_eq!(
        (
            client.stat("shorten_visits"),
            client.stat("shorten_bot_visits")
        ),
        (4, 1)
    );
}

#[test]
fn bots_do_not_count_toward_maxvisits_and_each_visit_counts_once() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "once", "MAXVISITS", "1"]);
    for _ in 0..3 {
        assert_eq!(client.text(&["VISIT", "once", "UA", GOOGLEBOT]), EXAMPLE);
    }
    assert_eq!(client.text(&["VISIT", "once", "UA", CHROME]), EXAMPLE);
    client.nil(&["VISIT", "once", "UA", CHROME]);
    client.nil(&["VISIT", "once", "UA", GOOGLEBOT]);
    let stats = client.fields(&["LINK.STATS", "once"]);
    assert_eq!(
        (&stats["humans"], &stats["bots"]),
        (&Value::Int(1), &Value::Int(3))
    );
}

#[test]
fn invalid_visitor_data_is_unknown_and_the_visit_counts() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let long = "x".repeat(1 << 20);
    for options in [
        ["IP", "999.1.2.3"],
        ["IP", ""],
        ["UA", &long],
        ["UA", "\u{1}\u{7f}\r\n"],
        ["REFERER", &long],
        ["REFERER", "no url\0at all"],
        ["COUNTRY", "XX"],
        ["COUNTRY", "t1"],
    ] {
        assert_eq!(
            client.text(&["VISIT", "g8", options[0], options[1]]),
            EXAMPLE
        );
    }
    let stats = client.fields(&["LINK.STATS", "g8", "BY", "country"]);
    assert_eq!(
        (&stats["humans"], &stats["unknown"], &stats["visitors"]),
        (&Value::Int(8), &Value::Int(8), &Value::Int(0))
    );
    assert!(
        client.stat("shorten_memory_bytes") < 10_000,
        "nothing long is kept"
    );
    for wrong in [
        &["VISIT", "g8", "IP"][..],
        &["VISIT", "g8", "AT", "1", "AT", "2"],
        &["VISIT", "g8", "COOKIE", "x"],
    ] {
        client.refused("ERR", wrong);
    }
    assert_eq!(client.fields(&["LINK.STATS", "g8"])["total"], Value::Int(8));
}

#[test]
fn days_and_hours_are_listed_in_order_within_bounds_or_by_count() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let hour = 3_600_000;
    let now = now_ms() / hour * hour;
    for (hours_ago, visits) in [(5, 2), (30, 1), (1, 3)] {
        for _ in 0..visits {
            let at = (now - hours_ago * hour + 7).to_string();
            client.text(&["VISIT", "g8", "AT", &at]);
        }
    }
    let rows = |client: &mut Client, options: &[&str]| {
        let mut command = vec!["LINK.STATS", "g8", "BY", "hour"];
        command.extend_from_slice(options);
        let fields = client.items(&command);
        let Value::Array(rows) = fields.last().unwrap().clone() else {
            panic!("{fields:?}")
        };
        let numbers = rows.into_iter().map(|row| match row {
            Value::Int(number) if number > 1_000_000 => (number - now) / hour,
            Value::Int(number) => number,
            other => panic!("{other:?}"),
        });
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(rows(&mut client, &[]), [-30, 1, -5, 2, -1, 3]);
    assert_eq!(rows(&mut client, &["TOP", "2"]), [-1, 3, -5, 2]);
    let (from, to) = ((now - 5 * hour).to_string(), (now - 2 * hour).to_string());
    assert_eq!(rows(&mut client, &["FROM", &from]), [-5, 2, -1, 3]);
    assert_eq!(rows(&mut client, &["TO", &to]), [-30, 1, -5, 2]);
    let within = (now - 5 * hour + hour / 2).to_string();
    assert_eq!(
        rows(&mut client, &["FROM", &within, "TO", &within]),
        [-5, 2],
        "the hour that FROM falls into is shown"
    );
    assert_eq!(
        rows(&mut client, &["FROM", &from, "TO", &to, "TOP", "9"]),
        [-5, 2]
    );
    for wrong in [
        &["LINK.STATS", "g8", "BY"][..],
        &["LINK.STATS", "g8", "BY", "moon"],
        &["LINK.STATS", "g8", "TOP", "3"],
        &["LINK.STATS", "g8", "BY", "day", "TOP", "0"],
        &["LINK.STATS", "g8", "BY", "os", "FROM", "1"],
        &["LINK.STATS", "g8", "FROM", "1"],
        &["LINK.STATS", "g8", "BY", "day", "FROM", "x"],
        &["LINK.STATS", "g8", "BY", "day", "BY", "day"],
    ] {
        client.refused("ERR", wrong);
    }
}

#[test]
fn it_is_a_map_in_resp3_and_a_flat_array_in_resp2_with_the_totals_first() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.text(&["VISIT", "g8", "UA", CHROME]);
    let keys = [
        "total",
        "humans",
        "bots",
        "visitors",
        "first-visit",
        "last-visit",
        "browser",
        "unknown",
        "max-error",
    ];
    let command = ["LINK.STATS", "g8", "BY", "BROWSER"];
    let flat = client.items(&command);
    let names: Vec<_> = flat.iter().step_by(2).map(text_of).collect();
    assert_eq!(names, keys);
    if shorten_testkit::version().since(7, 0) {
        let Value::Map(pairs) = server.client3().cmd(&command) else {
            panic!("no map")
        };
        let names: Vec<_> = pairs.iter().map(|(name, _)| text_of(name)).collect();
        assert_eq!(names, keys);
        assert!(matches!(&pairs[6].1, Value::Map(rows) if rows.len() == 1));
    }
    for unknown in ["nothing", "", "a b"] {
        client.nil(&["LINK.STATS", unknown]);
    }
}

#[test]
fn an_expired_link_shows_its_statistics_until_it_is_reclaimed() {
    let server = Server::builder().module_args(STILL).start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "brief", "PX", "300"]);
    client.text(&["VISIT", "brief", "COUNTRY", "DE"]);
    shorten_testkit::wait_until(
        "it has expired",
        SOON,
        || client.cmd(&["VISIT", "brief"]),
        |reply| *reply == Value::Nil,
    );
    assert!(by(&mut client, "brief", "country")["DE"] >= 1);
}

#[test]
fn settings_bound_kept_days_and_hours_and_replicas_follow() {
    let server = Server::builder()
        .module_args("visit-days 2 visit-hours 0")
        .start();
    let replica = Server::builder().replica_of(&server).start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let day = 86_400_000;
    for days_ago in [9, 3, 2, 1, 0] {
        let at = (now_ms() - days_ago * day).to_string();
        client.text(&["VISIT", "g8", "AT", &at]);
    }
    assert_eq!(by(&mut client, "g8", "day").len(), 2);
    assert_eq!(by(&mut client, "g8", "hour").len(), 0);
    assert_eq!(client.fields(&["LINK.STATS", "g8"])["total"], Value::Int(5));
    server.same_as(&replica);
}

#[test]
fn bot_patterns_can_be_added_and_removed_at_run_time() {
    requires!(since(7, 0), "CONFIG of modules");
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    for (patterns, bots) in [
        ("", 0),
        ("acme,Chrome/104.0", 1),
        ("acme", 1),
        ("chrome", 2),
    ] {
        client.ok(&["CONFIG", "SET", "shorten.bot-patterns", patterns]);
        client.text(&["VISIT", "g8", "UA", CHROME]);
        assert_eq!(
            client.fields(&["LINK.STATS", "g8"])["bots"],
            Value::Int(bots),
            "{patterns}"
        );
    }
}
