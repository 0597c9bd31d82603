//! Expired links that are still kept: renewing one restores all its data.

use shorten_engine::settings::Strategy;
use shorten_engine::{
    Change, Condition, Expiry, LinkState, Origin, SetRequest, ShortenRequest, StatsRequest, Ttl,
};

use crate::visits::{said, somebody};
use shorten_testkit::store::{Database, NOON};

const URL: &[u8] = b"https://example.com/";

/// A link with visits of three humans and a bot, which expired a second ago.
fn expired(max_visits: Option<u64>) -> (Database, Vec<u8>) {
    let mut database = Database::with(&[("expired-retention", "10")]);
    let request = ShortenRequest {
        url: URL,
        strategy: Some(Strategy::Hash),
        expiry: Some(Expiry::InSeconds(5)),
        max_visits,
        note: Some(b"spring"),
        ..ShortenRequest::default()
    };
    let code = database.engine().shorten(&request).unwrap();
    for number in 0..4 {
        let seen = somebody(number, "DE", "Firefox", number == 3);
        let _ = database.visit_as(&said(code.as_bytes()), &seen);
    }
    database.now = NOON + 6_000;
    assert_eq!(database.resolve(code.as_bytes()), None);
    database.store.events.clear();
    (database, code.as_bytes().to_vec())
}

fn edit(code: &[u8]) -> SetRequest<'_> {
    SetRequest {
        code,
        url: URL,
        ..SetRequest::default()
    }
}

/// Every way to change a link's expiry.
const WAYS: [fn(&mut Database, &[u8]) -> bool; 5] = [
    |database, code| database.engine().expire(code, 60).unwrap(),
    |database, code| database.engine().persist(code).unwrap(),
    |database, code| set(database, code, Ttl::Set(Expiry::InSeconds(60)), None),
    |database, code| set(database, code, Ttl::Drop, None),
    |database, code| set(database, code, Ttl::Drop, Some(Condition::Xx)),
];

fn set(database: &mut Database, code: &[u8], ttl: Ttl, condition: Option<Condition>) -> bool {
    let set = SetRequest {
        ttl,
        condition,
        ..edit(code)
    };
    database.engine().set(&set).unwrap()
}

#[test]
fn an_expired_link_that_is_kept_is_renewed_with_its_visits_and_statistics() {
    for (way, renew) in WAYS.into_iter().enumerate() {
        let (mut database, code) = expired(None);
        let request = StatsRequest {
            code: &code,
            ..StatsRequest::default()
        };
        let before = database.engine().stats(&request).unwrap().unwrap();
        assert_eq!((before.humans, before.bots, before.visitors), (3, 1, 3));
        assert!(renew(&mut database, &code), "way {way}");
        assert_eq!(database.resolve(&code).as_deref(), Some(URL), "way {way}");
        assert_eq!(database.engine().stats(&request).unwrap().unwrap(), before);
        let info = database.engine().info(&code).unwrap().unwrap();
        assert_eq!(
            (info.state, info.strategy, info.created, info.updated),
            (LinkState::Active, Origin::Hash, NOON, database.now)
        );
        assert_eq!(info.note.as_deref(), Some(&b"spring"[..]));
        let expected = [Change::Expire, Change::Persist, Change::Set];
        let event = (
            String::from_utf8(code.clone()).unwrap(),
            expected[way.min(2)],
        );
        assert_eq!(database.store.events, [event]);
        assert!(database.visit(&code).is_some());
        // The former expiry does not make it reclaimable.
        let slot = shorten_engine::code::slot::of(&code);
        database.now += 20_000;
        assert_eq!(database.engine().reclaim(slot, 10).unwrap(), 0);
        let mut replica = Database::replica_with_other_settings();
        replica.follow(&mut database);
        assert_eq!(replica.store.digest(), database.store.digest());
    }
}

#[test]
fn a_link_past_its_retention_is_not_renewed_reclaimed_or_not() {
    for (way, renew) in WAYS.into_iter().enumerate() {
        let (mut database, code) = expired(None);
        database.now = NOON + 15_000;
        let sets = way == 2 || way == 3;
        assert_eq!(renew(&mut database, &code), sets, "way {way}");
        let info = database.engine().info(&code).unwrap().unwrap();
        let expected = if sets {
            (LinkState::Active, 0, Origin::Alias)
        } else {
            (LinkState::Expired, 3, Origin::Hash)
        };
        assert_eq!((info.state, info.visits, info.strategy), expected);
        let request = StatsRequest {
            code: &code,
            ..StatsRequest::default()
        };
        let stats = database.engine().stats(&request).unwrap().unwrap();
        assert_eq!(stats.visitors, if sets { 0 } else { 3 });
    }
}

#[test]
fn an_expired_link_that_is_kept_holds_its_code() {
    let (mut database, code) = expired(None);
    let digest = database.store.digest();
    assert!(!set(&mut database, &code, Ttl::Drop, Some(Condition::Nx)));
    assert_eq!(database.store.digest(), digest);
    assert!(set(&mut database, &code, Ttl::Keep, Some(Condition::Xx)));
    let info = database.engine().info(&code).unwrap().unwrap();
    assert_eq!(
        (info.state, info.expires, info.visits),
        (LinkState::Expired, Some(NOON + 5_000), 3),
        "KEEPTTL keeps what there is"
    );
    assert!(database.engine().expire(&code, 0).unwrap(), "deleted");
    assert_eq!(database.engine().info(&code).unwrap(), None);
}

#[test]
fn a_renewed_link_is_not_found_by_its_url() {
    let mut database = Database::with(&[("expired-retention", "10")]);
    let plain = ShortenRequest {
        url: URL,
        ..ShortenRequest::default()
    };
    let code = database.engine().shorten(&plain).unwrap();
    assert!(database.engine().expire(code.as_bytes(), 1).unwrap());
    database.now += 2_000;
    let other = database.engine().shorten(&plain).unwrap();
    assert!(database.engine().persist(code.as_bytes()).unwrap());
    assert_eq!(database.engine().find(URL).unwrap(), Some(other));
    assert!(database.engine().delete(other.as_bytes()).unwrap());
    assert_eq!(database.engine().find(URL).unwrap(), None);
}

#[test]
fn raising_the_limit_renews_an_exhausted_link() {
    let (mut database, code) = expired(Some(2));
    assert!(database.engine().expire(&code, 60).unwrap());
    let info = database.engine().info(&code).unwrap().unwrap();
    assert_eq!((info.state, info.visits), (LinkState::Exhausted, 2));
    let more = SetRequest {
        max_visits: Some(3),
        ttl: Ttl::Keep,
        ..edit(&code)
    };
    assert!(database.engine().set(&more).unwrap());
    assert!(database.visit(&code).is_some());
    assert_eq!(database.visit(&code), None);
    let lifted = SetRequest {
        max_visits: Some(0),
        ..more
    };
    assert!(database.engine().set(&lifted).unwrap());
    assert!(database.visit(&code).is_some());
}
