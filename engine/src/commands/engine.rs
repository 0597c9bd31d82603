//! The engine: what every command does, given a store of shards, the settings and the time.
//!
//! A command looks first and changes nothing; when it knows what is to change it makes an effect of it; and [`Engine::apply_and_replicate`] applies the
//! effect here and hands it out for the AOF and the replicas. Both sides run the same `apply`, so that they cannot differ.

use crate::code::Code;
use crate::code::slot::Slot;
use crate::error::Error;
use crate::settings::Settings;
use crate::shard::Record;

use super::counters::ProcessCounters;
use super::store::Store;

/// One command's view of the world. The commands are its methods, in the files of `ops`.
#[derive(Debug)]
pub struct Engine<'a, S> {
    /// Where the shards are.
    pub store: &'a mut S,
    /// The settings of this moment.
    pub settings: &'a Settings,
    /// This moment, Unix ms.
    pub now: u64,
    /// Counts to add to.
    pub counters: &'a ProcessCounters,
}

/// The slot whose shard holds the allocator of all codes, where one server holds all shards.
pub(crate) const ALLOCATOR: Slot = 0;

impl<S: Store> Engine<'_, S> {
    /// The link of a code, expired or not.
    #[inline]
    pub(crate) fn link(&mut self, code: &Code) -> Result<Option<Record<'_>>, Error> {
        let shard = self.store.get(code.slot())?;
        Ok(shard.and_then(|shard| shard.get(code)))
    }

    /// Whether a code is one that no link holds: there is none, or one that only waits to be reclaimed.
    pub(crate) fn is_free(&mut self, code: &Code) -> Result<bool, Error> {
        let (now, retention) = (self.now, self.retention());
        let link = self.link(code)?;
        Ok(link.is_none_or(|record| record.is_reclaimable(now, retention)))
    }

    /// Whether a generated code must be stepped over: a link holds it, or the pool or a client who took it.
    pub(crate) fn is_occupied(&mut self, code: &Code) -> Result<bool, Error> {
        let held = self.link(code)?.is_some();
        Ok(held || self.is_reserved(code)?)
    }

    /// Whether the pool or a client who took it holds a code.
    pub(crate) fn is_reserved(&mut self, code: &Code) -> Result<bool, Error> {
        if !code.is_pool_code() {
            return Ok(false);
        }
        let allocator = self.allocator_of(code.slot());
        Ok(self
            .store
            .get(allocator)?
            .is_some_and(|shard| shard.allocator().reserves(code.rank())))
    }

    /// The slot whose shard has the allocator for codes of this slot.
    pub(crate) fn allocator_of(&self, slot: Slot) -> Slot {
        if self.store.is_cluster() {
            slot
        } else {
            ALLOCATOR
        }
    }

    /// How long an expired link is kept, in ms.
    pub(crate) fn retention(&self) -> u64 {
        self.settings.expired_retention.saturating_mul(1000)
    }
}
