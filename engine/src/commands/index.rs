//! The index from URLs to codes: when an entry counts, when it is made and when it goes.
//!
//! An entry is a hint that is always checked. It counts only if its link is there, is marked `indexed` and has exactly the URL; such a link
//! is permanent and without a limit, so no clock is asked. A link is marked when it is made, and loses the mark for good when it gets
//! another destination, an expiry or a limit.

use crate::code::Code;
use crate::code::slot::{self, Slot};
use crate::commands::engine::Engine;
use crate::commands::store::Store;
use crate::error::Error;
use crate::shard::Record;
use crate::shard::{Seed, Shard};

/// What a look into the index for a URL found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lookup {
    /// The code of the link that the URL leads to.
    pub(crate) found: Option<Code>,
    /// The URL's hash, if the index has entries, and none under it.
    pub(crate) absent: Option<u64>,
}

impl<S: Store> Engine<'_, S> {
    /// The code that the index has for a URL, if it leads to a link that is marked as indexed and has exactly this URL.
    /// `slot` is the URL's.
    pub(crate) fn indexed_code(&mut self, url: &[u8], slot: Slot) -> Result<Option<Code>, Error> {
        Ok(self.lookup(url, slot)?.found)
    }

    /// As [`Engine::indexed_code`], with what a new entry for the URL needs.
    #[inline]
    pub(crate) fn lookup(&mut self, url: &[u8], slot: Slot) -> Result<Lookup, Error> {
        let mut lookup = Lookup::default();
        let index = self.store.get(slot)?.map(Shard::index);
        let Some(index) = index.filter(|index| !index.entries.is_empty()) else {
            return Ok(lookup);
        };
        let hash = index.hash(url);
        let mut candidate = index.candidate(hash, 0);
        if candidate.is_none() {
            lookup.absent = Some(hash);
        }
        for nth in 1.. {
            let Some(code) = candidate else { break };
            if self.leads_to(&code, url, slot)? {
                lookup.found = Some(code);
                break;
            }
            let shard = self.store.get(slot)?;
            candidate = shard.and_then(|shard| shard.index().candidate(hash, nth));
        }
        Ok(lookup)
    }

    /// Whether the link of a code that the index of this slot has counts as the URL's.
    fn leads_to(&mut self, code: &Code, url: &[u8], slot: Slot) -> Result<bool, Error> {
        if !self.is_reachable(code, slot) {
            return Ok(false);
        }
        let record = self.link(code)?;
        Ok(record.is_some_and(|record| record.indexed && record.url.is(url)))
    }

    /// The slot whose index has a URL of slot `url_slot` for a link of this slot; none if it cannot be reached from here.
    pub(crate) fn index_of(&self, url_slot: Slot, slot: Slot) -> Option<Slot> {
        Some(url_slot).filter(|&index| index == slot || !self.store.is_cluster())
    }

    /// Whether a command about a URL of this slot may look at the link of `code`. In a cluster an index that was brought from a server of
    /// its own has entries that lead to other slots: they count for nothing there.
    fn is_reachable(&self, code: &Code, slot: Slot) -> bool {
        !self.store.is_cluster() || code.slot() == slot
    }

    /// The seed of the index that the first entry of a URL of slot `url_slot` brings with it; none if that has one, or cannot be reached from
    /// the code's slot.
    pub(crate) fn seed_for(&mut self, url_slot: Slot, slot: Slot) -> Result<Option<Seed>, Error> {
        let Some(slot) = self.index_of(url_slot, slot) else {
            return Ok(None);
        };
        let index = self.store.get(slot)?.map(Shard::index);
        Ok(index
            .is_none_or(|index| index.entries.is_empty())
            .then(rand::random))
    }

    /// Takes the index's entry for the link of `code`, which is of this slot, away, unless the link stays as the index knows it.
    pub(super) fn remove_entry(
        &mut self,
        code: &Code,
        slot: Slot,
        stays: impl Fn(&Record<'_>) -> bool,
    ) -> Result<(), Error> {
        let shard = self.store.get(slot)?;
        let old = shard.and_then(|shard| shard.get(code));
        let Some(old) = old.filter(|old| old.indexed && !stays(old)) else {
            return Ok(());
        };
        let url = old.url().into_owned();
        let Some(url_slot) = self.index_of(slot::of(&url), slot) else {
            return Ok(());
        };
        // An entry is a hint: where it cannot be reached it will be found wrong when it is used.
        if let Ok(Some(shard)) = self.store.get_mut(url_slot) {
            let hash = shard.index().hash(&url);
            shard.edit_index(|index| index.entries.remove(hash, code.rank()));
            if url_slot != slot {
                self.drop_if_vacant(url_slot)?;
            }
        }
        self.store.notify_url(&url);
        Ok(())
    }

    /// Makes the index lead from `url` to `code`, and throws out what it had in that place and leads nowhere.
    pub(super) fn insert_entry(
        &mut self,
        code: &Code,
        url: &[u8],
        slot: Slot,
        seed: Option<&Seed>,
    ) -> Result<(), Error> {
        let shard = self.store.get_or_create(slot)?;
        if let (true, Some(seed)) = (shard.index().entries.is_empty(), seed) {
            shard.edit_index(|index| index.seed = *seed);
        }
        let hash = shard.index().hash(url);
        if shard.index().candidate(hash, 0).is_none() {
            shard.edit_index(|index| index.entries.insert_new(hash, code.rank()));
            return Ok(());
        }
        let stale = self.stale_entries(hash, slot, code)?;
        self.store.get_or_create(slot)?.edit_index(|index| {
            for rank in stale {
                index.entries.remove(hash, rank);
            }
            index.insert(hash, code.rank());
        });
        Ok(())
    }

    /// The ranks of the codes that a slot's index has under a hash and that lead nowhere, `code`'s aside.
    fn stale_entries(&mut self, hash: u64, slot: Slot, code: &Code) -> Result<Vec<u64>, Error> {
        let mut stale = Vec::new();
        for nth in 0.. {
            let shard = self.store.get(slot)?;
            let Some(other) = shard.and_then(|shard| shard.index().candidate(hash, nth)) else {
                break;
            };
            if other != *code && !self.is_live(&other, slot, hash)? {
                stale.push(other.rank());
            }
        }
        Ok(stale)
    }

    /// Whether an entry under `hash` in a slot's index is right about the link of `code`, be it for whatever URL.
    fn is_live(&mut self, code: &Code, slot: Slot, hash: u64) -> Result<bool, Error> {
        if !self.is_reachable(code, slot) {
            return Ok(false);
        }
        let record = self
            .store
            .get(code.slot())
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
            .get(slot)?
            .is_some_and(|shard| shard.index().hash(&url) == hash))
    }
}
