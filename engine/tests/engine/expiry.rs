//! Expiry, and what remains after a link is removed.

use shorten_engine::settings::Strategy;
use shorten_engine::{Change, Expiry, LinkState, SetRequest, ShortenRequest, Ttl};

use shorten_testkit::store::{Database, NOON, crowd};

const URL: &[u8] = b"https://example.com/";

fn until(millis: i64) -> ShortenRequest<'static> {
    ShortenRequest {
        url: URL,
        strategy: Some(Strategy::Hash),
        expiry: Some(Expiry::AtMillis(NOON as i64 + millis)),
        ..ShortenRequest::default()
    }
}

#[test]
fn a_link_answers_until_the_very_millisecond_it_expires() {
    let mut database = Database::default();
    let code = database.engine().shorten(&until(100)).unwrap();
    database.now = NOON + 99;
    assert!(
        database.resolve(code.as_bytes()).is_some() && database.visit(code.as_bytes()).is_some()
    );
    database.now = NOON + 100;
    assert_eq!(
        (
            database.resolve(code.as_bytes()),
            database.visit(code.as_bytes())
        ),
        (None, None)
    );
    let info = database.engine().info(code.as_bytes()).unwrap().unwrap();
    assert_eq!((info.state, info.visits), (LinkState::Expired, 1));
}

#[test]
fn it_is_reclaimed_when_it_was_kept_long_enough_and_not_a_millisecond_earlier() {
    for (retention, at) in [("0", 100), ("2", 2100)] {
        let mut database = Database::with(&[("expired-retention", retention)]);
        let code = database.engine().shorten(&until(100)).unwrap();
        let alias = ShortenRequest {
            alias: Some(code.as_bytes()),
            url: URL,
            ..ShortenRequest::default()
        };
        database.now = NOON + at - 1;
        assert_eq!(database.engine().reclaim(code.slot(), 10).unwrap(), 0);
        assert_eq!(
            database.engine().shorten(&alias).unwrap_err().word(),
            "CODETAKEN",
            "it stays reserved"
        );
        database.now = NOON + at;
        database.store.events.clear();
        assert_eq!(database.engine().reclaim(code.slot(), 10).unwrap(), 1);
        assert_eq!(database.store.events, [(code.to_string(), Change::Expired)]);
        assert_eq!(database.counters.expired(), 1);
        assert_eq!(database.engine().shorten(&alias).unwrap(), code);
    }
}

#[test]
fn a_removed_link_leaves_no_record_no_entry_and_no_key() {
    let mut database = Database::default();
    for expiry in [None, until(1).expiry] {
        let code = database
            .engine()
            .shorten(&ShortenRequest { expiry, ..until(1) })
            .unwrap();
        let entries = |database: &Database| {
            database
                .store
                .shards
                .values()
                .map(|held| held.0.size().entries)
                .sum::<usize>()
        };
        assert_eq!(entries(&database), usize::from(expiry.is_none()));
        if expiry.is_none() {
            assert!(database.engine().delete(code.as_bytes()).unwrap());
        } else {
            database.now += 1;
            assert_eq!(database.engine().reclaim(code.slot(), 1).unwrap(), 1);
        }
        assert!(
            database.store.shards.is_empty(),
            "{:?}",
            database.store.shards
        );
    }
}

#[test]
fn another_destination_an_expiry_or_a_limit_removes_the_entry_for_good() {
    for change in 0..3 {
        let mut database = Database::default();
        let code = database
            .engine()
            .shorten(&ShortenRequest {
                expiry: None,
                ..until(1)
            })
            .unwrap();
        assert_eq!(database.engine().find(URL).unwrap(), Some(code));
        let set = match change {
            0 => SetRequest {
                url: b"https://example.org/",
                ..edit(code.as_bytes())
            },
            1 => SetRequest {
                ttl: Ttl::Set(Expiry::InSeconds(5)),
                ..edit(code.as_bytes())
            },
            _ => SetRequest {
                max_visits: Some(5),
                ..edit(code.as_bytes())
            },
        };
        assert!(database.engine().set(&set).unwrap());
        assert_eq!(database.engine().find(URL).unwrap(), None);
        let back = SetRequest {
            max_visits: Some(0),
            ..edit(code.as_bytes())
        };
        assert!(database.engine().set(&back).unwrap());
        assert_eq!(database.engine().find(URL).unwrap(), None, "for good");
    }
}

fn edit(code: &[u8]) -> SetRequest<'_> {
    SetRequest {
        code,
        url: URL,
        ..SetRequest::default()
    }
}

/// Many links of one slot with expiries, in pages that were split, and merged again when most links
/// were deleted.
#[test]
fn no_expiry_is_lost_when_pages_are_split_and_merged() {
    let links = if cfg!(miri) { 10 } else { 2000 };
    for deleted in [false, true] {
        let mut database = Database::default();
        let codes = crowd(links);
        // The last ones expire soon. Others are inserted between them, which splits their pages.
        // Those never expire, nor do the ones before them, whose pages are merged with theirs when
        // most are deleted.
        for (nth, at) in (0..links).map(|at| at * 13 % links).enumerate() {
            let ttl = if nth < links / 2 && at >= links / 2 {
                Ttl::Set(Expiry::InMillis(1 + nth as i64 % 500))
            } else {
                Ttl::Drop
            };
            let set = SetRequest {
                code: codes[at].as_bytes(),
                url: URL,
                ttl,
                ..SetRequest::default()
            };
            assert!(database.engine().set(&set).unwrap());
        }
        for code in codes
            .iter()
            .enumerate()
            .filter(|(at, _)| deleted && at % 8 != 0)
            .map(|(_, code)| code)
        {
            assert!(database.engine().delete(code.as_bytes()).unwrap());
        }
        let mut removed = 0;
        for moment in (0..=510).step_by(51) {
            database.now = NOON + moment;
            let due = codes.iter().filter(|code| {
                let info = database.engine().info(code.as_bytes()).unwrap();
                info.is_some_and(|info| info.state == LinkState::Expired)
            });
            let due = due.count();
            assert_eq!(
                database.engine().reclaim(0, usize::MAX).unwrap(),
                due,
                "{moment}"
            );
            removed += due;
        }
        assert!(removed > 0 && database.store.shards[&0].0.size().expiring == 0);
    }
}
