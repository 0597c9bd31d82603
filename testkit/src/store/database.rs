//! A database with its settings and its clock.

use std::fmt;
use std::mem;

use shorten_engine::code::Code;
use shorten_engine::settings::Settings;
use shorten_engine::visitor::Visitor;
use shorten_engine::{Engine, ProcessCounters, UrlBuffer, VisitRequest};

use super::Memory;

/// An arbitrary time in 2026, in Unix milliseconds.
pub const NOON: u64 = 1_790_000_000_000;

/// The URLs of random operations, the last two refused; `{06S}` is the hash tag of slot 0.
/// [`Database::follow`] checks the signals about these.
pub const URLS: &[&str] = &[
    "https://example.com/",
    "https://example.com/{06S}/x",
    "http://example.com/a?b=c",
    "https://example.org/long/enough/to/matter/0123456789/0123456789/0123456789",
    "https://example.org/{g8}",
    "ftp://example.com/",
    "https://example.com/a b",
];

/// A database with its settings and its clock.
#[derive(Debug)]
pub struct Database {
    /// The shards.
    pub store: Memory,
    /// The settings in force.
    pub settings: Settings,
    /// The time, in Unix milliseconds.
    pub now: u64,
    /// What INFO shows.
    pub counters: ProcessCounters,
}

impl Default for Database {
    fn default() -> Self {
        Database {
            store: Memory::default(),
            settings: Settings::default(),
            now: NOON,
            counters: ProcessCounters::new(),
        }
    }
}

impl Clone for Database {
    /// The same shards, settings and time. The counters of the clone begin at 0.
    fn clone(&self) -> Database {
        Database {
            store: self.store.clone(),
            settings: self.settings.clone(),
            now: self.now,
            counters: ProcessCounters::new(),
        }
    }
}

impl Database {
    /// An empty database with these settings, as names and values.
    #[must_use]
    pub fn with(settings: &[(&str, &str)]) -> Database {
        let mut database = Database::default();
        for (name, value) in settings {
            database.settings.set(name, value).unwrap();
        }
        database
    }

    /// A replica whose settings and clock differ from those of every master in the tests: what it
    /// applies may depend on neither.
    #[must_use]
    pub fn replica_with_other_settings() -> Database {
        let mut database = Database::with(&[
            ("strategy", "pool"),
            ("counter-start", "5"),
            ("pool-max", "0"),
            ("max-url-length", "1"),
            ("allowed-schemes", "gopher"),
            ("base-url", "https://example.com/"),
            ("expired-retention", "7"),
        ]);
        database.now = 3;
        database
    }

    /// The engine over this database.
    pub fn engine(&mut self) -> Engine<'_, Memory> {
        Engine {
            store: &mut self.store,
            settings: &self.settings,
            now: self.now,
            counters: &self.counters,
        }
    }

    /// Applies all effects that `master` sent out, each twice: applying again must change nothing.
    pub fn follow(&mut self, master: &mut Database) {
        for (slot, payload) in mem::take(&mut master.store.effects) {
            let found = self.find_all();
            self.store.indexed.clear();
            for _ in 0..2 {
                self.engine().apply(slot, &payload).unwrap();
            }
            self.check_signals(&found, &payload);
        }
    }

    /// Returns the reply of RESOLVE.
    pub fn resolve(&mut self, code: &[u8]) -> Option<Vec<u8>> {
        self.engine()
            .resolve(code, |url| url.map(<[u8]>::to_vec))
            .unwrap()
    }

    /// Returns the reply of VISIT for a visitor without details.
    pub fn visit(&mut self, code: &[u8]) -> Option<Vec<u8>> {
        let request = VisitRequest {
            code,
            ..VisitRequest::default()
        };
        self.visit_as(&request, &Visitor::default())
    }

    /// Returns the reply of VISIT for this visitor.
    pub fn visit_as(&mut self, request: &VisitRequest<'_>, seen: &Visitor) -> Option<Vec<u8>> {
        self.visit_with_status(request, seen).0
    }

    /// Returns the reply of VISIT with STATUS for this visitor.
    pub fn visit_with_status(
        &mut self,
        request: &VisitRequest<'_>,
        seen: &Visitor,
    ) -> (Option<Vec<u8>>, &'static str) {
        let mut url = UrlBuffer::new();
        let outcome = self.engine().visit(request, |_| seen.clone(), &mut url);
        let outcome = outcome.unwrap();
        let destination = outcome.visited().map(|_| url.to_vec());
        (destination, outcome.status())
    }

    /// Returns the reply of LINK.FIND for each of [`URLS`].
    pub fn find_all(&mut self) -> Vec<Option<Code>> {
        let find = |url: &&str| self.engine().find(url.as_bytes()).ok().flatten();
        URLS.iter().map(find).collect()
    }

    /// Checks that every URL whose answer changed since `before` was signaled.
    pub fn check_signals(&mut self, before: &[Option<Code>], op: &impl fmt::Debug) {
        let after = self.find_all();
        for (url, (before, after)) in URLS.iter().zip(before.iter().zip(&after)) {
            let mut signaled = self.store.indexed.iter();
            assert!(
                before == after || signaled.any(|known| known == url.as_bytes()),
                "{op:?} changed the code of {url} from {before:?} to {after:?} without a signal"
            );
        }
    }

    /// All codes, by a scan that asks for `count` at a time.
    pub fn scan(&mut self, count: usize) -> Vec<String> {
        let (mut codes, mut cursor) = (vec![], 0);
        loop {
            cursor = self
                .engine()
                .scan(cursor, count, |code| codes.push(code.to_string()))
                .unwrap();
            if cursor == 0 {
                return codes;
            }
        }
    }

    /// All codes taken and not claimed, by a scan that asks for `count` at a time.
    pub fn reserved(&mut self, count: usize) -> Vec<String> {
        let (mut codes, mut cursor) = (vec![], 0);
        loop {
            cursor = self
                .engine()
                .pool_reserved(cursor, count, |code| codes.push(code.to_string()))
                .unwrap();
            if cursor == 0 {
                return codes;
            }
        }
    }
}
