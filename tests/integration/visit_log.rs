//! The optional log of visits: a capped stream.

use std::collections::BTreeMap;

use redis::Value;

use shorten_testkit::{
    Builder, Client, EXAMPLE, STILL, Server, now_ms, populate, requires, text_of,
};

const STREAM: &str = "shorten:visits";
const CHROME: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/104.0.0.0 Safari/537.36";
const GOOGLEBOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const FULL: &str =
    "visit-log-maxlen 1000000 visit-ip-mode full visit-ua-mode full visit-referer-mode full";
const LOGGED: &str = "visit-log-maxlen 1000000";

fn logging() -> Server {
    Server::builder().module_args(LOGGED).start()
}

/// Returns the entries of the log, each with its id.
#[track_caller]
fn entries(client: &mut Client) -> Vec<(String, Vec<(String, String)>)> {
    let entries = client.items(&["XRANGE", STREAM, "-", "+"]);
    let entry = |entry: Value| {
        let Value::Array(parts) = entry else {
            panic!("no entry: {entry:?}")
        };
        let Value::Array(words) = &parts[1] else {
            panic!("no fields: {parts:?}")
        };
        let pairs = words.chunks(2);
        let fields = pairs.map(|pair| (text_of(&pair[0]), text_of(&pair[1])));
        (text_of(&parts[0]), fields.collect())
    };
    entries.into_iter().map(entry).collect()
}

/// Returns the last entry, without the time.
#[track_caller]
fn last(client: &mut Client) -> BTreeMap<String, String> {
    let (_, fields) = entries(client).pop().expect("an entry");
    let mut fields: BTreeMap<_, _> = fields.into_iter().collect();
    fields.remove("time");
    fields
}

fn counted(client: &mut Client) -> (i64, i64) {
    (
        client.stat("shorten_visit_log_added"),
        client.stat("shorten_visit_log_dropped"),
    )
}

#[test]
fn a_visit_is_logged_with_everything_the_article_lists() {
    let server = Server::builder().module_args(FULL).start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let before = now_ms();
    let referer = "https://News.example/page?a=b";
    let visit = [
        "VISIT", "g8", "IP", "10.8.4.7", "UA", CHROME, "REFERER", referer, "COUNTRY", "de",
    ];
    client.text(&visit);
    let (id, fields) = entries(&mut client).remove(0);
    let time: i64 = fields[1].1.parse().unwrap();
    assert!((before..=now_ms()).contains(&time));
    let id: i64 = id.split('-').next().unwrap().parse().unwrap();
    assert!((before..=now_ms()).contains(&id));
    let time = time.to_string();
    let expected = [
        ("code", "g8"),
        ("time", &time),
        ("ip", "10.8.4.7"),
        ("user-agent", CHROME),
        ("referer", referer),
        ("client-id", "7fb0070a4cb212b7dc0efce2cd08b017477787ae"),
        ("country", "DE"),
        ("region", ""),
        ("city", ""),
        ("isp", ""),
        ("browser", "Chrome"),
        ("browser-version", "104.0.0.0"),
        ("os", "Mac OS X"),
        ("os-version", "10.15.7"),
        ("device", "Computer"),
        ("bot", "0"),
    ];
    assert_eq!(
        fields,
        expected.map(|(name, value)| (name.into(), value.into()))
    );
    assert_eq!(counted(&mut client), (1, 0));
}

#[test]
fn bots_and_visitors_without_details_are_logged_too() {
    let server = logging();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.text(&["VISIT", "g8", "UA", GOOGLEBOT, "AT", "1600000000000"]);
    let (_, fields) = entries(&mut client).remove(0);
    assert_eq!(fields[1], ("time".into(), "1600000000000".into()));
    let bot = last(&mut client);
    assert_eq!((&*bot["bot"], &*bot["browser"]), ("1", "Googlebot"));
    client.text(&["VISIT", "g8"]);
    let nobody = last(&mut client);
    assert_eq!(nobody.len(), 15);
    for (name, value) in nobody {
        let known = [("code", "g8"), ("bot", "0")]
            .into_iter()
            .find(|(known, _)| *known == name);
        assert_eq!(value, known.map_or("", |(_, value)| value), "{name}");
    }
}

#[test]
fn the_log_respects_the_privacy_modes() {
    let visit = [
        "VISIT",
        "g8",
        "IP",
        "2001:db8:1:2::3",
        "UA",
        CHROME,
        "REFERER",
        "https://a.example/secret",
    ];
    for (modes, seen) in [
        (
            "",
            [
                "2001:db8:1::",
                "Chrome/104 (Mac OS X)",
                "a.example",
                "104",
                "10",
            ],
        ),
        (
            "visit-ip-mode none visit-ua-mode none visit-referer-mode none",
            ["", "", "", "", ""],
        ),
    ] {
        let server = Server::builder()
            .module_args(&format!("{LOGGED} {modes}"))
            .start();
        let mut client = server.client();
        client.text(&["SHORTEN", EXAMPLE]);
        client.text(&visit);
        let entry = last(&mut client);
        let names = [
            "ip",
            "user-agent",
            "referer",
            "browser-version",
            "os-version",
        ];
        assert_eq!(names.map(|name| &*entry[name]), seen);
        assert_eq!(
            entry["client-id"].is_empty(),
            modes.contains("visit-ip-mode none")
        );
    }
}

#[test]
fn nothing_is_logged_by_default() {
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.text(&["VISIT", "g8", "IP", "10.8.4.7"]);
    assert_eq!(client.int(&["EXISTS", STREAM]), 0);
    assert_eq!(counted(&mut client), (0, 0));
}

#[test]
fn the_log_can_be_switched_on_and_off_while_the_server_runs() {
    requires!(since(7, 0), "CONFIG SET of a module's settings");
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    for (most, entries) in [("0", 0), ("10", 1), ("0", 1), ("20", 2)] {
        client.ok(&["CONFIG", "SET", "shorten.visit-log-maxlen", most]);
        client.text(&["VISIT", "g8"]);
        assert_eq!(client.int(&["XLEN", STREAM]), entries);
    }
}

#[test]
fn visits_of_codes_without_a_link_are_not_logged() {
    let server = logging();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "once", "MAXVISITS", "1"]);
    client.text(&["VISIT", "once"]);
    for code in ["once", "unknown", "not a code"] {
        client.nil(&["VISIT", code, "IP", "10.8.4.7"]);
    }
    client.nil(&["RESOLVE", "once"]);
    assert_eq!(client.int(&["XLEN", STREAM]), 1);
    assert_eq!(counted(&mut client), (1, 0));
}

#[test]
fn the_log_is_capped_at_about_the_length_that_was_set() {
    let server = Server::builder()
        .module_args("visit-log-maxlen 500")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    let visits: Vec<_> = (0..5_000)
        .map(|n| {
            ["VISIT", "g8", "IP", &format!("10.8.{}.7", n % 256)]
                .map(str::to_owned)
                .to_vec()
        })
        .collect();
    assert!(client.pipeline(&visits).iter().all(Result::is_ok));
    let len = client.int(&["XLEN", STREAM]);
    assert!((500..700).contains(&len), "{len} entries");
    assert_eq!(counted(&mut client), (5_000, 0));
}

#[test]
fn a_log_that_cannot_be_written_blocks_no_visit() {
    let server = logging();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["SET", STREAM, "something else"]);
    assert_eq!(client.text(&["VISIT", "g8"]), EXAMPLE);
    assert_eq!(client.text(&["GET", STREAM]), "something else");
    assert_eq!(counted(&mut client), (0, 1));
    client.int(&["DEL", STREAM]);
    assert_eq!(client.text(&["VISIT", "g8"]), EXAMPLE);
    assert_eq!(counted(&mut client), (1, 1));
    // No id is greater than this one.
    client.text(&[
        "XADD",
        STREAM,
        "18446744073709551615-18446744073709551615",
        "a",
        "b",
    ]);
    assert_eq!(client.text(&["VISIT", "g8"]), EXAMPLE);
    assert_eq!(counted(&mut client), (1, 2));
    assert_eq!(client.fields(&["LINK.INFO", "g8"])["visits"], Value::Int(3));
}

#[test]
fn at_maxmemory_visits_are_served_and_not_logged() {
    let server = logging();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.ok(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(client.text(&["VISIT", "g8", "IP", "10.8.4.7"]), EXAMPLE);
    assert_eq!(client.int(&["EXISTS", STREAM]), 0);
    assert_eq!(counted(&mut client), (0, 1));
    client.ok(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(client.text(&["VISIT", "g8", "IP", "10.8.4.7"]), EXAMPLE);
    assert_eq!(counted(&mut client), (1, 1));
}

#[test]
fn a_trimmed_or_deleted_log_continues() {
    let server = logging();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    client.text(&["VISIT", "g8"]);
    assert_eq!(client.int(&["XTRIM", STREAM, "MAXLEN", "0"]), 1);
    client.text(&["VISIT", "g8"]);
    assert_eq!(client.int(&["XLEN", STREAM]), 1);
    client.int(&["DEL", STREAM]);
    client.text(&["VISIT", "g8"]);
    assert_eq!(client.int(&["XLEN", STREAM]), 1);
}

#[test]
fn visits_are_logged_in_the_database_of_their_link() {
    let server = logging();
    let mut client = server.client();
    client.ok(&["SELECT", "3"]);
    client.text(&["SHORTEN", EXAMPLE]);
    client.text(&["VISIT", "g8"]);
    assert_eq!(client.int(&["XLEN", STREAM]), 1);
    client.ok(&["SELECT", "0"]);
    assert_eq!(client.int(&["EXISTS", STREAM]), 0);
}

/// Visits directly, in a transaction and in a script.
#[track_caller]
fn visit_in_all_ways(client: &mut Client) {
    client.text(&["VISIT", "alias-2", "IP", "10.8.4.7", "UA", CHROME]);
    client.ok(&["MULTI"]);
    for _ in 0..3 {
        client.text(&["VISIT", "alias-2", "UA", GOOGLEBOT]);
    }
    assert_eq!(client.items(&["EXEC"]).len(), 3);
    let script =
        "redis.call('VISIT', KEYS[1]) return redis.call('VISIT', KEYS[1], 'IP', '10.8.4.8')";
    client.text(&["EVAL", script, "1", "alias-2"]);
}

/// Returns a server without background changes, whose log is capped at about `most` visits.
fn still(most: u32) -> Builder {
    Server::builder().module_args(&format!("{STILL} visit-log-maxlen {most}"))
}

#[test]
fn a_replica_has_the_masters_log_and_writes_no_entries() {
    let master = still(300).start();
    // The replica's own log setting has no effect.
    for most in [0, 5] {
        let replica = still(most).replica_of(&master).start();
        master.same_as(&replica);
        let mut client = master.client();
        populate(&mut client);
        visit_in_all_ways(&mut client);
        master.same_as(&replica);
        assert!(client.int(&["XLEN", STREAM]) >= 300);
        assert!(entries(&mut client) == entries(&mut replica.client()));
        assert_eq!(counted(&mut replica.client()), (0, 0));
        client.ok(&["FLUSHALL"]);
    }
}

#[test]
fn the_log_survives_restarts_from_aof_and_rdb() {
    for preamble in ["yes", "no"] {
        let mut server = still(300)
            .aof("always")
            .config("aof-use-rdb-preamble", preamble)
            .start();
        let mut client = server.client();
        populate(&mut client);
        visit_in_all_ways(&mut client);
        let (digest, before) = (client.digest(), entries(&mut client));
        server.kill9();
        server.restart();
        let mut client = server.client();
        assert!(
            entries(&mut client) == before,
            "from the AOF, preamble {preamble}"
        );
        assert_eq!(client.digest(), digest, "from the AOF, preamble {preamble}");
        client.text(&["VISIT", "alias-2"]);
        let digest = client.digest();
        client.ok(&["DEBUG", "RELOAD"]);
        assert_eq!(client.digest(), digest, "from the RDB");
    }
}
