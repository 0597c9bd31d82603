//! A database of shards in memory, with settings, a clock and counters.

use std::collections::{BTreeMap, BTreeSet};

use crate::ops::URLS;
use shorten_engine::code::Code;
use shorten_engine::code::slot_codes;
use shorten_engine::error::Error;
use shorten_engine::settings::Settings;
use shorten_engine::visitor::Visitor;
use shorten_engine::{Change, Engine, ProcessCounters, Shard, Store, UrlBuffer, VisitRequest};

/// Everything that makes two databases equal: the lines of [`Shard::digest`] of each slot.
pub(crate) type Digest = BTreeMap<u16, Vec<Vec<u8>>>;

/// The keys of one database, and what was replicated and signaled.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) shards: BTreeMap<u16, Held>,
    pub(crate) effects: Vec<(u16, Vec<u8>)>,
    pub(crate) events: Vec<(String, Change)>,
    /// URLs whose index entry was added, changed or removed.
    pub(crate) indexed: Vec<Vec<u8>>,
    /// Slots whose key holds another type.
    pub(crate) wrong: BTreeSet<u16>,
    /// Whether this is a cluster node that owns every slot.
    pub(crate) cluster: bool,
    /// Whether there is no memory left.
    pub(crate) full: bool,
    /// The number of lookups left before all of them fail.
    pub(crate) looks_left: Option<u32>,
    /// Slots that were used, in a cluster.
    pub(crate) touched: BTreeSet<u16>,
    /// The number of lookups of shards.
    pub(crate) looks: usize,
}

/// A shard whose `Debug` shows its counts.
pub(crate) struct Held(pub Shard);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0.size())
    }
}

impl Memory {
    fn look(&mut self, slot: u16) -> Result<(), Error> {
        self.looks += 1;
        if self.cluster {
            self.touched.insert(slot);
        }
        if let Some(left) = &mut self.looks_left {
            *left = left.checked_sub(1).ok_or_else(|| Error::other("no more"))?;
        }
        if self.wrong.contains(&slot) {
            Err(Error::wrong_type(b"key"))
        } else {
            Ok(())
        }
    }

    /// Returns the digest. Checks that the shards' growth, which is never taken here, adds up to
    /// their counts.
    pub(crate) fn digest(&self) -> Digest {
        let lines = |shard: &Shard| {
            assert_eq!(shard.growth(), shard.size().into());
            let mut lines = vec![];
            shard.digest(&mut |line| lines.push(line.to_vec()));
            lines
        };
        self.shards
            .iter()
            .map(|(&slot, held)| (slot, lines(&held.0)))
            .collect()
    }

    /// Replaces every shard by one read from its chunks.
    pub(crate) fn reload(&mut self) {
        for held in self.shards.values_mut() {
            let mut chunks = held.0.chunks();
            let mut read = Shard::from_chunk(&chunks.next().unwrap()).unwrap();
            for chunk in chunks {
                read.load_chunk(&chunk).unwrap();
            }
            assert_eq!(read.size().links, held.0.size().links);
            *held = Held(read);
        }
    }

    /// Moves every buffer as a defragmenter does, a few at a time.
    pub(crate) fn defragment(&mut self) {
        for held in self.shards.values_mut() {
            let mut from = Some(0);
            while let Some(at) = from {
                let mut budget = 3;
                from = held.0.buffers_mut(at, &mut |buffer| {
                    let mut moved = Vec::with_capacity(buffer.capacity());
                    moved.extend_from_slice(buffer);
                    *buffer = moved;
                    budget -= 1;
                    budget > 0
                });
            }
        }
    }
}

impl Store for Memory {
    fn get(&mut self, slot: u16) -> Result<Option<&Shard>, Error> {
        self.look(slot)?;
        Ok(self.shards.get(&slot).map(|held| &held.0))
    }

    fn get_mut(&mut self, slot: u16) -> Result<Option<&mut Shard>, Error> {
        self.look(slot)?;
        Ok(self.shards.get_mut(&slot).map(|held| &mut held.0))
    }

    fn get_or_create(&mut self, slot: u16) -> Result<&mut Shard, Error> {
        self.look(slot)?;
        Ok(&mut self
            .shards
            .entry(slot)
            .or_insert_with(|| Held(Shard::new(slot)))
            .0)
    }

    fn is_cluster(&self) -> bool {
        self.cluster
    }

    fn has_memory(&self) -> bool {
        !self.full
    }

    fn remove(&mut self, slot: u16) {
        self.shards
            .remove(&slot)
            .expect("only what is there is discarded");
    }

    fn replicate(&mut self, slot: u16, payload: &[u8]) {
        self.effects.push((slot, payload.to_vec()));
    }

    fn notify(&mut self, code: &Code, change: Change) {
        self.events.push((code.to_string(), change));
    }

    fn notify_url(&mut self, url: &[u8]) {
        self.indexed.push(url.to_vec());
    }
}

/// Some time in 2026, Unix ms.
pub(crate) const NOON: u64 = 1_790_000_000_000;

/// A database with its settings and its clock.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) store: Memory,
    pub(crate) settings: Settings,
    pub(crate) now: u64,
    pub(crate) counters: ProcessCounters,
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

impl Database {
    pub(crate) fn with(settings: &[(&str, &str)]) -> Database {
        let mut database = Database::default();
        for (name, value) in settings {
            database.settings.set(name, value).unwrap();
        }
        database
    }

    /// A replica with settings as different as possible. What it applies must not depend on them,
    /// nor on its clock.
    pub(crate) fn replica_with_other_settings() -> Database {
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

    pub(crate) fn engine(&mut self) -> Engine<'_, Memory> {
        Engine {
            store: &mut self.store,
            settings: &self.settings,
            now: self.now,
            counters: &self.counters,
        }
    }

    /// Applies everything that `master` replicated, each effect twice, because applying one again
    /// must change nothing.
    pub(crate) fn follow(&mut self, master: &mut Database) {
        for (slot, payload) in std::mem::take(&mut master.store.effects) {
            let found = self.find_all();
            self.store.indexed.clear();
            for _ in 0..2 {
                self.engine().apply(slot, &payload).unwrap();
            }
            self.check_signals(&found, &payload);
        }
    }

    pub(crate) fn resolve(&mut self, code: &[u8]) -> Option<Vec<u8>> {
        self.engine()
            .resolve(code, |url| url.map(<[u8]>::to_vec))
            .unwrap()
    }

    pub(crate) fn visit(&mut self, code: &[u8]) -> Option<Vec<u8>> {
        let request = VisitRequest {
            code,
            ..VisitRequest::default()
        };
        self.visit_as(&request, &Visitor::default())
    }

    /// A visit by a visitor with these properties.
    pub(crate) fn visit_as(
        &mut self,
        request: &VisitRequest<'_>,
        seen: &Visitor,
    ) -> Option<Vec<u8>> {
        let mut url = UrlBuffer::new();
        let visited = self.engine().visit(request, |_| seen.clone(), &mut url);
        visited.unwrap().map(|_| url.to_vec())
    }

    /// Returns what LINK.FIND returns for every URL of the tests.
    pub(crate) fn find_all(&mut self) -> Vec<Option<Code>> {
        let find = |url: &&str| self.engine().find(url.as_bytes()).ok().flatten();
        URLS.iter().map(find).collect()
    }

    /// Checks that every URL whose code changed since `before` was signaled.
    pub(crate) fn check_signals(&mut self, before: &[Option<Code>], op: &impl std::fmt::Debug) {
        let after = self.find_all();
        for (url, (before, after)) in URLS.iter().zip(before.iter().zip(&after)) {
            let signaled = self
                .store
                .indexed
                .iter()
                .any(|known| known == url.as_bytes());
            assert!(
                before == after || signaled,
                "{op:?} changed the code of {url} from {before:?} to {after:?} without a signal"
            );
        }
    }

    /// Returns all codes, by a scan of `count` at a time.
    pub(crate) fn scan(&mut self, count: usize) -> Vec<String> {
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
}

impl Database {
    /// Returns all reserved codes, by a scan of `count` at a time.
    pub(crate) fn reserved(&mut self, count: usize) -> Vec<String> {
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

/// Returns the payload of an effect that puts these codes into the pool: version, kind, ranks.
pub(crate) fn fill(codes: &[Code]) -> Vec<u8> {
    let mut payload = vec![1, 5];
    codes
        .iter()
        .for_each(|code| varint(&mut payload, code.rank()));
    payload
}

pub(crate) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Returns the first codes of slot 0, by length, then by digits. Under Miri at most those of three
/// digits, because sorting the table of all suffixes takes hours.
pub(crate) fn crowd(most: usize) -> Vec<Code> {
    if cfg!(miri) {
        let codes = [
            "06S", "1bz", "3B8", "9kb", "fHh", "gXI", "la2", "nAp", "oQQ", "vZY", "wJx", "DLH",
            "LEP", "MUq", "Ou3", "UNX",
        ];
        return codes
            .iter()
            .take(most)
            .map(|code| Code::parse(code.as_bytes()).unwrap())
            .collect();
    }
    let first = slot_codes::next_code_in_slot(0, 0);
    let codes = std::iter::successors(first, |code| {
        slot_codes::next_code_in_slot(0, code.rank() + 1)
    });
    codes.take(most).collect()
}
