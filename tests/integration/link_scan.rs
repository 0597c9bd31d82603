//! LINK.SCAN and LINK.COUNT, also during concurrent changes.

use std::collections::BTreeSet;

use shorten_testkit::{Client, EXAMPLE, Server, scan, text_of};

fn fill(client: &mut Client, count: usize) -> BTreeSet<String> {
    let commands: Vec<_> = (0..count)
        .map(|n| vec!["SHORTEN".into(), format!("https://example.com/{n}")])
        .collect();
    client
        .pipeline(&commands)
        .into_iter()
        .map(|reply| text_of(&reply.unwrap()))
        .collect()
}

#[test]
fn an_empty_server_has_nothing_to_scan() {
    let server = Server::start();
    let mut client = server.client();
    assert_eq!(client.int(&["LINK.COUNT"]), 0);
    assert_eq!(scan(&mut client, &[]).len(), 0);
}

#[test]
fn a_full_scan_shows_every_link() {
    let server = Server::start();
    let mut client = server.client();
    let mut codes = fill(&mut client, 3000);
    for alias in ["spring-sale", "0", "00", "x_y", &"z".repeat(64)] {
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", alias]);
        codes.insert(alias.into());
    }
    for count in ["1", "10", "100000"] {
        assert_eq!(scan(&mut client, &["COUNT", count]), codes, "COUNT {count}");
    }
    assert_eq!(client.int(&["LINK.COUNT"]), 3005);
}

#[test]
fn a_scan_shows_every_link_that_exists_throughout() {
    let server = Server::start();
    let mut client = server.client();
    let codes: Vec<_> = fill(&mut client, 2000).into_iter().collect();
    let (going, staying) = codes.split_at(1000);
    let (mut seen, mut cursor, mut step) = (BTreeSet::new(), "0".to_owned(), 0);
    loop {
        let reply = client.items(&["LINK.SCAN", &cursor, "COUNT", "20"]);
        cursor = text_of(&reply[0]);
        let redis::Value::Array(page) = &reply[1] else {
            panic!("{reply:?}")
        };
        seen.extend(page.iter().map(text_of));
        for code in going.iter().skip(step * 10).take(10) {
            client.int(&["LINK.DEL", code]);
        }
        for n in 0..10 {
            client.text(&["SHORTEN", &format!("https://example.org/{step}/{n}")]);
        }
        step += 1;
        if cursor == "0" {
            break;
        }
    }
    let missed: Vec<_> = staying
        .iter()
        .filter(|code| !seen.contains(*code))
        .collect();
    assert!(missed.is_empty(), "{missed:?} were there all the time");
}

#[test]
fn a_cursor_stays_valid_after_a_restart() {
    let mut server = Server::builder().aof("always").start();
    let mut client = server.client();
    let codes = fill(&mut client, 2000);
    let (mut seen, mut cursor) = (BTreeSet::new(), "0".to_owned());
    for page in 0..3 {
        let reply = client.items(&["LINK.SCAN", &cursor, "COUNT", "500"]);
        cursor = text_of(&reply[0]);
        assert_ne!(cursor, "0", "page {page} is not the last");
        let redis::Value::Array(page) = &reply[1] else {
            panic!("{reply:?}")
        };
        seen.extend(page.iter().map(text_of));
    }
    server.restart();
    let mut client = server.client();
    while cursor != "0" {
        let reply = client.items(&["LINK.SCAN", &cursor, "COUNT", "500"]);
        cursor = text_of(&reply[0]);
        let redis::Value::Array(page) = &reply[1] else {
            panic!("{reply:?}")
        };
        seen.extend(page.iter().map(text_of));
    }
    assert_eq!(seen, codes);
}

#[test]
fn match_is_a_glob_over_codes() {
    let server = Server::start();
    let mut client = server.client();
    for alias in ["news-1", "news-22", "sale-1", "NEWS-1"] {
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", alias]);
    }
    for (glob, expected) in [
        ("news-*", vec!["news-1", "news-22"]),
        ("*-1", vec!["NEWS-1", "news-1", "sale-1"]),
        ("news-?", vec!["news-1"]),
        ("[ns]*-1", vec!["news-1", "sale-1"]),
        ("[^n]*-1", vec!["NEWS-1", "sale-1"]),
        ("[a-z]ale-1", vec!["sale-1"]),
        ("nothing", vec![]),
        ("*", vec!["NEWS-1", "news-1", "news-22", "sale-1"]),
    ] {
        let found = scan(&mut client, &["MATCH", glob, "COUNT", "100"]);
        assert_eq!(
            found.iter().map(String::as_str).collect::<Vec<_>>(),
            expected,
            "{glob}"
        );
    }
}

#[test]
fn a_bad_cursor_or_option_is_an_error() {
    let server = Server::start();
    let mut client = server.client();
    // The last ones are numbers that no scan returns.
    for cursor in [
        "x",
        "-1",
        "",
        "99999999999999999999999",
        "9007199254740992",
        "18446744073709551615",
    ] {
        client.refused("ERR", &["LINK.SCAN", cursor]);
    }
    for options in [
        &["COUNT"][..],
        &["MATCH"],
        &["COUNT", "0"],
        &["COUNT", "-1"],
        &["COUNT", "x"],
        &["TYPE", "x"],
        &["COUNT", "1", "COUNT", "1"],
    ] {
        client.refused("ERR", &[&["LINK.SCAN", "0"], options].concat());
    }
    // Any other number is a valid cursor, even one that no scan has returned.
    for cursor in ["1", "4611686018427387", "9007199254740991"] {
        client.items(&["LINK.SCAN", cursor]);
    }
}

#[test]
fn count_and_scan_are_about_the_selected_database() {
    let server = Server::start();
    let mut client = server.client();
    fill(&mut client, 10);
    client.ok(&["SELECT", "1"]);
    assert_eq!(client.int(&["LINK.COUNT"]), 0);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g8");
    assert_eq!(scan(&mut client, &[]), BTreeSet::from(["g8".to_owned()]));
    assert_eq!(client.stat("shorten_links"), 11);
}

#[test]
fn expired_links_count_until_they_are_reclaimed() {
    let server = Server::builder()
        .module_args("expired-retention 3600")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "x", "PX", "1"]);
    shorten_testkit::wait_until(
        "it expires",
        shorten_testkit::SOON,
        || client.cmd(&["RESOLVE", "x"]),
        |reply| *reply == redis::Value::Nil,
    );
    assert_eq!(client.int(&["LINK.COUNT"]), 1);
    assert_eq!(scan(&mut client, &[]), BTreeSet::from(["x".to_owned()]));
}

#[test]
fn a_client_that_keeps_cursors_as_doubles_loses_no_code() {
    let server = Server::start();
    let mut client = server.client();
    let mut codes = fill(&mut client, 500);
    // The longest codes have the highest ranks. A cursor holds only a part of these.
    for n in 0..500 {
        let code = client.text(&[
            "SHORTEN",
            &format!("https://example.com/{n}"),
            "STRATEGY",
            "HASH",
            "NEW",
        ]);
        codes.insert(code);
        let alias = format!("an-alias-of-its-own-{n}");
        codes.insert(client.text(&["SHORTEN", EXAMPLE, "ALIAS", &alias]));
    }
    for count in ["1", "7"] {
        let (mut seen, mut cursor) = (BTreeSet::new(), 0.0_f64);
        loop {
            let reply = client.items(&["LINK.SCAN", &format!("{cursor:.0}"), "COUNT", count]);
            let next = text_of(&reply[0]);
            assert!(next.parse::<u64>().unwrap() < 1 << 53, "{next}");
            let redis::Value::Array(page) = &reply[1] else {
                panic!("{reply:?}")
            };
            seen.extend(page.iter().map(text_of));
            cursor = next.parse().unwrap();
            if cursor == 0.0 {
                break;
            }
        }
        assert_eq!(seen, codes);
    }
}

#[test]
fn a_match_above_a_kilobyte_is_an_error() {
    let server = Server::start();
    let mut client = server.client();
    fill(&mut client, 10);
    let found = scan(&mut client, &["MATCH", &"*".repeat(1024)]);
    assert_eq!(found.len(), 10);
    for length in [1025, 4096, 100_000] {
        for byte in ["*", "a", "["] {
            let error = client.refused("ERR", &["LINK.SCAN", "0", "MATCH", &byte.repeat(length)]);
            assert!(error.contains(&length.to_string()), "{error}");
        }
    }
}

/// Returns the server time of a full scan, in microseconds.
fn scan_time(client: &mut Client, pattern: &str) -> u64 {
    client.ok(&["CONFIG", "RESETSTAT"]);
    scan(client, &["MATCH", pattern, "COUNT", "1000"]);
    let stats = client.info("commandstats");
    let usec = stats["cmdstat_link.scan"].split("usec=").nth(1).unwrap();
    usec.split(',').next().unwrap().parse().unwrap()
}

#[test]
fn no_pattern_makes_a_scan_slow() {
    let server = Server::start();
    let mut client = server.client();
    let commands: Vec<_> = (0..20_000)
        .map(|n| {
            vec![
                "LINK.SET".into(),
                format!("{}{n}", "a".repeat(55)),
                EXAMPLE.into(),
            ]
        })
        .collect();
    assert!(client.pipeline(&commands).iter().all(Result::is_ok));
    let class = "a".repeat(480);
    for pattern in [
        "*a".repeat(500) + "b",
        "a*".repeat(500) + "b",
        "*?".repeat(500),
        format!("*[{class}]*[{class}]b"),
        "*[".repeat(500),
    ] {
        // A busy machine can delay one scan, but not five in a row.
        let seen: Vec<_> = (0..5)
            .map(|_| {
                (
                    scan_time(&mut client, &pattern),
                    scan_time(&mut client, "*b"),
                )
            })
            .collect();
        assert!(
            seen.iter().any(|(hostile, plain)| *hostile < 3 * plain),
            "{pattern}: {seen:?}"
        );
    }
}
