//! Expiry and what is left behind when a link goes.

use shorten_engine::settings::Strategy;
use shorten_engine::{Change, Expiry, LinkState, SetRequest, ShortenRequest, Ttl};

use shorten_testkit::store::{NOON, World, crowd};

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
    let mut world = World::default();
    let code = world.engine().shorten(&until(100)).unwrap();
    world.now = NOON + 99;
    assert!(world.resolve(code.as_bytes()).is_some() && world.visit(code.as_bytes()).is_some());
    world.now = NOON + 100;
    assert_eq!(
        (world.resolve(code.as_bytes()), world.visit(code.as_bytes())),
        (None, None)
    );
    let info = world.engine().info(code.as_bytes()).unwrap().unwrap();
    assert_eq!((info.state, info.visits), (LinkState::Expired, 1));
}

#[test]
fn it_is_reclaimed_when_it_was_kept_long_enough_and_not_a_millisecond_earlier() {
    for (retention, at) in [("0", 100), ("2", 2100)] {
        let mut world = World::with(&[("expired-retention", retention)]);
        let code = world.engine().shorten(&until(100)).unwrap();
        let alias = ShortenRequest {
            alias: Some(code.as_bytes()),
            url: URL,
            ..ShortenRequest::default()
        };
        world.now = NOON + at - 1;
        assert_eq!(world.engine().reclaim(code.slot(), 10).unwrap(), 0);
        assert_eq!(
            world.engine().shorten(&alias).unwrap_err().word(),
            "CODETAKEN",
            "it stays reserved"
        );
        world.now = NOON + at;
        world.store.events.clear();
        assert_eq!(world.engine().reclaim(code.slot(), 10).unwrap(), 1);
        assert_eq!(world.store.events, [(code.to_string(), Change::Expired)]);
        assert_eq!(world.counters.expired(), 1);
        assert_eq!(world.engine().shorten(&alias).unwrap(), code);
    }
}

#[test]
fn a_link_that_goes_leaves_no_record_no_entry_and_no_key() {
    let mut world = World::default();
    for expiry in [None, until(1).expiry] {
        let code = world
            .engine()
            .shorten(&ShortenRequest { expiry, ..until(1) })
            .unwrap();
        let entries = |world: &World| {
            world
                .store
                .shards
                .values()
                .map(|held| held.0.size().entries)
                .sum::<usize>()
        };
        assert_eq!(entries(&world), usize::from(expiry.is_none()));
        if expiry.is_none() {
            assert!(world.engine().delete(code.as_bytes()).unwrap());
        } else {
            world.now += 1;
            assert_eq!(world.engine().reclaim(code.slot(), 1).unwrap(), 1);
        }
        assert!(world.store.shards.is_empty(), "{:?}", world.store.shards);
    }
}

#[test]
fn another_destination_an_expiry_or_a_limit_takes_the_entry_away_for_good() {
    for change in 0..3 {
        let mut world = World::default();
        let code = world
            .engine()
            .shorten(&ShortenRequest {
                expiry: None,
                ..until(1)
            })
            .unwrap();
        assert_eq!(world.engine().find(URL).unwrap(), Some(code));
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
        assert!(world.engine().set(&set).unwrap());
        assert_eq!(world.engine().find(URL).unwrap(), None);
        let back = SetRequest {
            max_visits: Some(0),
            ..edit(code.as_bytes())
        };
        assert!(world.engine().set(&back).unwrap());
        assert_eq!(world.engine().find(URL).unwrap(), None, "for good");
    }
}

fn edit(code: &[u8]) -> SetRequest<'_> {
    SetRequest {
        code,
        url: URL,
        ..SetRequest::default()
    }
}

/// Many links of one slot with expiries, in pages that were split, and merged again when most were deleted.
#[test]
fn none_is_forgotten_however_its_page_was_split_and_merged() {
    let links = if cfg!(miri) { 10 } else { 2000 };
    for deleted in [false, true] {
        let mut world = World::default();
        let codes = crowd(links);
        // Those behind end soon. Others come between them, to split their pages, and never end, nor do those before them,
        // whose pages take theirs in when most are deleted.
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
            assert!(world.engine().set(&set).unwrap());
        }
        for code in codes
            .iter()
            .enumerate()
            .filter(|(at, _)| deleted && at % 8 != 0)
            .map(|(_, code)| code)
        {
            assert!(world.engine().delete(code.as_bytes()).unwrap());
        }
        let mut removed = 0;
        for moment in (0..=510).step_by(51) {
            world.now = NOON + moment;
            let due = codes.iter().filter(|code| {
                let info = world.engine().info(code.as_bytes()).unwrap();
                info.is_some_and(|info| info.state == LinkState::Expired)
            });
            let due = due.count();
            assert_eq!(
                world.engine().reclaim(0, usize::MAX).unwrap(),
                due,
                "{moment}"
            );
            removed += due;
        }
        assert!(removed > 0 && world.store.shards[&0].0.size().expiring == 0);
    }
}
