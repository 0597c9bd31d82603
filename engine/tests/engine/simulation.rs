//! One random sequence, step by step, on the engine, its replica and the model.

mod pool;

use proptest::prelude::*;
use shorten_engine::code::Code;
use shorten_engine::code::{md5, slot};
use shorten_engine::error::Error;
use shorten_engine::visitor::Visitor;
use shorten_engine::{LinkState, Origin, SetRequest, ShortenRequest, VisitRequest};

use crate::model::{Answer, Ask, Edit, Expected, Model, Text};
use crate::ops::{NAMES, Op, Which};
use shorten_testkit::store::{Database, URLS};

/// A master, its replica, and the model of both.
pub(crate) struct Simulation {
    database: Database,
    replica: Database,
    model: Model,
}

#[track_caller]
fn same<T: PartialEq + std::fmt::Debug>(got: Result<T, Error>, expected: Expected<T>) {
    assert_eq!(got.map_err(|error| error.word()), expected);
}

fn note(number: usize) -> Text {
    vec![b'n'; [0, 7, 256][number]]
}

impl Simulation {
    pub(crate) fn new(settings: &[(&str, &str)]) -> Simulation {
        Simulation {
            database: Database::with(settings),
            replica: Database::replica_with_other_settings(),
            model: Model::default(),
        }
    }

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
                let id = self.model.next_number(&self.database.settings) + ahead;
                Code::from_id(id).map_or(b"none".to_vec(), |code| code.as_bytes().to_vec())
            }
            Which::Hash(url, round) => Code::from_hash(md5::fold(URLS[*url].as_bytes(), *round))
                .as_bytes()
                .to_vec(),
        }
    }

    fn slot(&self, which: &Which) -> u16 {
        slot::of(&self.code(which))
    }

    pub(crate) fn step(&mut self, op: &Op) {
        let found = self.database.find_all();
        self.database.store.indexed.clear();
        self.database.store.touched.clear();
        let (before, sent) = (
            self.database.store.digest(),
            self.database.store.effects.len(),
        );
        let refused = self.run(op);
        if refused {
            assert_eq!(
                self.database.store.digest(),
                before,
                "a refused command changes nothing"
            );
            assert_eq!(
                self.database.store.effects.len(),
                sent,
                "a refused command sends nothing"
            );
        }
        let walks = matches!(op, Op::Scan(_) | Op::Count);
        let touched = &self.database.store.touched;
        assert!(
            !self.model.cluster || walks || touched.len() <= 1,
            "one slot in a cluster: {op:?} touched {touched:?}"
        );
        // The loss of a shard's key is signaled for the key.
        if !matches!(op, Op::Lose(_) | Op::LoseFirst) {
            self.database.check_signals(&found, op);
        }
        let mut events = std::mem::take(&mut self.database.store.events);
        let mut expected = std::mem::take(&mut self.model.events);
        if matches!(op, Op::Reclaim(..)) {
            events.sort_by(|left, right| left.0.cmp(&right.0));
            expected.sort_by(|left, right| left.0.cmp(&right.0));
        }
        assert_eq!(events, expected, "the events of {op:?}");
    }

    /// Returns whether the command was refused.
    fn run(&mut self, op: &Op) -> bool {
        let now = self.database.now;
        match op {
            Op::ShortenRequest { .. } => return self.shorten(op),
            Op::Set { .. } => return self.set(op),
            Op::Delete(which) => {
                let code = self.code(which);
                same(
                    self.database.engine().delete(&code),
                    self.model.delete(&code),
                );
            }
            Op::Expire(which, seconds) => {
                let code = self.code(which);
                same(
                    self.database.engine().expire(&code, *seconds),
                    self.model
                        .expire(&code, *seconds, &self.database.settings, now),
                );
            }
            Op::Persist(which) => {
                let code = self.code(which);
                same(
                    self.database.engine().persist(&code),
                    self.model.persist(&code, &self.database.settings, now),
                );
            }
            Op::Visit(which) => {
                let code = self.code(which);
                let state = self.model.links.get(&code).map(|link| link.state(now));
                let request = VisitRequest {
                    code: &code,
                    ..VisitRequest::default()
                };
                let (url, status) = self
                    .database
                    .visit_with_status(&request, &Visitor::default());
                assert_eq!(status, state.map_or("unknown", LinkState::as_str));
                assert_eq!(url, self.model.visit(&code, now));
            }
            Op::Look(which) => self.look(&self.code(which)),
            Op::Find(url) => {
                let found = self.database.engine().find(URLS[*url].as_bytes()).unwrap();
                assert_eq!(
                    found.map(|code| code.as_bytes().to_vec()),
                    self.model.find(URLS[*url].as_bytes())
                );
            }
            Op::Scan(count) => {
                let mut codes = self.database.scan(*count);
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
                self.database.engine().count().unwrap(),
                self.model.links.len() as u64
            ),
            Op::Advance(millis) => self.database.now += millis,
            Op::Reclaim(which, budget) => self.reclaim(self.slot(which), *budget),
            Op::Restart => self.database.store.reload(),
            Op::Defragment => self.database.store.defragment(),
            Op::Lose(which) => self.lose(self.slot(which)),
            Op::LoseFirst => self.lose(0),
            Op::Release(one, other) => return self.release(&[self.code(one), self.code(other)]),
            Op::Fill(_)
            | Op::Take(_)
            | Op::Reserved(_)
            | Op::Refill(_)
            | Op::Clear
            | Op::Plant(_) => self.pool(op),
        }
        false
    }

    fn shorten(&mut self, op: &Op) -> bool {
        let Op::ShortenRequest {
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
        let now = self.database.now;
        let expected = self.model.shorten(&ask, &self.database.settings, now);
        let request = ShortenRequest {
            url: &ask.url,
            alias: ask.alias.as_deref(),
            strategy: ask.strategy,
            new: ask.new,
            expiry: ask.expiry,
            max_visits: ask.max_visits,
            note: ask.note.as_deref(),
        };
        let got = self.database.engine().shorten_with_status(&request);
        if let (Ok(got), Ok(expected)) = (&got, &expected) {
            let existed = matches!(expected, Answer::Known(_));
            assert_eq!(got.status(), if existed { "existing" } else { "created" });
        }
        let got = got
            .map(|shortened| shortened.code.as_bytes().to_vec())
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
        let request = SetRequest {
            code: &edit.code,
            url: &edit.url,
            condition: edit.condition,
            ttl: edit.ttl,
            max_visits: edit.max_visits,
            note: edit.note.as_deref(),
            created: edit.created,
            visits: edit.visits,
        };
        let got = self.database.engine().set(&request);
        let refused = got != Ok(true);
        same(
            got,
            self.model
                .set(&edit, &self.database.settings, self.database.now),
        );
        refused
    }

    fn look(&mut self, code: &Text) {
        let now = self.database.now;
        assert_eq!(self.database.resolve(code), self.model.resolve(code, now));
        let expected = self.model.links.get(code).map(|link| link.info(code, now));
        assert_eq!(self.database.engine().info(code).unwrap(), expected);
    }

    fn reclaim(&mut self, slot: u16, budget: usize) {
        let now = self.database.now;
        let removed = self.database.engine().reclaim(slot, budget).unwrap();
        let settings = &self.database.settings;
        let due =
            self.model.links.iter().filter(|(name, link)| {
                slot::of(name) == slot && link.is_reclaimable(now, settings)
            });
        let due: Vec<Text> = due.map(|(name, _)| name.clone()).collect();
        assert_eq!(removed, due.len().min(budget));
        for name in due {
            if self.database.engine().info(&name).unwrap().is_none() {
                self.model.links.remove(&name);
                self.model.event(&name, shorten_engine::Change::Expired);
            }
        }
    }

    fn lose(&mut self, slot: u16) {
        // What was replicated before the loss must have arrived before it.
        self.replica.follow(&mut self.database);
        self.database.store.shards.remove(&slot);
        self.replica.store.shards.remove(&slot);
        self.model.lose(slot);
    }

    /// The data of a standalone server is imported into a cluster.
    pub(crate) fn join(&mut self) {
        self.replica.follow(&mut self.database);
        for store in [&mut self.database.store, &mut self.replica.store] {
            store.cluster = true;
            store.reload();
        }
        self.model.cluster = true;
    }

    pub(crate) fn finish(&mut self) {
        let names: Vec<Text> = self.model.links.keys().cloned().collect();
        names.iter().for_each(|name| self.look(name));
        for url in URLS {
            let found = self
                .database
                .engine()
                .find(url.as_bytes())
                .unwrap()
                .map(|code| code.as_bytes().to_vec());
            assert_eq!(found, self.model.find(url.as_bytes()));
        }
        assert!(
            self.database
                .store
                .shards
                .values()
                .all(|held| !held.0.is_vacant()),
            "a vacant shard has no key"
        );
        self.replica.follow(&mut self.database);
        let digest = self.database.store.digest();
        assert_eq!(
            self.replica.store.digest(),
            digest,
            "the replica is its master's equal"
        );
        self.database.store.reload();
        assert_eq!(
            self.database.store.digest(),
            digest,
            "chunks say all there is"
        );
    }
}
