//! One slot with thousands of links, as URLs with a hash tag make it: many pages, many chunks.

use std::collections::BTreeMap;

use shorten_engine::code::Code;
use shorten_engine::code::slot;
use shorten_engine::settings::Strategy;
use shorten_engine::{Expiry, SetRequest, ShortenRequest};

use shorten_testkit::store::{World, crowd};

const LINKS: usize = if cfg!(miri) { 10 } else { 3000 };

/// Its URL lies in slot 0, and is long every so often.
fn url(number: usize) -> String {
    let tail = if number.is_multiple_of(10) {
        "x".repeat(1500)
    } else {
        String::new()
    };
    format!("https://example.com/{{06S}}/{number}{tail}")
}

/// Links whose codes and URLs all lie in slot 0, every third with an expiry, and one counter's link for each URL.
fn crowded() -> (World, BTreeMap<String, String>) {
    let mut world = World::default();
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
        assert!(world.engine().set(&set).unwrap());
        links.insert(code.to_string(), url.clone());
        let code = world
            .engine()
            .shorten(&ShortenRequest {
                url: url.as_bytes(),
                ..ShortenRequest::default()
            })
            .unwrap();
        links.insert(code.to_string(), url);
    }
    (world, links)
}

#[track_caller]
fn holds(world: &mut World, links: &BTreeMap<String, String>) {
    for (code, url) in links {
        assert_eq!(
            world.resolve(code.as_bytes()).as_deref(),
            Some(url.as_bytes()),
            "{code}"
        );
    }
    let mut scanned = world.scan(100);
    scanned.sort();
    assert!(scanned.iter().eq(links.keys()));
    assert_eq!(world.engine().count().unwrap(), links.len() as u64);
}

#[test]
fn thousands_of_links_in_one_slot_are_kept_saved_followed_and_removed() {
    let (mut world, mut links) = crowded();
    assert_eq!(slot::of(url(1).as_bytes()), 0);
    holds(&mut world, &links);
    let chunks: Vec<_> = world.store.shards[&0].0.chunks().collect();
    assert!(cfg!(miri) || chunks.len() > 10, "{}", chunks.len());
    assert!(chunks.iter().all(|chunk| chunk.len() < 40_000));
    let mut replica = World::replica_with_other_settings();
    replica.follow(&mut world);
    assert_eq!(replica.store.digest(), world.store.digest());
    world.store.reload();
    world.store.defragment();
    assert_eq!(replica.store.digest(), world.store.digest());
    holds(&mut world, &links);

    // A third expires, a part of them at a time; then most of the rest goes, in no order.
    world.now += LINKS as u64 / 2;
    let now = world.now;
    let due = links.keys().filter(|code| {
        world
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
        match world.engine().reclaim(0, 64).unwrap() {
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
        assert!(world.engine().delete(code.as_bytes()).unwrap());
        links.remove(&code);
    }
    world.now -= LINKS as u64 / 2;
    holds(&mut world, &links);
    replica.follow(&mut world);
    assert_eq!(replica.store.digest(), world.store.digest());
}

#[test]
fn every_url_of_a_large_index_is_found_and_none_that_is_not_there() {
    let (mut world, links) = crowded();
    for turn in 0..2 {
        for number in 0..LINKS {
            let code = world
                .engine()
                .find(url(number).as_bytes())
                .unwrap()
                .unwrap();
            assert_eq!(links[code.as_str()], url(number));
            let again = world
                .engine()
                .shorten(&ShortenRequest {
                    url: url(number).as_bytes(),
                    ..ShortenRequest::default()
                })
                .unwrap();
            assert_eq!(again, code, "no second link");
        }
        for number in LINKS..2 * LINKS {
            assert_eq!(world.engine().find(url(number).as_bytes()).unwrap(), None);
        }
        if turn == 0 {
            world.store.reload();
        }
    }
}

#[test]
fn a_large_pool_is_drawn_to_its_last_code_each_once() {
    let size = LINKS as u64;
    let mut world = World::with(&[("pool-min", "0"), ("pool-max", &size.to_string())]);
    assert_eq!(world.engine().pool_fill(None).unwrap(), size);
    world.store.reload();
    world.settings.set("pool-max", "0").unwrap();
    let taken = world.engine().pool_take(size / 2).unwrap();
    let mut codes: Vec<String> = taken.iter().map(Code::to_string).collect();
    for number in size / 2..size {
        let url = format!("https://example.com/{number}");
        let request = ShortenRequest {
            url: url.as_bytes(),
            strategy: Some(Strategy::Pool),
            ..ShortenRequest::default()
        };
        codes.push(world.engine().shorten(&request).unwrap().to_string());
    }
    assert_eq!(world.engine().pool_size().unwrap(), 0);
    assert_eq!(
        world.engine().pool_take(1).unwrap_err(),
        shorten_engine::error::Error::PoolEmpty
    );
    let drawn = codes.clone();
    codes.sort();
    assert_ne!(codes, drawn, "they come in no order");
    codes.dedup();
    assert_eq!(codes.len() as u64, size, "each once");
    assert!(codes.iter().all(|code| code.len() == 6));
    let mut replica = World::replica_with_other_settings();
    replica.follow(&mut world);
    assert_eq!(replica.store.digest(), world.store.digest());
}
