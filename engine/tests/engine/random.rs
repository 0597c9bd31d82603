//! Random sequences of all operations: the engine must answer as the model does, and a replica that is told the effects alone, under
//! other settings and another clock, must end as its master.

use proptest::collection::vec;
use proptest::prelude::*;
use shorten_engine::code::Code;
use shorten_engine::error::Error;
use shorten_engine::{Origin, SetLink, Shorten, digest, slot};

use crate::model::{Answer, Ask, Edit, Expected, Model, Text};
use crate::ops::{NAMES, Op, URLS, Which, op};
use crate::store::{World, fill};

/// A master, its replica, and what both should be.
struct Trial {
    world: World,
    replica: World,
    model: Model,
}

#[track_caller]
fn same<T: PartialEq + std::fmt::Debug>(got: Result<T, Error>, expected: Expected<T>) {
    assert_eq!(got.map_err(|error| error.word()), expected);
}

fn note(number: usize) -> Text {
    vec![b'n'; [0, 7, 256][number]]
}

impl Trial {
    fn code(&self, which: &Which) -> Text {
        let pick = |names: Vec<&Text>, at: &prop::sample::Index| {
            if names.is_empty() {
                b"none".to_vec()
            } else {
                at.get(&names).to_vec()
            }
        };
        match which {
            Which::Named(at) => NAMES[*at].into(),
            Which::Held(at) => pick(self.model.links.keys().collect(), at),
            Which::Taken(at) => pick(self.model.taken.iter().collect(), at),
            Which::Next(ahead) => {
                let id = self.model.next_number(&self.world.settings) + ahead;
                Code::from_id(id).map_or(b"none".to_vec(), |code| code.as_bytes().to_vec())
            }
            Which::Hash(url, round) => digest::hash_code(URLS[*url].as_bytes(), *round)
                .as_bytes()
                .to_vec(),
        }
    }

    fn slot(&self, which: &Which) -> u16 {
        slot::of(&self.code(which))
    }

    fn step(&mut self, op: &Op) {
        self.world.store.touched.clear();
        let (before, sent) = (self.world.store.digest(), self.world.store.effects.len());
        let refused = self.run(op);
        if refused {
            assert_eq!(
                self.world.store.digest(),
                before,
                "a refused command changes nothing"
            );
            assert_eq!(
                self.world.store.effects.len(),
                sent,
                "a refused command sends nothing"
            );
        }
        let walks = matches!(op, Op::Scan(_) | Op::Count | Op::Take(_));
        let touched = &self.world.store.touched;
        assert!(
            !self.model.cluster || walks || touched.len() <= 1,
            "one slot in a cluster: {op:?} touched {touched:?}"
        );
        let mut events = std::mem::take(&mut self.world.store.events);
        let mut expected = std::mem::take(&mut self.model.events);
        if matches!(op, Op::Reclaim(..)) {
            events.sort_by(|left, right| left.0.cmp(&right.0));
            expected.sort_by(|left, right| left.0.cmp(&right.0));
        }
        assert_eq!(events, expected, "the events of {op:?}");
    }

    /// Answers whether the command was refused.
    fn run(&mut self, op: &Op) -> bool {
        let now = self.world.now;
        match op {
            Op::Shorten { .. } => return self.shorten(op),
            Op::Set { .. } => return self.set(op),
            Op::Delete(which) => {
                let code = self.code(which);
                same(self.world.engine().delete(&code), self.model.delete(&code));
            }
            Op::Expire(which, seconds) => {
                let code = self.code(which);
                same(
                    self.world.engine().expire(&code, *seconds),
                    self.model.expire(&code, *seconds, now),
                );
            }
            Op::Persist(which) => {
                let code = self.code(which);
                same(
                    self.world.engine().persist(&code),
                    self.model.persist(&code, now),
                );
            }
            Op::Visit(which) => {
                let code = self.code(which);
                assert_eq!(self.world.visit(&code), self.model.visit(&code, now));
            }
            Op::Look(which) => self.look(&self.code(which)),
            Op::Find(url) => {
                let found = self.world.engine().find(URLS[*url].as_bytes()).unwrap();
                assert_eq!(
                    found.map(|code| code.as_bytes().to_vec()),
                    self.model.find(URLS[*url].as_bytes())
                );
            }
            Op::Scan(count) => {
                let mut codes = self.world.scan(*count);
                codes.sort();
                let held: Vec<_> = self
                    .model
                    .links
                    .keys()
                    .map(|name| String::from_utf8(name.clone()).unwrap())
                    .collect();
                assert_eq!(codes, held);
            }
            Op::Count => assert_eq!(
                self.world.engine().count().unwrap(),
                self.model.links.len() as u64
            ),
            Op::Advance(millis) => self.world.now += millis,
            Op::Reclaim(which, budget) => self.reclaim(self.slot(which), *budget),
            Op::Restart => self.world.store.reload(),
            Op::Defragment => self.world.store.defragment(),
            Op::Lose(which) => self.lose(self.slot(which)),
            Op::LoseFirst => self.lose(0),
            Op::Fill(_) | Op::Take(_) | Op::Refill(_) | Op::Clear | Op::Plant(_) => self.pool(op),
        }
        false
    }

    fn shorten(&mut self, op: &Op) -> bool {
        let Op::Shorten {
            url,
            alias,
            strategy,
            own,
        } = op
        else {
            return false;
        };
        let ask = Ask {
            url: URLS[*url].into(),
            alias: alias.as_ref().map(|which| self.code(which)),
            strategy: *strategy,
            new: own.new,
            expiry: own.expiry,
            max_visits: own.max_visits,
            note: own.note.map(note),
        };
        let now = self.world.now;
        let expected = self.model.shorten(&ask, &self.world.settings, now);
        let request = Shorten {
            url: &ask.url,
            alias: ask.alias.as_deref(),
            strategy: ask.strategy,
            new: ask.new,
            expiry: ask.expiry,
            max_visits: ask.max_visits,
            note: ask.note.as_deref(),
        };
        let got = self.world.engine().shorten(&request);
        let got = got
            .map(|code| code.as_bytes().to_vec())
            .map_err(|error| error.word());
        match (&got, expected) {
            (Ok(name), Ok(Answer::Drawn)) => {
                self.model.drawn(name);
                assert!(!self.model.cluster || slot::of(name) == slot::of(&ask.url));
                self.model.made(&ask, name, Origin::Pool, now);
            }
            (Ok(name), Ok(Answer::Made(expected, origin))) => {
                assert_eq!(*name, expected);
                self.model.made(&ask, name, origin, now);
            }
            (Ok(name), Ok(Answer::Known(expected))) => assert_eq!(*name, expected),
            (got, expected) => assert_eq!(got.clone().err(), expected.err()),
        }
        got.is_err()
    }

    fn set(&mut self, op: &Op) -> bool {
        let Op::Set {
            code,
            url,
            condition,
            ttl,
            max_visits,
            note: number,
            created,
            visits,
        } = op
        else {
            return false;
        };
        let edit = Edit {
            code: self.code(code),
            url: URLS[*url].into(),
            condition: *condition,
            ttl: *ttl,
            max_visits: *max_visits,
            note: number.map(note),
            created: *created,
            visits: *visits,
        };
        let request = SetLink {
            code: &edit.code,
            url: &edit.url,
            condition: edit.condition,
            ttl: edit.ttl,
            max_visits: edit.max_visits,
            note: edit.note.as_deref(),
            created: edit.created,
            visits: edit.visits,
        };
        let got = self.world.engine().set(&request);
        let refused = got != Ok(true);
        same(
            got,
            self.model.set(&edit, &self.world.settings, self.world.now),
        );
        refused
    }

    fn look(&mut self, code: &Text) {
        let now = self.world.now;
        assert_eq!(self.world.resolve(code), self.model.resolve(code, now));
        let expected = self.model.links.get(code).map(|link| link.info(code, now));
        assert_eq!(self.world.engine().info(code).unwrap(), expected);
    }

    fn reclaim(&mut self, slot: u16, budget: usize) {
        let now = self.world.now;
        let removed = self.world.engine().reclaim(slot, budget).unwrap();
        let settings = &self.world.settings;
        let due =
            self.model.links.iter().filter(|(name, link)| {
                slot::of(name) == slot && link.is_reclaimable(now, settings)
            });
        let due: Vec<Text> = due.map(|(name, _)| name.clone()).collect();
        assert_eq!(removed, due.len().min(budget));
        for name in due {
            if self.world.engine().info(&name).unwrap().is_none() {
                self.model.links.remove(&name);
                self.model.event(&name, shorten_engine::Change::Expired);
            }
        }
    }

    fn lose(&mut self, slot: u16) {
        // What was sent before the loss must have arrived before it.
        self.replica.follow(&mut self.world);
        self.world.store.shards.remove(&slot);
        self.replica.store.shards.remove(&slot);
        self.model.lose(slot);
    }

    fn pool(&mut self, op: &Op) {
        let (size, settings) = (self.model.pool_size(), self.world.settings.clone());
        let wanted = self.world.engine().pool_info().unwrap().wanted;
        match op {
            Op::Fill(n) => {
                let room = settings.pool_max.saturating_sub(size);
                let expected = n.unwrap_or(room).min(room);
                assert_eq!(self.world.engine().pool_fill(*n), Ok(expected));
                self.model.strangers += expected;
                self.model.wanted |= expected > 0;
            }
            Op::Refill(batch) => {
                let added = self.world.engine().pool_refill(*batch).unwrap();
                assert!(added <= *batch && size + added <= settings.pool_max.max(size));
                assert!(wanted || added == 0, "nobody wants it");
                let low = wanted && size < settings.pool_min.min(settings.pool_max);
                assert!(!low || *batch == 0 || added > 0, "it refills itself");
                self.model.strangers += added;
                self.model.wanted |= added > 0;
            }
            Op::Take(n) => self.take(*n, settings.pool_max),
            Op::Clear => assert_eq!(self.world.engine().pool_clear(), Ok(self.model.clear())),
            Op::Plant(which) => {
                let name = self.code(which);
                let held = self.model.links.contains_key(&name);
                if name.len() == 6 && !held && Code::parse(&name).is_ok_and(|code| code.is_short())
                {
                    let payload = fill(&[Code::parse(&name).unwrap()]);
                    self.world.engine().apply(0, &payload).unwrap();
                    self.model.plant(&name);
                }
            }
            _ => {}
        }
        let info = self.world.engine().pool_info().unwrap();
        assert_eq!(
            (info.size, info.taken),
            (self.model.pool_size(), self.model.taken.len() as u64)
        );
        assert_eq!(
            info.wanted,
            self.model.wanted || settings.strategy == shorten_engine::settings::Strategy::Pool
        );
    }

    fn take(&mut self, n: u64, pool_max: u64) {
        let before = self.model.pool_size();
        match self.world.engine().pool_take(n) {
            Ok(codes) => {
                let expected = if pool_max == 0 { n.min(before) } else { n };
                assert_eq!(codes.len() as u64, expected);
                for code in codes {
                    let name = code.as_bytes().to_vec();
                    self.model.drawn(&name);
                    self.model.taken.insert(name);
                    self.model.wanted = true;
                }
            }
            Err(error) => {
                assert!(error == Error::PoolEmpty && pool_max == 0 && before == 0 && n > 0)
            }
        }
    }

    /// The data of a server of its own goes to a cluster.
    fn join(&mut self) {
        self.replica.follow(&mut self.world);
        for store in [&mut self.world.store, &mut self.replica.store] {
            store.cluster = true;
            store.reload();
        }
        self.model.cluster = true;
    }

    fn finish(&mut self) {
        let names: Vec<Text> = self.model.links.keys().cloned().collect();
        names.iter().for_each(|name| self.look(name));
        for url in URLS {
            let found = self
                .world
                .engine()
                .find(url.as_bytes())
                .unwrap()
                .map(|code| code.as_bytes().to_vec());
            assert_eq!(found, self.model.find(url.as_bytes()));
        }
        assert!(
            self.world
                .store
                .shards
                .values()
                .all(|held| !held.0.is_vacant()),
            "a vacant shard has no key"
        );
        self.replica.follow(&mut self.world);
        let digest = self.world.store.digest();
        assert_eq!(
            self.replica.store.digest(),
            digest,
            "the replica is its master's equal"
        );
        self.world.store.reload();
        assert_eq!(self.world.store.digest(), digest, "chunks say all there is");
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 3 } else { cases },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_engine_does_what_the_model_does_and_a_replica_ends_the_same(
        ops in vec(op(), 1..if cfg!(miri) { 12 } else { 80 }),
        strategy in prop::sample::select(vec!["counter", "hash", "pool"]),
        start in prop::sample::select(vec!["0", "1000", "916132832", "218340105584892"]),
        pool in prop::sample::select(vec![("0", "0"), ("2", "5"), ("5", "5")]),
        retention in prop::sample::select(vec!["0", "3"]),
    ) {
        let settings = [("strategy", strategy), ("counter-start", start), ("pool-min", pool.0), ("pool-max", pool.1), ("expired-retention", retention)];
        let mut trial = Trial { world: World::with(&settings), replica: World::odd_replica(), model: Model::default() };
        ops.iter().for_each(|op| trial.step(op));
        trial.finish();
    }
}

proptest! {
    // The model finds aligned codes by trying, which takes its time.
    #![proptest_config(config(24))]

    // Under Miri a table of 238,328 suffixes would take the rest of the day.
    #[cfg_attr(miri, ignore)]
    #[test]
    fn in_a_cluster_one_command_touches_one_slot_and_codes_lie_with_their_urls(
        before in vec(op(), 0..if cfg!(miri) { 3 } else { 20 }),
        after in vec(op(), 1..if cfg!(miri) { 3 } else { 40 }),
        strategy in prop::sample::select(vec!["counter", "counter", "hash", "pool"]),
    ) {
        // The pool of a node is the sum of its slots': the model knows of one.
        let pooled = |op: &&Op| matches!(op, Op::Fill(_) | Op::Take(_) | Op::Refill(_) | Op::Clear | Op::Plant(_));
        let mut trial = Trial { world: World::with(&[("strategy", strategy)]), replica: World::odd_replica(), model: Model::default() };
        before.iter().filter(|op| !pooled(op)).for_each(|op| trial.step(op));
        trial.join();
        after.iter().filter(|op| !pooled(op)).for_each(|op| trial.step(op));
        trial.finish();
    }
}
