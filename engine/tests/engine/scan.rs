//! LINK.SCAN's guarantee: a link that exists from the first call to the last is returned, whatever
//! else happens in between.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use shorten_engine::code::Code;
use shorten_engine::{Expiry, SetRequest, ShortenRequest};

use shorten_testkit::store::{Database, crowd};

/// What happens between two calls.
#[derive(Clone, Debug)]
enum Meanwhile {
    Make(u8),
    MakeInOneSlot(u8),
    Alias(u16),
    Delete(u16),
    Expire(u8),
    Restart,
}

fn meanwhile() -> impl Strategy<Value = Meanwhile> {
    prop_oneof![
        any::<u8>().prop_map(Meanwhile::Make),
        any::<u8>().prop_map(Meanwhile::MakeInOneSlot),
        any::<u16>().prop_map(Meanwhile::Alias),
        any::<u16>().prop_map(Meanwhile::Delete),
        (1..20_u8).prop_map(Meanwhile::Expire),
        Just(Meanwhile::Restart),
    ]
}

fn happen(database: &mut Database, what: &Meanwhile, crowd: &[Code], gone: &mut BTreeSet<String>) {
    let url = b"https://example.com/";
    let own = ShortenRequest {
        url,
        new: true,
        ..ShortenRequest::default()
    };
    match what {
        Meanwhile::Make(n) => {
            for _ in 0..*n {
                database.engine().shorten(&own).unwrap();
            }
        }
        Meanwhile::MakeInOneSlot(n) => {
            for code in crowd.iter().take(usize::from(*n)) {
                database
                    .engine()
                    .set(&SetRequest {
                        code: code.as_bytes(),
                        url,
                        ..SetRequest::default()
                    })
                    .unwrap();
            }
        }
        Meanwhile::Alias(n) => {
            let alias = format!("an-alias-of-its-own-{n}");
            let _ = database.engine().shorten(&ShortenRequest {
                alias: Some(alias.as_bytes()),
                ..own
            });
        }
        Meanwhile::Delete(n) => {
            // Every n-th existing link.
            let every = usize::from(*n % 7) + 2;
            for code in database.scan(1000).into_iter().step_by(every) {
                assert!(database.engine().delete(code.as_bytes()).unwrap());
                gone.insert(code);
            }
        }
        Meanwhile::Expire(n) => {
            let mut engine = database.engine();
            let code = engine
                .shorten(&ShortenRequest {
                    expiry: Some(Expiry::InMillis(1)),
                    ..own
                })
                .unwrap();
            gone.insert(code.to_string());
            database.now += u64::from(*n);
            database.engine().reclaim(code.slot(), 100).unwrap();
        }
        Meanwhile::Restart => database.store.reload(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 64 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn links_that_stay_are_returned_and_absent_ones_are_not(
        made in 1..if cfg!(miri) { 10 } else { 300_usize },
        crowded in 0..if cfg!(miri) { 2 } else { 360_usize },
        count in prop_oneof![1..4_usize, 10..200_usize],
        happenings in vec((0..40_usize, meanwhile()), 0..if cfg!(miri) { 2 } else { 8 }),
    ) {
        let (mut database, crowd) = (Database::default(), crowd(400));
        let mut gone = BTreeSet::new();
        happen(&mut database, &Meanwhile::MakeInOneSlot(255), &crowd[..crowded.min(crowd.len())], &mut gone);
        for _ in 0..made {
            happen(&mut database, &Meanwhile::Make(1), &crowd, &mut gone);
        }
        let before: BTreeSet<String> = database.scan(1000).into_iter().collect();
        let (mut shown, mut cursor, mut calls) = (BTreeSet::new(), 0, 0_usize);
        let mut ever = before.clone();
        loop {
            cursor = database.engine().scan(cursor, count, |code| { shown.insert(code.to_string()); }).unwrap();
            if cursor == 0 {
                break;
            }
            for (_, what) in happenings.iter().filter(|(when, _)| *when == calls) {
                happen(&mut database, what, &crowd, &mut gone);
                ever.extend(database.scan(1000));
            }
            calls += 1;
        }
        for code in before.difference(&gone) {
            prop_assert!(shown.contains(code), "{} was there all the time", code);
        }
        prop_assert!(shown.is_subset(&ever));
    }
}

#[test]
fn a_cursor_means_the_same_in_another_process() {
    let (mut database, mut other) = (Database::default(), Database::replica_with_other_settings());
    for number in 0..50 {
        let url = format!("https://example.com/{number}");
        database
            .engine()
            .shorten(&ShortenRequest {
                url: url.as_bytes(),
                ..ShortenRequest::default()
            })
            .unwrap();
    }
    let all: BTreeSet<String> = database.scan(7).into_iter().collect();
    other.follow(&mut database);
    let (mut shown, mut cursor, mut turn) = (BTreeSet::new(), 0, 0);
    loop {
        let on = if turn % 2 == 0 {
            &mut database
        } else {
            &mut other
        };
        cursor = on
            .engine()
            .scan(cursor, 3, |code| {
                shown.insert(code.to_string());
            })
            .unwrap();
        turn += 1;
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(shown, all);
}

#[test]
fn a_scan_call_returns_about_count_codes_and_makes_progress() {
    let mut database = Database::default();
    for code in crowd(200) {
        let set = SetRequest {
            code: code.as_bytes(),
            url: b"https://example.com/",
            ..SetRequest::default()
        };
        assert!(database.engine().set(&set).unwrap());
    }
    for count in [1, 2, 50, 1000] {
        let (mut cursor, mut calls) = (0, 0);
        loop {
            let mut shown = 0;
            let next = database
                .engine()
                .scan(cursor, count, |_| shown += 1)
                .unwrap();
            assert!(
                // The last bucket is complete and holds at most ten codes.
                shown < count + 10 && (next == 0 || next > cursor),
                "{cursor} {next}"
            );
            (cursor, calls) = (next, calls + 1);
            if cursor == 0 {
                break;
            }
        }
        assert!(calls < 300);
    }
}

#[test]
fn an_arbitrary_cursor_is_harmless() {
    let mut database = Database::default();
    database
        .engine()
        .shorten(&ShortenRequest {
            url: b"https://example.com/",
            ..ShortenRequest::default()
        })
        .unwrap();
    for cursor in [1, 1 << 38, (16_383 << 39) + 5, (1 << 53) - 1] {
        database.engine().scan(cursor, 10, |_| ()).unwrap();
        database.engine().pool_reserved(cursor, 10, |_| ()).unwrap();
    }
}

#[test]
fn a_cursor_that_no_scan_gives_is_an_error() {
    let mut database = Database::default();
    for cursor in [1 << 53, 1 << 62, u64::MAX] {
        let error = database.engine().scan(cursor, 10, |_| ()).unwrap_err();
        assert_eq!(error.word(), "ERR");
        let error = database
            .engine()
            .pool_reserved(cursor, 10, |_| ())
            .unwrap_err();
        assert_eq!(error.word(), "ERR");
    }
}

#[test]
fn every_cursor_is_below_2_to_the_53_and_nothing_is_left_out_by_a_client_that_keeps_doubles() {
    let mut database = Database::default();
    let links = if cfg!(miri) { 20 } else { 2000 };
    let mut set = |code: &[u8]| {
        let set = SetRequest {
            code,
            url: b"https://example.com/",
            ..SetRequest::default()
        };
        assert!(database.engine().set(&set).unwrap());
    };
    // Codes of every length, in all slots including the last one, and many in one slot.
    for number in 0..links {
        for digits in 1..=8 {
            let value = number * 7_919_777_777 % 62_u64.pow(digits);
            set(Code::fixed(value, digits as usize).unwrap().as_bytes());
        }
        set(format!("an-alias-of-its-own-{number}").as_bytes());
    }
    crowd(400).iter().for_each(|code| set(code.as_bytes()));
    for count in [1, 2, 7, 1000] {
        let (mut codes, mut cursor) = (vec![], 0);
        loop {
            let next = database
                .engine()
                .scan(cursor, count, |code| codes.push(code.to_string()))
                .unwrap();
            assert!(next < 1 << 53 && (next as f64) as u64 == next, "{next}");
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        let held = database.engine().count().unwrap();
        assert_eq!(codes.len() as u64, held, "each once, {count} at a time");
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len() as u64, held);
    }
}
