//! Visits: what is counted, its cost, and that replicas and files count the same.

use std::sync::Arc;

use proptest::prelude::*;
use shorten_engine::visitor::{Agent, GeoLocation, Visitor, VisitorHints};
use shorten_engine::{
    Change, Dimension, Expiry, GroupBy, SetRequest, ShortenRequest, StatsRequest, StatsRows, Ttl,
    UrlBuffer, VisitReport, VisitRequest,
};

use shorten_testkit::store::{Database, NOON};

const URL: &[u8] = b"https://example.com/";
const HOUR: u64 = 3_600_000;

/// A visitor whose client id is made from this number.
pub(crate) fn somebody(number: u64, country: &str, browser: &str, bot: bool) -> Visitor {
    let mut id = [0; 20];
    id[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    Visitor {
        agent: Arc::new(Agent {
            bot,
            browser: browser.to_owned(),
            ..Agent::default()
        }),
        location: GeoLocation {
            country: country.to_owned(),
            ..GeoLocation::default()
        },
        client_id: Some(id),
        ..Visitor::default()
    }
}

/// A visit with hints.
pub(crate) fn said(code: &[u8]) -> VisitRequest<'_> {
    VisitRequest {
        code,
        hints: VisitorHints {
            ip: Some(b"192.0.2.7"),
            ..VisitorHints::default()
        },
        at: None,
    }
}

pub(crate) fn made(database: &mut Database, request: ShortenRequest<'_>) -> Vec<u8> {
    let request = ShortenRequest {
        url: URL,
        new: true,
        ..request
    };
    let code = database.engine().shorten(&request).unwrap();
    code.as_bytes().to_vec()
}

fn stats(database: &mut Database, code: &[u8], by: Option<GroupBy>) -> VisitReport {
    let request = StatsRequest {
        code,
        by,
        ..StatsRequest::default()
    };
    database.engine().stats(&request).unwrap().unwrap()
}

fn names(database: &mut Database, code: &[u8], dimension: Dimension) -> (Vec<(String, u64)>, u64) {
    match stats(database, code, Some(GroupBy::Name(dimension))).rows {
        Some(StatsRows::Names { rows, unknown, .. }) => {
            let text = |name| String::from_utf8(name).unwrap();
            let rows = rows.into_iter().map(|(name, count)| (text(name), count));
            (rows.collect(), unknown)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn humans_bots_and_visitors_are_counted_separately() {
    let mut database = Database::default();
    let code = made(&mut database, ShortenRequest::default());
    assert_eq!(stats(&mut database, &code, None), VisitReport::default());
    for number in [1, 2, 2, 3, 1] {
        assert!(
            database
                .visit_as(&said(&code), &somebody(number, "DE", "Firefox", false))
                .is_some()
        );
    }
    database.now += 1;
    database.visit_as(&said(&code), &somebody(9, "US", "", true));
    database.now += 1;
    database.visit(&code);
    let seen = stats(&mut database, &code, None);
    assert_eq!((seen.humans, seen.bots, seen.visitors), (6, 1, 3));
    assert_eq!(
        (seen.first_visit, seen.last_visit),
        (Some(NOON), Some(NOON + 2))
    );
    assert_eq!(
        names(&mut database, &code, Dimension::Country),
        (vec![("DE".to_owned(), 5)], 1),
        "bots are in no list, and who told nothing is unknown"
    );
    assert_eq!(names(&mut database, &code, Dimension::City), (vec![], 6));
    assert_eq!(
        (database.counters.visits(), database.counters.bots()),
        (6, 1)
    );
}

#[test]
fn bots_use_up_no_visits() {
    let mut database = Database::default();
    let code = made(
        &mut database,
        ShortenRequest {
            max_visits: Some(2),
            ..ShortenRequest::default()
        },
    );
    for _ in 0..5 {
        assert!(
            database
                .visit_as(&said(&code), &somebody(1, "", "", true))
                .is_some()
        );
    }
    assert!(database.visit(&code).is_some());
    database.store.events.clear();
    assert!(database.visit(&code).is_some());
    assert_eq!(database.store.events.len(), 1);
    assert_eq!(database.store.events[0].1, Change::Exhausted);
    assert_eq!(database.visit(&code), None);
    assert_eq!(
        database.visit_as(&said(&code), &somebody(1, "", "", true)),
        None
    );
    let seen = stats(&mut database, &code, None);
    assert_eq!(
        (seen.humans, seen.bots),
        (2, 5),
        "who got nil is not counted"
    );
}

#[test]
fn visits_are_counted_at_their_own_time() {
    let mut database = Database::default();
    let code = made(&mut database, ShortenRequest::default());
    let hour = NOON / HOUR * HOUR;
    for at in [
        Some(hour - HOUR),
        Some(hour - 5 * HOUR),
        Some(hour - HOUR + 1),
        Some(NOON + 5 * 60_000),
        Some(NOON),
        None,
    ] {
        let request = VisitRequest {
            code: &code,
            at,
            ..VisitRequest::default()
        };
        database.visit_as(&request, &Visitor::default());
    }
    let seen = stats(&mut database, &code, Some(GroupBy::Hour));
    assert_eq!(
        seen.rows,
        Some(StatsRows::Times(vec![
            (hour - 5 * HOUR, 1),
            (hour - HOUR, 2),
            (hour, 3)
        ])),
        "a clock that is a little ahead is taken at its word"
    );
    assert_eq!(
        (seen.first_visit, seen.last_visit),
        (Some(hour - 5 * HOUR), Some(NOON + 5 * 60_000))
    );
    let request = StatsRequest {
        code: &code,
        by: Some(GroupBy::Hour),
        from: Some(hour - HOUR),
        to: Some(hour),
        top: Some(1),
    };
    let seen = database.engine().stats(&request).unwrap().unwrap();
    assert_eq!(seen.rows, Some(StatsRows::Times(vec![(hour, 3)])));
    let by_name = StatsRequest {
        by: Some(GroupBy::Name(Dimension::Os)),
        ..request
    };
    assert!(database.engine().stats(&by_name).is_err());
}

#[test]
fn statistics_live_as_long_as_their_link() {
    let mut database = Database::with(&[("expired-retention", "10")]);
    let code = made(
        &mut database,
        ShortenRequest {
            alias: Some(b"spring"),
            expiry: Some(Expiry::AtMillis(NOON as i64 + 100)),
            ..ShortenRequest::default()
        },
    );
    database.visit_as(&said(&code), &somebody(1, "DE", "", false));
    let set = SetRequest {
        code: &code,
        url: b"https://example.org/",
        ttl: Ttl::Keep,
        ..SetRequest::default()
    };
    assert!(database.engine().set(&set).unwrap());
    assert_eq!(
        stats(&mut database, &code, None).visitors,
        1,
        "another destination, the same link"
    );
    database.now = NOON + 200;
    assert_eq!(database.visit(&code), None);
    assert_eq!(
        stats(&mut database, &code, None).humans,
        1,
        "kept with the expired link"
    );
    database.now = NOON + 10_100;
    assert!(
        database
            .engine()
            .set(&SetRequest {
                ttl: Ttl::Drop,
                ..set
            })
            .unwrap()
    );
    let seen = stats(&mut database, &code, None);
    assert_eq!(
        (seen.humans, seen.visitors, seen.first_visit),
        (0, 0, None),
        "a link made anew begins anew"
    );
    database.visit(&code);
    assert!(database.engine().delete(&code).unwrap());
    let shard = database.store.shards.values().next();
    assert!(shard.is_none_or(|held| held.0.size().visited == 0));
}

#[test]
fn a_visit_that_cannot_be_counted_is_an_error_and_counts_nowhere() {
    let mut database = Database::default();
    let code = made(&mut database, ShortenRequest::default());
    let (digest, sent) = (database.store.digest(), database.store.effects.len());
    for looks in 0..2 {
        database.store.looks_left = Some(looks);
        let mut url = UrlBuffer::new();
        let visited = database
            .engine()
            .visit(&said(&code), |_| Visitor::default(), &mut url);
        assert!(visited.is_err(), "after {looks} look-ups");
        assert_eq!(database.store.digest(), digest);
        assert_eq!(database.store.effects.len(), sent);
        assert_eq!(database.counters.visits(), 0);
    }
    database.store.looks_left = None;
    assert_eq!(database.visit(&code).as_deref(), Some(URL));
}

#[test]
fn a_visit_gets_the_destination_whatever_its_length() {
    let mut database = Database::default();
    database.settings.set("max-url-length", "65536").unwrap();
    for length in [20, 59, 60, 61, 200, 511, 512, 513, 2_000, 65_536] {
        // One that compresses well, and one that does not compress at all.
        for tail in ["example.com/", "\u{e9}"] {
            let mut url = b"https://e.com/".to_vec();
            while url.len() + tail.len() <= length {
                url.extend_from_slice(tail.as_bytes());
            }
            let request = ShortenRequest {
                url: &url,
                ..ShortenRequest::default()
            };
            let code = database.engine().shorten(&request).unwrap();
            for _ in 0..3 {
                assert_eq!(database.visit(code.as_bytes()).as_deref(), Some(&url[..]));
            }
        }
    }
}

#[test]
fn without_memory_the_totals_are_still_counted() {
    let mut database = Database::default();
    let code = made(&mut database, ShortenRequest::default());
    database.store.full = true;
    for number in 0..100 {
        let country = format!("{}", 10 + number % 90);
        database.visit_as(
            &said(&code),
            &somebody(number, &country, "", number % 10 == 0),
        );
    }
    let seen = stats(&mut database, &code, Some(GroupBy::Day));
    assert_eq!((seen.humans, seen.bots), (90, 10));
    assert!(seen.visitors < 90, "there was no room for all");
    let mut replica = Database::replica_with_other_settings();
    replica.follow(&mut database);
    assert_eq!(replica.store.digest(), database.store.digest());
}

#[test]
fn a_visit_at_no_time_is_refused() {
    let mut database = Database::default();
    let code = made(&mut database, ShortenRequest::default());
    let slot = shorten_engine::code::slot::of(&code);
    let visit = |last_visit: u8, earlier: u8| {
        let mut payload = vec![1, 3, 2];
        payload.extend_from_slice(&code);
        // Visits, last visit; options, bots, time, days, hours, no names.
        payload.extend_from_slice(&[7, last_visit, 0, 0, earlier * 2, 1, 1, 0]);
        payload
    };
    for (last_visit, earlier) in [(0, 0), (5, 1)] {
        let payload = visit(last_visit, earlier);
        assert!(database.engine().apply(slot, &payload).is_err());
    }
    assert!(database.engine().apply(slot, &visit(5, 0)).is_ok());
}

#[test]
fn an_effect_without_details_is_counted() {
    let mut database = Database::default();
    let code = made(&mut database, ShortenRequest::default());
    let slot = shorten_engine::code::slot::of(&code);
    let mut payload = vec![1, 3, 2];
    payload.extend_from_slice(&code);
    payload.extend_from_slice(&[7, 100]);
    database.engine().apply(slot, &payload).unwrap();
    let seen = stats(&mut database, &code, None);
    assert_eq!((seen.humans, seen.last_visit), (7, Some(100)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 1 } else { 32 }, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_replica_and_a_file_hold_the_same_statistics(visits in prop::collection::vec((0_usize..6, 0_u64..400, 0_u64..50, 0_u64..8, any::<bool>(), 0_u64..HOUR), 0..if cfg!(miri) { 20 } else { 1_500 }), days in 0_u16..4) {
        let mut database = Database::with(&[("visit-days", &days.to_string())]);
        let mut codes: Vec<_> = (0..5).map(|_| made(&mut database, ShortenRequest::default())).collect();
        codes.push(made(&mut database, ShortenRequest { alias: Some(b"a-long-alias"), ..ShortenRequest::default() }));
        let (mut replica, mut humans, mut bots) = (Database::replica_with_other_settings(), 0, 0);
        for (at, number, country, browser, plain, later) in visits {
            database.now += later;
            let code = &codes[at];
            if plain {
                database.visit(code);
                humans += 1;
            } else {
                let bot = browser == 7;
                database.visit_as(&said(code), &somebody(number, &format!("country {country}"), &format!("browser {browser}"), bot));
                if bot { bots += 1 } else { humans += 1 }
            }
            if number == 7 {
                database.store.reload();
            }
            if number == 8 {
                database.store.defragment();
            }
            if number == 9 {
                replica.follow(&mut database);
            }
        }
        replica.follow(&mut database);
        let digest = database.store.digest();
        prop_assert_eq!(&replica.store.digest(), &digest);
        database.store.reload();
        prop_assert_eq!(&database.store.digest(), &digest);
        let all: Vec<_> = codes.iter().map(|code| stats(&mut database, code, None)).collect();
        prop_assert_eq!(all.iter().map(|stats| stats.humans).sum::<u64>(), humans);
        prop_assert_eq!(all.iter().map(|stats| stats.bots).sum::<u64>(), bots);
    }
}
