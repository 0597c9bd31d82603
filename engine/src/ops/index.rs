//! The index from URLs to codes: when an entry counts, when it is made and when it goes.
//!
//! An entry is a hint that is always checked. It counts only if its link is there, is marked `indexed` and has exactly the URL; such a link
//! is permanent and without a limit, so no clock is asked. A link is marked when it is made, and loses the mark for good when it gets
//! another destination, an expiry or a limit.

use crate::code::Code;
use crate::engine::{Engine, Store};
use crate::error::Error;
use crate::record::Record;
use crate::shard::Seed;
use crate::slot::{self, Slot};

impl<S: Store> Engine<'_, S> {
    /// The code that the index has for a URL, if it leads to a link that is marked as indexed and has exactly this URL.
    /// `slot` is the URL's.
    pub(crate) fn indexed(&mut self, url: &[u8], slot: Slot) -> Result<Option<Code>, Error> {
        for nth in 0.. {
            let shard = self.store.shard(slot)?;
            let Some(code) = shard.and_then(|shard| shard.index.candidate_for(url, nth)) else {
                break;
            };
            if !self.is_reachable(&code, slot) {
                continue;
            }
            let record = self.link(&code)?;
            if record.is_some_and(|record| record.indexed && record.url.is(url)) {
                return Ok(Some(code));
            }
        }
        Ok(None)
    }

    /// The slot whose index has a URL of slot `home` for a link of this slot; none if it cannot be reached from here.
    pub(crate) fn index_of(&self, home: Slot, slot: Slot) -> Option<Slot> {
        Some(home).filter(|&index| index == slot || !self.store.is_cluster())
    }

    /// Whether a command about a URL of this slot may look at the link of `code`. In a cluster an index that was brought from a server of
    /// its own has entries that lead to other slots: they count for nothing there.
    fn is_reachable(&self, code: &Code, slot: Slot) -> bool {
        !self.store.is_cluster() || code.slot() == slot
    }

    /// The seed of the index that the first entry of a URL of slot `home` brings with it; none if that has one, or cannot be reached from
    /// the code's slot.
    pub(crate) fn seed_for(&mut self, home: Slot, slot: Slot) -> Result<Option<Seed>, Error> {
        let Some(slot) = self.index_of(home, slot) else {
            return Ok(None);
        };
        let index = self.store.shard(slot)?.map(|shard| &shard.index);
        Ok(index
            .is_none_or(|index| index.entries.is_empty())
            .then(rand::random))
    }

    /// Takes the index's entry for the link of `code`, which is of this slot, away, unless the link stays as the index knows it.
    pub(super) fn forget_entry(
        &mut self,
        code: &Code,
        slot: Slot,
        stays: impl Fn(&Record<'_>) -> bool,
    ) -> Result<(), Error> {
        let shard = self.store.shard(slot)?;
        let old = shard.and_then(|shard| shard.get(code));
        let Some(old) = old.filter(|old| old.indexed && !stays(old)) else {
            return Ok(());
        };
        let url = old.url().into_owned();
        let Some(home) = self.index_of(slot::of(&url), slot) else {
            return Ok(());
        };
        // An entry is a hint: where it cannot be reached it will be found wrong when it is used.
        if let Ok(Some(shard)) = self.store.existing_mut(home) {
            let hash = shard.index.hash(&url);
            shard.index.entries.remove(hash, code.rank());
            if home != slot {
                self.drop_if_vacant(home)?;
            }
        }
        Ok(())
    }

    /// Makes the index lead from `url` to `code`, and throws out what it had in that place and leads nowhere.
    pub(super) fn enter(
        &mut self,
        code: &Code,
        url: &[u8],
        slot: Slot,
        seed: Option<&Seed>,
    ) -> Result<(), Error> {
        let index = &mut self.store.shard_mut(slot)?.index;
        if let (true, Some(seed)) = (index.entries.is_empty(), seed) {
            index.seed = *seed;
        }
        let hash = index.hash(url);
        if index.candidate(hash, 0).is_none() {
            index.insert(hash, code.rank());
            return Ok(());
        }
        let stale = self.stale_under(hash, slot, code)?;
        let index = &mut self.store.shard_mut(slot)?.index;
        for rank in stale {
            index.entries.remove(hash, rank);
        }
        index.insert(hash, code.rank());
        Ok(())
    }

    /// The ranks of the codes that a slot's index has under a hash and that lead nowhere, `code`'s aside.
    fn stale_under(&mut self, hash: u64, slot: Slot, code: &Code) -> Result<Vec<u64>, Error> {
        let mut stale = Vec::new();
        for nth in 0.. {
            let shard = self.store.shard(slot)?;
            let Some(other) = shard.and_then(|shard| shard.index.candidate(hash, nth)) else {
                break;
            };
            if other != *code && !self.leads_somewhere(&other, slot, hash)? {
                stale.push(other.rank());
            }
        }
        Ok(stale)
    }

    /// Whether an entry under `hash` in a slot's index is right about the link of `code`, be it for whatever URL.
    fn leads_somewhere(&mut self, code: &Code, slot: Slot, hash: u64) -> Result<bool, Error> {
        if !self.is_reachable(code, slot) {
            return Ok(false);
        }
        let record = self
            .store
            .shard(code.slot())
            .ok()
            .flatten()
            .and_then(|shard| shard.get(code));
        let Some(url) = record
            .filter(|record| record.indexed)
            .map(|record| record.url().into_owned())
            .filter(|url| slot::of(url) == slot)
        else {
            return Ok(false);
        };
        Ok(self
            .store
            .shard(slot)?
            .is_some_and(|shard| shard.index.hash(&url) == hash))
    }
}
