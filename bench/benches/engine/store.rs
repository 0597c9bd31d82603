//! One shard in memory, as on a node of a cluster that looks after one slot, or all shards of a server of its own.

use std::collections::HashMap;

use shorten_engine::code::Code;
use shorten_engine::code::slot::{self, Slot};
use shorten_engine::error::Error;
use shorten_engine::settings::Settings;
use shorten_engine::{Change, Engine, ProcessCounters, Shard, ShortenRequest, Store};

/// A moment of some day, Unix ms.
pub(crate) const NOON: u64 = 1_790_000_000_000;
/// The slot in which all URLs of [`url`] lie.
pub(crate) const SLOT: Slot = 15_495;

/// A URL of the usual length; the tag in it says where it lies.
pub(crate) fn url(n: usize) -> String {
    format!("https://www.example.com/articles/2024/{n}/on-the-shortness-of-{{a}}-url")
}

#[derive(Clone, Default)]
pub(crate) struct Memory {
    shards: HashMap<Slot, Shard>,
    cluster: bool,
    /// Bytes of effects, so that nobody can leave them out.
    emitted: usize,
}

impl Store for Memory {
    fn get(&mut self, slot: Slot) -> Result<Option<&Shard>, Error> {
        Ok(self.shards.get(&slot))
    }

    fn get_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error> {
        Ok(self.shards.get_mut(&slot))
    }

    fn get_or_create(&mut self, slot: Slot) -> Result<&mut Shard, Error> {
        Ok(self.shards.entry(slot).or_insert_with(|| Shard::new(slot)))
    }

    fn is_cluster(&self) -> bool {
        self.cluster
    }

    fn owns_slot(&mut self, slot: Slot) -> bool {
        !self.cluster || slot == SLOT
    }

    fn remove(&mut self, slot: Slot) {
        self.shards.remove(&slot);
    }

    fn replicate(&mut self, _slot: Slot, payload: &[u8]) {
        self.emitted = self.emitted.wrapping_add(payload.len());
    }

    fn notify(&mut self, _code: &Code, _change: Change) {}

    fn notify_url(&mut self, _url: &[u8]) {}
}

/// A database with its settings and its clock.
#[derive(Default)]
pub(crate) struct World {
    store: Memory,
    pub(crate) settings: Settings,
    pub(crate) now: u64,
    counters: ProcessCounters,
    pub(crate) urls: Vec<String>,
    pub(crate) codes: Vec<Code>,
}

impl Clone for World {
    /// The shards alone, for benchmarks that change them.
    fn clone(&self) -> World {
        World {
            store: self.store.clone(),
            settings: self.settings.clone(),
            now: self.now,
            ..World::default()
        }
    }
}

impl World {
    /// An empty one: a cluster's node or a server of its own.
    pub(crate) fn empty(cluster: bool) -> World {
        assert_eq!(slot::of(url(0).as_bytes()), SLOT);
        World {
            store: Memory {
                cluster,
                ..Memory::default()
            },
            now: NOON,
            ..World::default()
        }
    }

    /// One shard with so many links.
    pub(crate) fn of(links: usize) -> World {
        let mut world = World::empty(true);
        world.urls = (0..links).map(url).collect();
        for n in 0..links {
            let url = world.urls[n].clone();
            let request = ShortenRequest {
                url: url.as_bytes(),
                ..ShortenRequest::default()
            };
            let code = world.engine().shorten(&request).unwrap();
            world.codes.push(code);
        }
        world
    }

    pub(crate) fn engine(&mut self) -> Engine<'_, Memory> {
        Engine {
            store: &mut self.store,
            settings: &self.settings,
            now: self.now,
            counters: &self.counters,
        }
    }
}
