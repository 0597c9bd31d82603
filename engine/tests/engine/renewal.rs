//! Expired links that are still kept: they come back with all they had.

use shorten_engine::settings::Strategy;
use shorten_engine::{
    Change, Condition, Expiry, LinkState, Origin, SetRequest, ShortenRequest, StatsRequest, Ttl,
};

use crate::visits::{said, somebody};
use shorten_testkit::store::{NOON, World};

const URL: &[u8] = b"https://example.com/";

/// A link that was visited by three people and a bot, and expired a second ago.
fn expired(max_visits: Option<u64>) -> (World, Vec<u8>) {
    let mut world = World::with(&[("expired-retention", "10")]);
    let request = ShortenRequest {
        url: URL,
        strategy: Some(Strategy::Hash),
        expiry: Some(Expiry::InSeconds(5)),
        max_visits,
        note: Some(b"spring"),
        ..ShortenRequest::default()
    };
    let code = world.engine().shorten(&request).unwrap();
    for number in 0..4 {
        let seen = somebody(number, "DE", "Firefox", number == 3);
        let _ = world.visit_as(&said(code.as_bytes()), &seen);
    }
    world.now = NOON + 6_000;
    assert_eq!(world.resolve(code.as_bytes()), None);
    world.store.events.clear();
    (world, code.as_bytes().to_vec())
}

fn edit(code: &[u8]) -> SetRequest<'_> {
    SetRequest {
        code,
        url: URL,
        ..SetRequest::default()
    }
}

/// Every way to give a link another expiry, or none.
const WAYS: [fn(&mut World, &[u8]) -> bool; 5] = [
    |world, code| world.engine().expire(code, 60).unwrap(),
    |world, code| world.engine().persist(code).unwrap(),
    |world, code| set(world, code, Ttl::Set(Expiry::InSeconds(60)), None),
    |world, code| set(world, code, Ttl::Drop, None),
    |world, code| set(world, code, Ttl::Drop, Some(Condition::Xx)),
];

fn set(world: &mut World, code: &[u8], ttl: Ttl, condition: Option<Condition>) -> bool {
    let set = SetRequest {
        ttl,
        condition,
        ..edit(code)
    };
    world.engine().set(&set).unwrap()
}

#[test]
fn an_expired_link_that_is_kept_comes_back_with_its_visits_and_statistics() {
    for (way, renew) in WAYS.into_iter().enumerate() {
        let (mut world, code) = expired(None);
        let request = StatsRequest {
            code: &code,
            ..StatsRequest::default()
        };
        let before = world.engine().stats(&request).unwrap().unwrap();
        assert_eq!((before.humans, before.bots, before.visitors), (3, 1, 3));
        assert!(renew(&mut world, &code), "way {way}");
        assert_eq!(world.resolve(&code).as_deref(), Some(URL), "way {way}");
        assert_eq!(world.engine().stats(&request).unwrap().unwrap(), before);
        let info = world.engine().info(&code).unwrap().unwrap();
        assert_eq!(
            (info.state, info.strategy, info.created, info.updated),
            (LinkState::Active, Origin::Hash, NOON, world.now)
        );
        assert_eq!(info.note.as_deref(), Some(&b"spring"[..]));
        let expected = [Change::Expire, Change::Persist, Change::Set];
        let event = (
            String::from_utf8(code.clone()).unwrap(),
            expected[way.min(2)],
        );
        assert_eq!(world.store.events, [event]);
        assert!(world.visit(&code).is_some());
        // It is not reclaimed for what it was.
        let slot = shorten_engine::code::slot::of(&code);
        world.now += 20_000;
        assert_eq!(world.engine().reclaim(slot, 10).unwrap(), 0);
        let mut replica = World::replica_with_other_settings();
        replica.follow(&mut world);
        assert_eq!(replica.store.digest(), world.store.digest());
    }
}

#[test]
fn a_link_that_is_kept_no_more_does_not_come_back_reclaimed_or_not() {
    for (way, renew) in WAYS.into_iter().enumerate() {
        let (mut world, code) = expired(None);
        world.now = NOON + 15_000;
        let sets = way == 2 || way == 3;
        assert_eq!(renew(&mut world, &code), sets, "way {way}");
        let info = world.engine().info(&code).unwrap().unwrap();
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
        let stats = world.engine().stats(&request).unwrap().unwrap();
        assert_eq!(stats.visitors, if sets { 0 } else { 3 });
    }
}

#[test]
fn an_expired_link_that_is_kept_holds_its_code() {
    let (mut world, code) = expired(None);
    let digest = world.store.digest();
    assert!(!set(&mut world, &code, Ttl::Drop, Some(Condition::Nx)));
    assert_eq!(world.store.digest(), digest);
    assert!(set(&mut world, &code, Ttl::Keep, Some(Condition::Xx)));
    let info = world.engine().info(&code).unwrap().unwrap();
    assert_eq!(
        (info.state, info.expires, info.visits),
        (LinkState::Expired, Some(NOON + 5_000), 3),
        "KEEPTTL keeps what there is"
    );
    assert!(world.engine().expire(&code, 0).unwrap(), "deleted");
    assert_eq!(world.engine().info(&code).unwrap(), None);
}

#[test]
fn a_link_that_comes_back_is_not_found_by_its_url() {
    let mut world = World::with(&[("expired-retention", "10")]);
    let plain = ShortenRequest {
        url: URL,
        ..ShortenRequest::default()
    };
    let code = world.engine().shorten(&plain).unwrap();
    assert!(world.engine().expire(code.as_bytes(), 1).unwrap());
    world.now += 2_000;
    let other = world.engine().shorten(&plain).unwrap();
    assert!(world.engine().persist(code.as_bytes()).unwrap());
    assert_eq!(world.engine().find(URL).unwrap(), Some(other));
    assert!(world.engine().delete(other.as_bytes()).unwrap());
    assert_eq!(world.engine().find(URL).unwrap(), None);
}

#[test]
fn a_link_whose_visits_are_used_up_comes_back_when_it_may_give_more() {
    let (mut world, code) = expired(Some(2));
    assert!(world.engine().expire(&code, 60).unwrap());
    let info = world.engine().info(&code).unwrap().unwrap();
    assert_eq!((info.state, info.visits), (LinkState::Exhausted, 2));
    let more = SetRequest {
        max_visits: Some(3),
        ttl: Ttl::Keep,
        ..edit(&code)
    };
    assert!(world.engine().set(&more).unwrap());
    assert!(world.visit(&code).is_some());
    assert_eq!(world.visit(&code), None);
    let lifted = SetRequest {
        max_visits: Some(0),
        ..more
    };
    assert!(world.engine().set(&lifted).unwrap());
    assert!(world.visit(&code).is_some());
}
