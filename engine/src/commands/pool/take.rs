//! The codes that leave the pool for clients: TAKE, RESERVED and RELEASE.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom as _;

use crate::code::slot::{self, Slot};
use crate::code::{Code, POOL_DIGITS};
use crate::commands::cursor;
use crate::commands::engine::Engine;
use crate::commands::query::SLOTS_PER_SCAN;
use crate::commands::store::Store;
use crate::effect::Effect;
use crate::error::Error;

/// Number of codes created between two checks of the memory.
const MEMORY_CHECK_INTERVAL: usize = 1000;

/// Number of pools that are searched before a code is created, in addition to one for each
/// requested code.
const EXTRA_LOOKS: usize = 1024;

impl<S: Store> Engine<'_, S> {
    /// Returns `n` codes and reserves them until a link claims them. Returns fewer if there are no
    /// more.
    ///
    /// # Errors
    /// `POOLEMPTY` if the pool is empty and pool-max is 0; `OOM` if it is empty and there is no
    /// memory to create a code.
    pub fn pool_take(&mut self, n: u64) -> Result<Vec<Code>, Error> {
        let mut slots = self.stable_slots();
        if slots.is_empty() {
            return Err(Error::other("this node owns no hash slots"));
        }
        // The codes of one call should not be in neighboring slots.
        slots.shuffle(&mut rand::rng());
        let mut codes = Vec::new();
        let refused = self.take_from(&slots, n, &mut codes);
        // Codes taken before an error are reserved. They are replicated in any case.
        let mut taken: BTreeMap<Slot, Vec<u64>> = BTreeMap::new();
        for (slot, code) in &codes {
            taken.entry(*slot).or_default().push(code.rank());
        }
        for (slot, ranks) in taken {
            self.replicate(slot, &Effect::Take { ranks });
        }
        if codes.is_empty() {
            refused?;
        }
        Ok(codes.into_iter().map(|(_, code)| code).collect())
    }

    /// Takes codes from the pools in rounds, a few from each. When all are empty, creates codes.
    /// Does not replicate the effects: [`Engine::pool_take`] replicates one per slot.
    fn take_from(
        &mut self,
        slots: &[Slot],
        n: u64,
        codes: &mut Vec<(Slot, Code)>,
    ) -> Result<(), Error> {
        let may_make = self.settings.pool_max > 0 && self.store.has_memory();
        // If codes can be created, not every pool is searched for the last code, which could take
        // longer than everything else.
        let mut looks = usize::try_from(n).unwrap_or(usize::MAX);
        looks = looks.saturating_add(if may_make { EXTRA_LOOKS } else { usize::MAX });
        // Uses as few slots as hold enough codes if all are filled alike, because each is opened,
        // changed and replicated.
        let each = n.div_ceil((slots.len() as u64).max(1));
        let mut rest = slots.to_vec();
        while (codes.len() as u64) < n && !rest.is_empty() {
            let mut filled = Vec::new();
            for &slot in &rest {
                if codes.len() as u64 >= n || looks == 0 {
                    break;
                }
                looks = looks.saturating_sub(1);
                let available = self.available(slot).unwrap_or(0);
                let left = n.saturating_sub(codes.len() as u64);
                for _ in 0..available.min(each).min(left) {
                    codes.push(self.take_one(slot)?);
                }
                if available > each {
                    filled.push(slot);
                }
            }
            rest = filled;
        }
        let mut round = slots.iter().cycle();
        let mut made = 0_usize;
        while (codes.len() as u64) < n {
            if self.settings.pool_max == 0 {
                return Err(Error::PoolEmpty);
            }
            if made.is_multiple_of(MEMORY_CHECK_INTERVAL) && !self.store.has_memory() {
                return Err(Error::OutOfMemory);
            }
            let Some(&slot) = round.next() else { break };
            codes.push(self.take_one(slot)?);
            made = made.saturating_add(1);
        }
        Ok(())
    }

    fn take_one(&mut self, slot: Slot) -> Result<(Slot, Code), Error> {
        let code = self.pool_code(slot)?;
        let ranks = vec![code.rank()];
        self.apply_effect(slot, &Effect::Take { ranks })?;
        Ok((slot, code))
    }

    /// Releases codes that [`Engine::pool_take`] returned and that no link claimed. Returns how
    /// many.
    ///
    /// They do not return to the pool: a client has seen them, and pool codes must not be
    /// guessable. They are free, as if they had never been drawn.
    ///
    /// # Errors
    /// `BADCODE` if one is malformed, or see [`Engine::pool_fill`]. Then no code is released.
    pub fn pool_release<'c>(
        &mut self,
        codes: impl Iterator<Item = &'c [u8]>,
    ) -> Result<u64, Error> {
        let mut taken: BTreeMap<Slot, BTreeSet<u64>> = BTreeMap::new();
        for code in codes {
            let code = Code::parse(code)?;
            let slot = self.allocator_of(code.slot());
            if code.is_pool_code()
                && self.store.owns_slot(slot)
                && self
                    .pool(slot)?
                    .is_some_and(|pool| pool.reserved.contains(code.rank(), 0))
            {
                taken.entry(slot).or_default().insert(code.rank());
            }
        }
        let mut released = 0_u64;
        for (slot, ranks) in taken {
            released = released.saturating_add(ranks.len() as u64);
            let ranks = ranks.into_iter().collect();
            self.apply_and_replicate(slot, &Effect::Release { ranks })?;
        }
        Ok(released)
    }

    /// Passes about `count` reserved codes from `cursor` on to `each`. Returns the cursor to
    /// continue from. 0 is the beginning and the end. A code that is reserved from the first call
    /// to the last is returned.
    ///
    /// The cursor is a slot and the number of pool codes before the code. It means the same in
    /// every process.
    ///
    /// # Errors
    /// `ERR` if no scan returns this cursor. See also [`Engine::pool_fill`].
    pub fn pool_reserved(
        &mut self,
        cursor: u64,
        count: usize,
        mut each: impl FnMut(&Code),
    ) -> Result<u64, Error> {
        let first = Code::fixed(0, POOL_DIGITS).map_or(0, |code| code.rank());
        let (mut slot, mut place) = cursor::read(cursor)?;
        let clustered = self.store.is_cluster();
        let slots = if clustered { slot::SLOTS } else { 1 };
        let last = slot.saturating_add(SLOTS_PER_SCAN).min(slots);
        let mut left = count;
        while slot < last && left > 0 {
            if self.store.owns_slot(slot)
                && self.store.may_have_pool(slot)
                && let Some(pool) = self.pool(slot)?
            {
                let ranks = pool.reserved.iter_from(first.saturating_add(place));
                let codes = ranks.filter_map(|(rank, _)| {
                    // Codes that a standalone server reserved are not reserved in a cluster, except
                    // in their own slot.
                    let code =
                        Code::from_rank(rank).filter(|code| !clustered || code.slot() == slot)?;
                    Some((rank.saturating_sub(first), code))
                });
                let (returned, next) = cursor::page(codes, 0, left, &mut each);
                if let Some(next) = next {
                    return Ok(cursor::write(slot, next));
                }
                left = left.saturating_sub(returned);
            }
            (slot, place) = (slot.saturating_add(1), 0);
        }
        Ok(if slot < slots {
            cursor::write(slot, 0)
        } else {
            0
        })
    }
}
