//! A database of shards in memory, with settings, a clock and counters.

mod codes;
mod database;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use shorten_engine::code::Code;
use shorten_engine::code::slot::Slot;
use shorten_engine::error::Error;
use shorten_engine::{Change, Shard, Store};

pub use codes::{crowd, fill, varint};
pub use database::{Database, NOON, URLS};

/// The content of a database, for comparisons: the lines of [`Shard::digest`] per slot.
pub type Digest = BTreeMap<Slot, Vec<Vec<u8>>>;

/// The shards of one database, and a record of what the engine asked for and sent out.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The shards by slot.
    pub shards: BTreeMap<Slot, Held>,
    /// The effects sent out, with their slots.
    pub effects: Vec<(Slot, Vec<u8>)>,
    /// The changes of links that were announced, with the codes.
    pub events: Vec<(String, Change)>,
    /// URLs whose index entry was made, changed or removed.
    pub indexed: Vec<Vec<u8>>,
    /// Slots whose key holds something else.
    pub wrong: BTreeSet<Slot>,
    /// Whether this is a node of a cluster.
    pub cluster: bool,
    /// The one slot that this node of a cluster owns; `None`: it owns every slot.
    pub owned: Option<Slot>,
    /// Whether there is no memory left.
    pub full: bool,
    /// How many more times a shard can be looked up; then each look-up fails.
    pub looks_left: Option<u32>,
    /// Slots that were asked for in a cluster.
    pub touched: BTreeSet<Slot>,
    /// How often a shard was asked for.
    pub looks: usize,
    /// Whether nothing is recorded but the number of bytes sent out: for benchmarks, whose memory
    /// and time the record would take.
    pub unrecorded: bool,
    /// Bytes of the effects sent out.
    pub emitted: usize,
}

/// A shard, whose `Debug` output is its counts.
#[derive(Clone)]
pub struct Held(pub Shard);

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.size())
    }
}

impl Memory {
    fn look(&mut self, slot: Slot) -> Result<(), Error> {
        if self.unrecorded {
            return Ok(());
        }
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

    /// Returns the digest of all shards. Checks also that each shard's growth, which has not been
    /// taken yet, adds up to its counts.
    #[must_use]
    pub fn digest(&self) -> Digest {
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

    /// Replaces every shard by what its chunks say, as saving and loading an RDB file does.
    pub fn reload(&mut self) {
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

    /// Moves every buffer, as a defragmenter does, a few at a time.
    pub fn defragment(&mut self) {
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
    fn get(&mut self, slot: Slot) -> Result<Option<&Shard>, Error> {
        self.look(slot)?;
        Ok(self.shards.get(&slot).map(|held| &held.0))
    }

    fn get_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error> {
        self.look(slot)?;
        Ok(self.shards.get_mut(&slot).map(|held| &mut held.0))
    }

    fn get_or_create(&mut self, slot: Slot) -> Result<&mut Shard, Error> {
        self.look(slot)?;
        let held = self.shards.entry(slot);
        Ok(&mut held.or_insert_with(|| Held(Shard::new(slot))).0)
    }

    fn is_cluster(&self) -> bool {
        self.cluster
    }

    fn owns_slot(&mut self, slot: Slot) -> bool {
        self.owned.is_none_or(|owned| owned == slot)
    }

    fn has_memory(&self) -> bool {
        !self.full
    }

    fn remove(&mut self, slot: Slot) {
        self.shards
            .remove(&slot)
            .expect("only what is there is discarded");
    }

    fn replicate(&mut self, slot: Slot, payload: &[u8]) {
        self.emitted = self.emitted.wrapping_add(payload.len());
        if !self.unrecorded {
            self.effects.push((slot, payload.to_vec()));
        }
    }

    fn notify(&mut self, code: &Code, change: Change) {
        if !self.unrecorded {
            self.events.push((code.to_string(), change));
        }
    }

    fn notify_url(&mut self, url: &[u8]) {
        if !self.unrecorded {
            self.indexed.push(url.to_vec());
        }
    }
}
