//! Codes that leave the pool for a client: handing them out, showing those that no link has
//! claimed, and taking them back.

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

/// Codes made on the spot between two looks at how much memory there is.
const MEMORY_CHECK_INTERVAL: usize = 1000;

/// Pools that are looked into before a code is made on the spot, beside one for each code asked
/// for.
const EXTRA_LOOKS: usize = 1024;

impl<S: Store> Engine<'_, S> {
    /// Hands out `n` codes that no one else will get, until a link claims them; fewer if there are
    /// no more.
    ///
    /// # Errors
    /// `POOLEMPTY` if the pool holds none and pool-max is 0; `OOM` if it holds none and there is no
    /// memory to make one.
    pub fn pool_take(&mut self, n: u64) -> Result<Vec<Code>, Error> {
        let mut slots = self.stable_slots();
        if slots.is_empty() {
            return Err(Error::other("this node owns no hash slots"));
        }
        // Codes of one call are not to lie in neighbouring slots.
        slots.shuffle(&mut rand::rng());
        let mut codes = Vec::new();
        let refused = self.take_from(&slots, n, &mut codes);
        // What was taken before an error is taken: it goes out whatever happened after.
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

    /// Takes codes from the pools, round and round, a few from each. When all are empty, codes are
    /// made on the spot. Does not send the effects out: [`Engine::pool_take`] sends one for all of a
    /// slot.
    fn take_from(
        &mut self,
        slots: &[Slot],
        n: u64,
        codes: &mut Vec<(Slot, Code)>,
    ) -> Result<(), Error> {
        let may_make = self.settings.pool_max > 0 && self.store.has_memory();
        // Where codes can be made, not every pool of a node is searched for the last code: that
        // could take longer than all else.
        let mut looks = usize::try_from(n).unwrap_or(usize::MAX);
        looks = looks.saturating_add(if may_make { EXTRA_LOOKS } else { usize::MAX });
        // As few slots as hold enough, if all are filled alike: each is opened, changed and sent.
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

    /// Takes back codes that [`Engine::pool_take`] handed out and no link claimed; answers how
    /// many. They do not go back into the pool: somebody has seen them, and what the pool gives
    /// cannot be guessed. They are free from then on, as if they had never been drawn.
    ///
    /// # Errors
    /// `BADCODE` if one is malformed, and as [`Engine::pool_fill`]; then none was released.
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

    /// Shows about `count` of the codes that were taken and that no link has claimed, from `cursor`
    /// on, and answers the cursor to go on from; 0 begins and ends. What stays taken from the first
    /// call to the last is shown.
    ///
    /// The cursor is a slot and how many pool codes come before the code: it means the same in
    /// every process.
    ///
    /// # Errors
    /// `ERR` for a cursor that no scan gives. As [`Engine::pool_fill`].
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
                    // What a server of its own handed out is not reserved in a cluster, but in the
                    // code's own slot.
                    let code =
                        Code::from_rank(rank).filter(|code| !clustered || code.slot() == slot)?;
                    Some((rank.saturating_sub(first), code))
                });
                let (shown, next) = cursor::show(codes, 0, left, &mut each);
                if let Some(next) = next {
                    return Ok(cursor::write(slot, next));
                }
                left = left.saturating_sub(shown);
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
