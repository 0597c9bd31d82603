//! The index from URLs to codes: which entries are valid, and when they are added and removed.
//!
//! An entry is a hint that is always checked. It is valid if its link exists, is marked `indexed`
//! and has exactly the URL. Such a link is permanent and has no limit, so the clock does not
//! matter. A link is marked when it is created. It loses the mark for good when its destination
//! changes, or when it gets an expiry or a limit.

use crate::code::Code;
use crate::code::slot::{self, Slot};
use crate::commands::engine::Engine;
use crate::commands::store::Store;
use crate::error::Error;
use crate::shard::Record;
use crate::shard::{Seed, Shard};

/// The result of looking up a URL.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lookup {
    /// The code of the URL's link.
    pub(crate) found: Option<Code>,
    /// The URL's hash, if the index has entries but none under the hash.
    pub(crate) absent: Option<u64>,
}

impl<S: Store> Engine<'_, S> {
    /// Returns the code of the link that is marked as indexed and has exactly this URL. `slot` is
    /// the URL's slot.
    pub(crate) fn indexed_code(&mut self, url: &[u8], slot: Slot) -> Result<Option<Code>, Error> {
        Ok(self.lookup(url, slot)?.found)
    }

    /// Looks a URL up as [`Engine::indexed_code`] does. The result also has what a new entry needs.
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

    /// Returns whether the index of this slot is right to have this code for the URL.
    fn leads_to(&mut self, code: &Code, url: &[u8], slot: Slot) -> Result<bool, Error> {
        if !self.is_reachable(code, slot) {
            return Ok(false);
        }
        let record = self.link(code)?;
        Ok(record.is_some_and(|record| record.indexed && record.url.is(url)))
    }

    /// Returns the slot whose index has a URL of `url_slot`, for a link of `slot`. Returns `None`
    /// if that index cannot be reached from there.
    pub(crate) fn index_of(&self, url_slot: Slot, slot: Slot) -> Option<Slot> {
        Some(url_slot).filter(|&index| index == slot || !self.store.is_cluster())
    }

    /// Returns whether a command about a URL of this slot may read the link of `code`. In a cluster
    /// an imported index has entries for links of other slots, which are ignored.
    fn is_reachable(&self, code: &Code, slot: Slot) -> bool {
        !self.store.is_cluster() || code.slot() == slot
    }

    /// Returns a new seed for the index of `url_slot`, if it is empty. Returns `None` if it has
    /// entries, or if it cannot be reached from `slot`.
    pub(crate) fn seed_for(&mut self, url_slot: Slot, slot: Slot) -> Result<Option<Seed>, Error> {
        let Some(slot) = self.index_of(url_slot, slot) else {
            return Ok(None);
        };
        let index = self.store.get(slot)?.map(Shard::index);
        Ok(index
            .is_none_or(|index| index.entries.is_empty())
            .then(rand::random))
    }

    /// Removes the index entry of the link of `code`, unless `stays` holds for the link. `slot` is
    /// the code's slot.
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
        // An entry is a hint. One that cannot be reached is found to be invalid when it is used.
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

    /// Adds the entry from `url` to `code`. Removes invalid entries under the same hash.
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

    /// Returns the ranks of the invalid entries under a hash in a slot's index, except the one of
    /// `code`.
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

    /// Returns whether an entry under `hash` is valid for the link of `code`, with any URL.
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
