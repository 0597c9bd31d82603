//! Untrusted bytes in LINK.APPLY, LINK.LOAD and RESTORE: either an error without a change, or a
//! valid change.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use shorten_engine::code::Code;
use shorten_engine::code::slot;
use shorten_engine::{Expiry, SetRequest, Shard, ShortenRequest};

use crate::visits::{said, somebody};
use shorten_testkit::store::{Database, Held, NOON, varint};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 8 } else { cases },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Returns a database with data of every kind, and all effects that led to it.
fn populated() -> (Database, Vec<(u16, Vec<u8>)>) {
    let mut database = Database::with(&[("pool-min", "2"), ("pool-max", "20")]);
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
        let code = database.engine().shorten(&plain).unwrap();
        database.visit(code.as_bytes()).unwrap();
        for number in 0..3 {
            let seen = somebody(number, "DE", "Firefox", number == 2);
            database.visit_as(&said(code.as_bytes()), &seen).unwrap();
        }
        let own = ShortenRequest {
            max_visits: Some(2),
            note: Some(b"note"),
            expiry: Some(Expiry::InSeconds(9 + at as i64)),
            ..plain
        };
        let code = database.engine().shorten(&own).unwrap();
        database.visit(code.as_bytes()).unwrap();
        let alias = format!("an-alias-of-its-own-{at}");
        let aliased = ShortenRequest {
            alias: Some(alias.as_bytes()),
            ..plain
        };
        let code = database.engine().shorten(&aliased).unwrap();
        assert!(database.engine().expire(code.as_bytes(), 60).unwrap());
    }
    for strategy in shorten_engine::settings::Strategy::ALL {
        let url = format!("https://example.com/{}", strategy.as_str());
        database
            .engine()
            .shorten(&ShortenRequest {
                url: url.as_bytes(),
                strategy: Some(strategy),
                ..ShortenRequest::default()
            })
            .unwrap();
    }
    database.engine().pool_fill(None).unwrap();
    let taken = database.engine().pool_take(4).unwrap();
    let released = database
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
    assert!(database.engine().set(&set).unwrap());
    assert!(database.engine().delete(b"g9").unwrap());
    let effects = std::mem::take(&mut database.store.effects);
    database.store.events.clear();
    (database, effects)
}

/// A way of corrupting bytes. Positions are taken mod the length.
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

/// Checks what must hold after bytes were accepted: the shards can be saved and read again, and
/// every command works.
fn is_sound(database: &mut Database) {
    let digest = database.store.digest();
    database.store.reload();
    assert_eq!(database.store.digest(), digest);
    let codes = database.scan(3);
    assert_eq!(database.engine().count().unwrap(), codes.len() as u64);
    for code in &codes {
        assert!(
            database.engine().info(code.as_bytes()).unwrap().is_some(),
            "{code}"
        );
        database.visit(code.as_bytes());
    }
    database.engine().pool_take(2).unwrap();
    let some = ShortenRequest {
        url: b"https://example.com/after",
        new: true,
        ..ShortenRequest::default()
    };
    let _ = database.engine().shorten(&some);
    database.now = u64::MAX / 2;
    for at in database.store.shards.keys().copied().collect::<Vec<_>>() {
        database.engine().reclaim(at, usize::MAX).unwrap();
    }
    for code in database.scan(100) {
        assert!(database.engine().delete(code.as_bytes()).unwrap());
    }
    assert_eq!(database.engine().count().unwrap(), 0);
}

/// Applies bytes. Checks that they are refused without a change, or applied completely.
fn apply(database: &mut Database, at: u16, payload: &[u8]) {
    let before = database.store.digest();
    match database.engine().apply(at, payload) {
        Ok(()) => {
            assert!(
                database.store.effects.is_empty(),
                "the command is sent on as it came, and nothing else"
            );
            let after = database.store.digest();
            database.engine().apply(at, payload).unwrap();
            assert_eq!(
                database.store.digest(),
                after,
                "applying twice is applying once"
            );
            is_sound(database);
        }
        Err(error) => {
            assert_eq!((database.store.digest(), error.word()), (before, "ERR"));
            assert!(database.store.effects.is_empty() && database.store.events.is_empty());
        }
    }
}

/// Loads bytes into a shard. Checks the same.
fn load(database: &mut Database, at: u16, chunk: &[u8]) {
    let before = database.store.digest();
    let held = database
        .store
        .shards
        .get(&at)
        .map_or(0, |held| held.0.memory_usage());
    match database.engine().load(at, chunk) {
        Ok(()) => {
            let holds = database
                .store
                .shards
                .get(&at)
                .map_or(0, |held| held.0.memory_usage());
            assert!(
                holds <= held + 64 * chunk.len() + 4096,
                "{holds} bytes for a chunk of {}",
                chunk.len()
            );
            is_sound(database);
        }
        Err(error) => assert_eq!((database.store.digest(), error.word()), (before, "ERR")),
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
    fn no_corrupted_effect_does_harm(which in any::<prop::sample::Index>(), how in vec(spoil(), 1..4)) {
        let (mut database, effects) = populated();
        let (at, payload) = which.get(&effects);
        apply(&mut database, *at, &spoilt(payload, &how));
    }

    #[test]
    fn no_chunk_does_harm(kind in 0..7_u8, body in vec(any::<u8>(), 0..60), at in prop_oneof![Just(0), 0..slot::SLOTS]) {
        let chunk = [&[1, kind][..], &body].concat();
        load(&mut populated().0, at, &chunk);
        drop(Shard::from_chunk(&chunk));
    }

    #[test]
    fn no_corrupted_chunk_does_harm(which in any::<prop::sample::Index>(), how in vec(spoil(), 1..4), fresh in any::<bool>()) {
        let (mut database, _) = populated();
        let chunks: Vec<_> = database.store.shards.values().flat_map(|held| held.0.chunks().map(|chunk| (held.0.slot(), chunk))).collect();
        let (at, chunk) = which.get(&chunks);
        let chunk = spoilt(chunk, &how);
        if fresh {
            database = Database::default();
        }
        load(&mut database, *at, &chunk);
        if let Ok(shard) = Shard::from_chunk(&chunk) {
            database.store.shards.insert(shard.slot(), Held(shard));
        }
    }
}

#[test]
fn every_truncation_of_an_effect_is_refused_or_harmless() {
    let (_, effects) = populated();
    for (at, payload) in effects.iter().take(if cfg!(miri) { 2 } else { usize::MAX }) {
        for len in 0..payload.len() {
            apply(&mut Database::default(), *at, &payload[..len]);
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
        let mut database = Database::default();
        assert!(
            database
                .engine()
                .apply((at + 1) % slot::SLOTS, payload)
                .is_err()
        );
        assert!(database.store.shards.is_empty() && database.store.effects.is_empty());
    }
}

#[test]
fn an_expiry_already_past_is_applied_all_the_same() {
    let mut database = Database::default();
    let request = ShortenRequest {
        url: b"https://example.com/",
        expiry: Some(Expiry::InSeconds(1)),
        ..ShortenRequest::default()
    };
    let code = database.engine().shorten(&request).unwrap();
    let mut late = Database {
        now: NOON + 3_600_000,
        ..Database::default()
    };
    late.follow(&mut database);
    assert_eq!(late.store.digest(), database.store.digest());
    assert_eq!(late.resolve(code.as_bytes()), None);
}

#[test]
fn loading_an_index_of_colliding_entries_is_quick() {
    let entries = if cfg!(miri) { 600 } else { 200_000 };
    let mut chunk = vec![1, 3];
    for rank in 0..entries {
        chunk.push(0);
        varint(&mut chunk, rank);
    }
    let mut database = Database::default();
    let started = Instant::now();
    database.engine().load(5, &chunk).unwrap();
    database.store.reload();
    assert!(
        cfg!(miri) || started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    let entries = database.store.shards[&5].0.size().entries;
    assert!(
        (1..1000).contains(&entries),
        "{entries}: a look-up would be long"
    );
}

#[test]
fn a_code_is_in_the_pool_or_reserved_and_never_both() {
    let codes = ["100000", "abcdef"].map(|code| Code::parse(code.as_bytes()).unwrap());
    for kinds in [[4, 5], [5, 4]] {
        let mut database = Database::default();
        for kind in kinds {
            let mut chunk = vec![1, kind];
            varint(&mut chunk, codes[0].rank());
            varint(&mut chunk, codes[1].rank() - codes[0].rank());
            database.engine().load(0, &chunk).unwrap();
        }
        let info = database.engine().pool_info().unwrap();
        assert_eq!(info.size + info.reserved, 2, "{info:?}");
    }
}
