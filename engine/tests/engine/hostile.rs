//! Bytes from anybody, as LINK.APPLY, LINK.LOAD and RESTORE may bring them: an error and nothing changed, or a sound change.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use shorten_engine::code::Code;
use shorten_engine::code::slot;
use shorten_engine::{Expiry, SetRequest, Shard, ShortenRequest};

use crate::visits::{said, somebody};
use shorten_testkit::store::{Held, NOON, World, varint};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 8 } else { cases },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A database with something of everything, and all the effects that made it.
fn populated() -> (World, Vec<(u16, Vec<u8>)>) {
    let mut world = World::with(&[("pool-min", "2"), ("pool-max", "20")]);
    let urls = [
        "https://example.com/",
        "https://example.com/{06S}",
        "https://example.org/{g8}/x",
        "https://example.net/?q=\u{e9}",
    ];
    for (at, url) in urls.iter().enumerate() {
        let plain = ShortenRequest {
            url: url.as_bytes(),
            ..ShortenRequest::default()
        };
        let code = world.engine().shorten(&plain).unwrap();
        world.visit(code.as_bytes()).unwrap();
        for number in 0..3 {
            let seen = somebody(number, "DE", "Firefox", number == 2);
            world.visit_as(&said(code.as_bytes()), &seen).unwrap();
        }
        let own = ShortenRequest {
            max_visits: Some(2),
            note: Some(b"note"),
            expiry: Some(Expiry::InSeconds(9 + at as i64)),
            ..plain
        };
        let code = world.engine().shorten(&own).unwrap();
        world.visit(code.as_bytes()).unwrap();
        let alias = format!("an-alias-of-its-own-{at}");
        let aliased = ShortenRequest {
            alias: Some(alias.as_bytes()),
            ..plain
        };
        let code = world.engine().shorten(&aliased).unwrap();
        assert!(world.engine().expire(code.as_bytes(), 60).unwrap());
    }
    for strategy in shorten_engine::settings::Strategy::ALL {
        let url = format!("https://example.com/{}", strategy.as_str());
        world
            .engine()
            .shorten(&ShortenRequest {
                url: url.as_bytes(),
                strategy: Some(strategy),
                ..ShortenRequest::default()
            })
            .unwrap();
    }
    world.engine().pool_fill(None).unwrap();
    let taken = world.engine().pool_take(4).unwrap();
    let released = world
        .engine()
        .pool_release([taken[0].as_bytes()].into_iter());
    assert_eq!(released, Ok(1));
    let set = SetRequest {
        code: b"abcdef",
        url: b"https://example.com/set",
        visits: Some(7),
        created: Some(1),
        ..SetRequest::default()
    };
    assert!(world.engine().set(&set).unwrap());
    assert!(world.engine().delete(b"g9").unwrap());
    let effects = std::mem::take(&mut world.store.effects);
    world.store.events.clear();
    (world, effects)
}

/// One way of spoiling bytes; positions are taken mod the length.
#[derive(Clone, Debug)]
enum Spoil {
    Set(usize, u8),
    Flip(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Cut(usize),
    Double(usize),
}

fn spoil() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Spoil::Set(at, byte)),
        (any::<usize>(), 0..8_u8).prop_map(|(at, bit)| Spoil::Flip(at, bit)),
        (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Spoil::Insert(at, byte)),
        any::<usize>().prop_map(Spoil::Remove),
        any::<usize>().prop_map(Spoil::Cut),
        any::<usize>().prop_map(Spoil::Double),
    ]
}

fn spoilt(bytes: &[u8], how: &[Spoil]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for spoil in how {
        let len = bytes.len().max(1);
        match *spoil {
            Spoil::Set(at, byte) => bytes
                .iter_mut()
                .skip(at % len)
                .take(1)
                .for_each(|old| *old = byte),
            Spoil::Flip(at, bit) => bytes
                .iter_mut()
                .skip(at % len)
                .take(1)
                .for_each(|old| *old ^= 1 << bit),
            Spoil::Insert(at, byte) => bytes.insert((at % len).min(bytes.len()), byte),
            Spoil::Remove(at) => drop(bytes.drain((at % len).min(bytes.len())..).next()),
            Spoil::Cut(at) => bytes.truncate(at % len),
            Spoil::Double(at) => bytes.extend_from_within((at % len).min(bytes.len())..),
        }
    }
    bytes
}

/// What must hold after bytes were accepted: the shards can be saved and read again, and every command still runs.
fn is_sound(world: &mut World) {
    let digest = world.store.digest();
    world.store.reload();
    assert_eq!(world.store.digest(), digest);
    let codes = world.scan(3);
    assert_eq!(world.engine().count().unwrap(), codes.len() as u64);
    for code in &codes {
        assert!(
            world.engine().info(code.as_bytes()).unwrap().is_some(),
            "{code}"
        );
        world.visit(code.as_bytes());
    }
    world.engine().pool_take(2).unwrap();
    let some = ShortenRequest {
        url: b"https://example.com/after",
        new: true,
        ..ShortenRequest::default()
    };
    let _ = world.engine().shorten(&some);
    world.now = u64::MAX / 2;
    for at in world.store.shards.keys().copied().collect::<Vec<_>>() {
        world.engine().reclaim(at, usize::MAX).unwrap();
    }
    for code in world.scan(100) {
        assert!(world.engine().delete(code.as_bytes()).unwrap());
    }
    assert_eq!(world.engine().count().unwrap(), 0);
}

/// Applies bytes and sees that they are refused without a trace, or taken in whole.
fn apply(world: &mut World, at: u16, payload: &[u8]) {
    let before = world.store.digest();
    match world.engine().apply(at, payload) {
        Ok(()) => {
            assert_eq!(
                world.store.effects.pop(),
                Some((at, payload.to_vec())),
                "sent on as it came"
            );
            let after = world.store.digest();
            world.engine().apply(at, payload).unwrap();
            assert_eq!(
                world.store.digest(),
                after,
                "applying twice is applying once"
            );
            is_sound(world);
        }
        Err(error) => {
            assert_eq!((world.store.digest(), error.word()), (before, "ERR"));
            assert!(world.store.effects.is_empty() && world.store.events.is_empty());
        }
    }
}

/// Loads bytes into a shard and sees the same.
fn load(world: &mut World, at: u16, chunk: &[u8]) {
    let before = world.store.digest();
    let held = world
        .store
        .shards
        .get(&at)
        .map_or(0, |held| held.0.memory_usage());
    match world.engine().load(at, chunk) {
        Ok(()) => {
            let holds = world
                .store
                .shards
                .get(&at)
                .map_or(0, |held| held.0.memory_usage());
            assert!(
                holds <= held + 64 * chunk.len() + 4096,
                "{holds} bytes for a chunk of {}",
                chunk.len()
            );
            is_sound(world);
        }
        Err(error) => assert_eq!((world.store.digest(), error.word()), (before, "ERR")),
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn no_payload_of_an_effect_does_harm(kind in 0..10_u8, body in vec(any::<u8>(), 0..40), at in 0..slot::SLOTS) {
        let payload = [&[1, kind][..], &body].concat();
        apply(&mut populated().0, at, &payload);
    }

    #[test]
    fn no_spoilt_effect_does_harm(which in any::<prop::sample::Index>(), how in vec(spoil(), 1..4)) {
        let (mut world, effects) = populated();
        let (at, payload) = which.get(&effects);
        apply(&mut world, *at, &spoilt(payload, &how));
    }

    #[test]
    fn no_chunk_does_harm(kind in 0..7_u8, body in vec(any::<u8>(), 0..60), at in prop_oneof![Just(0), 0..slot::SLOTS]) {
        let chunk = [&[1, kind][..], &body].concat();
        load(&mut populated().0, at, &chunk);
        drop(Shard::from_chunk(&chunk));
    }

    #[test]
    fn no_spoilt_chunk_does_harm(which in any::<prop::sample::Index>(), how in vec(spoil(), 1..4), fresh in any::<bool>()) {
        let (mut world, _) = populated();
        let chunks: Vec<_> = world.store.shards.values().flat_map(|held| held.0.chunks().map(|chunk| (held.0.slot(), chunk))).collect();
        let (at, chunk) = which.get(&chunks);
        let chunk = spoilt(chunk, &how);
        if fresh {
            world = World::default();
        }
        load(&mut world, *at, &chunk);
        if let Ok(shard) = Shard::from_chunk(&chunk) {
            world.store.shards.insert(shard.slot(), Held(shard));
        }
    }
}

#[test]
fn every_truncation_of_an_effect_is_refused_or_harmless() {
    let (_, effects) = populated();
    for (at, payload) in effects.iter().take(if cfg!(miri) { 2 } else { usize::MAX }) {
        for len in 0..payload.len() {
            apply(&mut World::default(), *at, &payload[..len]);
        }
    }
}

#[test]
fn an_effect_of_another_slot_is_refused() {
    let (_, effects) = populated();
    for (at, payload) in effects
        .iter()
        .filter(|(_, payload)| (1..=4).contains(&payload[1]))
    {
        let mut world = World::default();
        assert!(
            world
                .engine()
                .apply((at + 1) % slot::SLOTS, payload)
                .is_err()
        );
        assert!(world.store.shards.is_empty() && world.store.effects.is_empty());
    }
}

#[test]
fn an_expiry_already_past_is_applied_all_the_same() {
    let mut world = World::default();
    let request = ShortenRequest {
        url: b"https://example.com/",
        expiry: Some(Expiry::InSeconds(1)),
        ..ShortenRequest::default()
    };
    let code = world.engine().shorten(&request).unwrap();
    let mut late = World {
        now: NOON + 3_600_000,
        ..World::default()
    };
    late.follow(&mut world);
    assert_eq!(late.store.digest(), world.store.digest());
    assert_eq!(late.resolve(code.as_bytes()), None);
}

#[test]
fn an_index_whose_entries_all_collide_does_not_hang_who_loads_it() {
    let entries = if cfg!(miri) { 600 } else { 200_000 };
    let mut chunk = vec![1, 3];
    for rank in 0..entries {
        chunk.push(0);
        varint(&mut chunk, rank);
    }
    let mut world = World::default();
    let started = Instant::now();
    world.engine().load(5, &chunk).unwrap();
    world.store.reload();
    assert!(
        cfg!(miri) || started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    let entries = world.store.shards[&5].0.size().entries;
    assert!(
        (1..1000).contains(&entries),
        "{entries}: a look-up would be long"
    );
}

#[test]
fn a_code_is_in_the_pool_or_taken_never_both_whatever_a_payload_says() {
    let codes = ["100000", "abcdef"].map(|code| Code::parse(code.as_bytes()).unwrap());
    for kinds in [[4, 5], [5, 4]] {
        let mut world = World::default();
        for kind in kinds {
            let mut chunk = vec![1, kind];
            varint(&mut chunk, codes[0].rank());
            varint(&mut chunk, codes[1].rank() - codes[0].rank());
            world.engine().load(0, &chunk).unwrap();
        }
        let info = world.engine().pool_info().unwrap();
        assert_eq!(info.size + info.reserved, 2, "{info:?}");
    }
}
