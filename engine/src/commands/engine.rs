//! The engine: the commands, given a store of shards, the settings and the time.
//!
//! A command reads first and changes nothing. Once it knows the change, it builds an effect, which
//! [`Engine::apply_and_replicate`] applies here and sends to the AOF and the replicas. Both sides
//! apply it by the same code, so they cannot differ.

use crate::code::Code;
use crate::code::slot::Slot;
use crate::error::Error;
use crate::settings::Settings;
use crate::shard::Record;

use super::counters::ProcessCounters;
use super::store::Store;

/// The context of one command. The commands are its methods, in the files of this folder.
#[derive(Debug)]
pub struct Engine<'a, S> {
    /// The shards.
    pub store: &'a mut S,
    /// The current settings.
    pub settings: &'a Settings,
    /// The current time, Unix ms.
    pub now: u64,
    /// The counters to increment.
    pub counters: &'a ProcessCounters,
}

/// The slot whose shard holds the allocator of all codes, if one server holds all shards.
pub(crate) const ALLOCATOR: Slot = 0;

impl<S: Store> Engine<'_, S> {
    /// Returns the link of a code, even if it has expired.
    #[inline]
    pub(crate) fn link(&mut self, code: &Code) -> Result<Option<Record<'_>>, Error> {
        let shard = self.store.get(code.slot())?;
        Ok(shard.and_then(|shard| shard.get(code)))
    }

    /// Returns whether no link has a code, or only a link that can be reclaimed.
    pub(crate) fn is_free(&mut self, code: &Code) -> Result<bool, Error> {
        let (now, retention) = (self.now, self.retention());
        let link = self.link(code)?;
        Ok(link.is_none_or(|record| record.is_reclaimable(now, retention)))
    }

    /// Returns whether a generated code must be skipped: a link has it, or it is in the pool or
    /// reserved.
    pub(crate) fn is_occupied(&mut self, code: &Code) -> Result<bool, Error> {
        let held = self.link(code)?.is_some();
        Ok(held || self.is_reserved(code)?)
    }

    /// Returns whether a code is in the pool or reserved.
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

    /// Returns the slot whose shard has the allocator for codes of this slot.
    pub(crate) fn allocator_of(&self, slot: Slot) -> Slot {
        if self.store.is_cluster() {
            slot
        } else {
            ALLOCATOR
        }
    }

    /// Returns the time for which an expired link is kept, in ms.
    pub(crate) fn retention(&self) -> u64 {
        self.settings.expired_retention.saturating_mul(1000)
    }
}
