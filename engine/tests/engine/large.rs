//! One slot with thousands of links, as URLs with a hash tag lead to: many pages, many chunks.

use std::collections::BTreeMap;

use shorten_engine::code::Code;
use shorten_engine::code::slot;
use shorten_engine::settings::Strategy;
use shorten_engine::{Expiry, SetRequest, ShortenRequest};

use shorten_testkit::store::{Database, crowd};

const LINKS: usize = if cfg!(miri) { 10 } else { 3000 };

/// Returns a URL in slot 0. Some of them are long.
fn url(number: usize) -> String {
    let tail = if number.is_multiple_of(10) {
        "x".repeat(1500)
    } else {
        String::new()
    };
    format!("https://example.com/{{06S}}/{number}{tail}")
}

/// Creates links whose codes and URLs are all in slot 0, every third with an expiry, and a
/// counter's link for each URL.
fn crowded() -> (Database, BTreeMap<String, String>) {
    let mut database = Database::default();
    let mut links = BTreeMap::new();
    // Not in the order of their ranks.
    let codes = crowd(LINKS);
    for at in (0..LINKS).map(|at| at * 7 % LINKS) {
        let (code, url) = (codes[at], url(at));
        let mut set = SetRequest {
            code: code.as_bytes(),
            url: url.as_bytes(),
            ..SetRequest::default()
        };
        if at.is_multiple_of(3) {
            set.ttl = shorten_engine::Ttl::Set(Expiry::InMillis(at as i64 + 1));
        }
        assert!(database.engine().set(&set).unwrap());
        links.insert(code.to_string(), url.clone());
        let code = database
            .engine()
            .shorten(&ShortenRequest {
                url: url.as_bytes(),
                ..ShortenRequest::default()
            })
            .unwrap();
        links.insert(code.to_string(), url);
    }
    (database, links)
}

#[track_caller]
fn holds(database: &mut Database, links: &BTreeMap<String, String>) {
    for (code, url) in links {
        assert_eq!(
            database.resolve(code.as_bytes()).as_deref(),
            Some(url.as_bytes()),
            "{code}"
        );
    }
    let mut scanned = database.scan(100);
    scanned.sort();
    assert!(scanned.iter().eq(links.keys()));
    assert_eq!(database.engine().count().unwrap(), links.len() as u64);
}

#[test]
fn thousands_of_links_in_one_slot_are_kept_saved_followed_and_removed() {
    let (mut database, mut links) = crowded();
    assert_eq!(slot::of(url(1).as_bytes()), 0);
    holds(&mut database, &links);
    let chunks: Vec<_> = database.store.shards[&0].0.chunks().collect();
    assert!(cfg!(miri) || chunks.len() > 10, "{}", chunks.len());
    assert!(chunks.iter().all(|chunk| chunk.len() < 40_000));
    let mut replica = Database::replica_with_other_settings();
    replica.follow(&mut database);
    assert_eq!(replica.store.digest(), database.store.digest());
    database.store.reload();
    database.store.defragment();
    assert_eq!(replica.store.digest(), database.store.digest());
    holds(&mut database, &links);

    // A third expires, in several steps. Then most of the rest is deleted in random order.
    database.now += LINKS as u64 / 2;
    let now = database.now;
    let due = links.keys().filter(|code| {
        database
            .engine()
            .info(code.as_bytes())
            .unwrap()
            .unwrap()
            .expires
            .is_some_and(|at| at <= now)
    });
    let due: Vec<String> = due.cloned().collect();
    let mut removed = 0;
    loop {
        match database.engine().reclaim(0, 64).unwrap() {
            0 => break,
            some => removed += some,
        }
    }
    assert_eq!(removed, due.len());
    due.iter().for_each(|code| drop(links.remove(code)));
    let rest: Vec<String> = links
        .keys()
        .enumerate()
        .filter(|(at, _)| !at.is_multiple_of(9))
        .map(|(_, code)| code.clone())
        .collect();
    for code in rest {
        assert!(database.engine().delete(code.as_bytes()).unwrap());
        links.remove(&code);
    }
    database.now -= LINKS as u64 / 2;
    holds(&mut database, &links);
    replica.follow(&mut database);
    assert_eq!(replica.store.digest(), database.store.digest());
}

#[test]
fn every_url_of_a_large_index_is_found_and_none_that_is_not_there() {
    let (mut database, links) = crowded();
    for turn in 0..2 {
        for number in 0..LINKS {
            let code = database
                .engine()
                .find(url(number).as_bytes())
                .unwrap()
                .unwrap();
            assert_eq!(links[code.as_str()], url(number));
            let again = database
                .engine()
                .shorten(&ShortenRequest {
                    url: url(number).as_bytes(),
                    ..ShortenRequest::default()
                })
                .unwrap();
            assert_eq!(again, code, "no second link");
        }
        for number in LINKS..2 * LINKS {
            assert_eq!(
                database.engine().find(url(number).as_bytes()).unwrap(),
                None
            );
        }
        if turn == 0 {
            database.store.reload();
        }
    }
}

#[test]
fn a_large_pool_is_drawn_to_its_last_code_each_once() {
    let size = LINKS as u64;
    let mut database = Database::with(&[("pool-min", "0"), ("pool-max", &size.to_string())]);
    assert_eq!(database.engine().pool_fill(None).unwrap(), size);
    database.store.reload();
    database.settings.set("pool-max", "0").unwrap();
    let taken = database.engine().pool_take(size / 2).unwrap();
    let mut codes: Vec<String> = taken.iter().map(Code::to_string).collect();
    for number in size / 2..size {
        let url = format!("https://example.com/{number}");
        let request = ShortenRequest {
            url: url.as_bytes(),
            strategy: Some(Strategy::Pool),
            ..ShortenRequest::default()
        };
        codes.push(database.engine().shorten(&request).unwrap().to_string());
    }
    assert_eq!(database.engine().pool_size().unwrap(), 0);
    assert_eq!(
        database.engine().pool_take(1).unwrap_err(),
        shorten_engine::error::Error::PoolEmpty
    );
    let drawn = codes.clone();
    codes.sort();
    assert_ne!(codes, drawn, "they come in no order");
    codes.dedup();
    assert_eq!(codes.len() as u64, size, "each once");
    assert!(codes.iter().all(|code| code.len() == 6));
    let mut replica = Database::replica_with_other_settings();
    replica.follow(&mut database);
    assert_eq!(replica.store.digest(), database.store.digest());
}
