//! The engine in a cluster: a link and its parts are in one slot, and no node needs another one.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs
)]

use std::collections::{HashMap, HashSet};

use shorten_engine::code::Code;
use shorten_engine::code::slot;
use shorten_engine::error::Error;
use shorten_engine::settings::{Settings, Strategy};
use shorten_engine::{Change, Engine, ProcessCounters, SetRequest, Shard, ShortenRequest, Store};

/// All shards of a cluster or of one server. Records which slots a command uses.
#[derive(Default)]
struct Shards {
    clustered: bool,
    shards: HashMap<u16, Shard>,
    touched: HashSet<u16>,
    effects: Vec<(u16, Vec<u8>)>,
}

impl Store for Shards {
    fn is_cluster(&self) -> bool {
        self.clustered
    }

    fn owns_slot(&mut self, slot: u16) -> bool {
        // The first of four nodes.
        !self.clustered || slot < 4096
    }

    fn get(&mut self, slot: u16) -> Result<Option<&Shard>, Error> {
        self.touched.insert(slot);
        Ok(self.shards.get(&slot))
    }

    fn get_mut(&mut self, slot: u16) -> Result<Option<&mut Shard>, Error> {
        self.touched.insert(slot);
        Ok(self.shards.get_mut(&slot))
    }

    fn get_or_create(&mut self, slot: u16) -> Result<&mut Shard, Error> {
        self.touched.insert(slot);
        Ok(self.shards.entry(slot).or_insert_with(|| Shard::new(slot)))
    }

    fn remove(&mut self, slot: u16) {
        self.shards.remove(&slot);
    }

    fn replicate(&mut self, slot: u16, payload: &[u8]) {
        self.effects.push((slot, payload.to_vec()));
    }

    fn notify(&mut self, _: &Code, _: Change) {}

    fn notify_url(&mut self, _: &[u8]) {}
}

impl Shards {
    fn cluster() -> Self {
        Self {
            clustered: true,
            ..Self::default()
        }
    }

    fn run<R>(&mut self, settings: &Settings, call: impl FnOnce(&mut Engine<'_, Self>) -> R) -> R {
        static COUNTERS: ProcessCounters = ProcessCounters::new();
        self.touched.clear();
        call(&mut Engine {
            store: self,
            settings,
            now: 1_790_000_000_000,
            counters: &COUNTERS,
        })
    }

    fn shorten(&mut self, strategy: Strategy, url: &str) -> Code {
        let settings = Settings {
            strategy,
            ..Settings::default()
        };
        self.run(&settings, |engine| {
            engine.shorten(&ShortenRequest {
                url: url.as_bytes(),
                ..ShortenRequest::default()
            })
        })
        .unwrap()
    }

    fn resolve(&mut self, code: &Code) -> Option<Vec<u8>> {
        self.run(&Settings::default(), |engine| {
            engine.resolve(code.as_bytes(), |url| url.map(<[u8]>::to_vec))
        })
        .unwrap()
    }

    fn digest(&self) -> Vec<(u16, Vec<u8>)> {
        let mut all: Vec<_> = self
            .shards
            .iter()
            .map(|(&slot, shard)| {
                let mut bytes = Vec::new();
                shard.digest(&mut |element| bytes.extend_from_slice(element));
                (slot, bytes)
            })
            .collect();
        all.sort();
        all
    }
}

fn url(number: usize) -> String {
    format!("https://example.com/{number}/page?id={}", number * 7919)
}

const LINKS: usize = if cfg!(miri) { 20 } else { 20_000 };

#[test]
fn every_command_touches_the_slot_of_its_url_alone_and_codes_are_aligned_to_it() {
    for strategy in [Strategy::Counter, Strategy::Hash, Strategy::Pool] {
        let mut shards = Shards::cluster();
        let mut codes = HashMap::new();
        for number in 0..LINKS {
            let url = url(number);
            let code = shards.shorten(strategy, &url);
            let home = slot::of(url.as_bytes());
            assert_eq!(
                (code.slot(), &shards.touched),
                (home, &HashSet::from([home])),
                "{url}"
            );
            assert!(codes.insert(code, url).is_none(), "{code} twice");
        }
        for (code, url) in &codes {
            assert_eq!(shards.resolve(code).as_deref(), Some(url.as_bytes()));
            assert_eq!(shards.shorten(strategy, url), *code, "found again");
            assert!(
                shards
                    .effects
                    .iter()
                    .all(|(slot, _)| slot::shard_key(*slot).starts_with("shorten:{"))
            );
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "three hundred thousand links")]
fn codes_of_the_walk_are_as_short_as_the_counters() {
    let (mut cluster, mut single) = (Shards::cluster(), Shards::default());
    let mut lengths = (0, 0);
    for number in 0..300_000 {
        let url = url(number);
        lengths.0 += cluster.shorten(Strategy::Counter, &url).as_bytes().len();
        lengths.1 += single.shorten(Strategy::Counter, &url).as_bytes().len();
    }
    let [walked, counted] =
        [lengths.0, lengths.1].map(|sum| f64::from(u32::try_from(sum).unwrap()) / 300_000.0);
    assert!((walked - counted).abs() < 0.1, "{walked} against {counted}");
}

#[test]
fn a_replica_fed_by_effects_ends_the_same() {
    let mut master = Shards::cluster();
    let codes: Vec<Code> = (0..LINKS / 4)
        .map(|number| {
            master.shorten(
                [Strategy::Counter, Strategy::Hash, Strategy::Pool][number % 3],
                &url(number),
            )
        })
        .collect();
    for code in codes.iter().step_by(3) {
        assert!(
            master
                .run(&Settings::default(), |engine| engine
                    .delete(code.as_bytes()))
                .unwrap()
        );
    }
    let mut replica = Shards::cluster();
    for (slot, payload) in std::mem::take(&mut master.effects) {
        replica
            .run(&Settings::default(), |engine| engine.apply(slot, &payload))
            .unwrap();
        assert_eq!(replica.touched, HashSet::from([slot]));
    }
    assert_eq!(master.digest(), replica.digest());
}

#[test]
fn an_imported_standalone_server_keeps_its_codes_and_new_ones_start_above_them() {
    let mut single = Shards::default();
    let codes: Vec<(Code, String)> = (0..LINKS)
        .map(|number| (single.shorten(Strategy::Counter, &url(number)), url(number)))
        .collect();
    // Once from its shards, once from its AOF.
    let by_rdb = Shards {
        clustered: true,
        shards: single.shards.clone(),
        ..Shards::default()
    };
    let mut by_aof = Shards::cluster();
    for (slot, payload) in std::mem::take(&mut single.effects) {
        by_aof
            .run(&Settings::default(), |engine| engine.apply(slot, &payload))
            .unwrap();
        assert_eq!(
            by_aof.touched,
            HashSet::from([slot]),
            "a foreign slot was touched"
        );
    }
    for mut cluster in [by_rdb, by_aof] {
        let mut all: HashSet<Code> = codes.iter().map(|(code, _)| *code).collect();
        for (code, url) in &codes {
            assert_eq!(cluster.resolve(code).as_deref(), Some(url.as_bytes()));
        }
        for number in LINKS..2 * LINKS {
            let code = cluster.shorten(Strategy::Counter, &url(number));
            assert!(all.insert(code), "{code} was there");
            assert_eq!(cluster.touched.len(), 1);
        }
        // An old URL is not found, unless it is in its code's slot by chance. It gets a new link.
        let again = cluster.shorten(Strategy::Counter, &codes[0].1);
        assert_eq!(
            cluster.resolve(&again).as_deref(),
            Some(codes[0].1.as_bytes())
        );
    }
}

#[test]
fn an_alias_of_another_slot_is_refused_with_advice() {
    let mut shards = Shards::cluster();
    let request = ShortenRequest {
        url: b"https://example.com/",
        alias: Some(b"my-alias"),
        ..ShortenRequest::default()
    };
    let error = shards
        .run(&Settings::default(), |engine| engine.shorten(&request))
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("CROSSSLOT ") && error.contains("LINK.SET my-alias"),
        "{error}"
    );
    assert!(shards.shards.is_empty() && shards.effects.is_empty());
    let set = SetRequest {
        code: b"my-alias",
        url: b"https://example.com/",
        ..SetRequest::default()
    };
    assert!(
        shards
            .run(&Settings::default(), |engine| engine.set(&set))
            .unwrap()
    );
    assert_eq!(
        shards.touched,
        HashSet::from([Code::parse(b"my-alias").unwrap().slot()])
    );
}

#[test]
#[cfg_attr(miri, ignore = "walks all slots many times")]
fn a_nodes_pools_share_its_bounds_and_lie_in_its_own_slots() {
    let mut shards = Shards::cluster();
    let settings = Settings {
        pool_min: 100,
        pool_max: 5000,
        ..Settings::default()
    };
    assert_eq!(
        shards
            .run(&settings, |engine| engine.pool_fill(None))
            .unwrap(),
        5000
    );
    assert_eq!(
        shards
            .run(&settings, |engine| engine.pool_fill(None))
            .unwrap(),
        0
    );
    assert!(shards.shards.keys().all(|&slot| slot < 4096));
    let taken = shards
        .run(&settings, |engine| engine.pool_take(10))
        .unwrap();
    assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 10);
    let info = shards.run(&settings, |engine| engine.pool_info()).unwrap();
    assert_eq!((info.size, info.reserved), (4990, 10));
    let refilled: u64 = (0..4096_u16)
        .map(|slot| {
            shards
                .run(&settings, |engine| {
                    engine.pool_refill_at(slot, (usize::from(slot), 4096), 64)
                })
                .unwrap()
        })
        .sum();
    assert!(refilled <= 10, "{refilled}");
    assert_eq!(
        shards.run(&settings, |engine| engine.pool_clear()).unwrap(),
        info.size + refilled
    );
}

#[test]
fn scan_and_count_leave_the_slots_of_other_nodes_alone() {
    let mut shards = Shards::cluster();
    let mine = (0..200)
        .filter(|&number| shards.shorten(Strategy::Counter, &url(number)).slot() < 4096)
        .count();
    let settings = Settings::default();
    assert_eq!(
        shards.run(&settings, |engine| engine.count()).unwrap(),
        mine as u64
    );
    let (mut cursor, mut seen) = (0, HashSet::new());
    loop {
        cursor = shards
            .run(&settings, |engine| {
                engine.scan(cursor, 10, |code| assert!(seen.insert(*code)))
            })
            .unwrap();
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(seen.len(), mine);
}

#[test]
fn a_full_pool_is_not_refilled_until_it_falls_below_pool_min() {
    let settings = Settings {
        pool_min: 10,
        pool_max: 30,
        strategy: Strategy::Pool,
        ..Settings::default()
    };
    let mut shards = Shards::default();
    let refill = |shards: &mut Shards| {
        shards
            .run(&settings, |engine| engine.pool_refill(16))
            .unwrap()
    };
    assert_eq!([refill(&mut shards), refill(&mut shards)], [16, 14]);
    shards
        .run(&settings, |engine| engine.pool_take(20))
        .unwrap();
    assert_eq!(refill(&mut shards), 0, "pool-min is still there");
    shards.run(&settings, |engine| engine.pool_take(1)).unwrap();
    assert_eq!(refill(&mut shards), 16, "one less is not");
}
