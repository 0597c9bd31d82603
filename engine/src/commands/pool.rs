//! CODEPOOL, and the pool strategy of SHORTEN: random codes generated ahead of time.

use rand::RngExt as _;

use crate::code::base62::POWERS;
use crate::code::slot::{SLOTS, Slot};
use crate::code::slot_codes;
use crate::code::{Code, POOL_DIGITS};
use crate::commands::engine::{ALLOCATOR, Engine};
use crate::commands::store::Store;
use crate::effect::Effect;
use crate::error::Error;
use crate::settings::Strategy;
use crate::shard::Pool;

mod take;

/// Maximum number of codes that one effect adds: about 6 KiB.
const BATCH: u64 = 1000;

/// Maximum number of consecutive collisions before the code space is reported as full.
const MAX_DRAWS: u32 = 1000;

/// Number of pool codes: 62^6 = 57 billion.
const POOL_CODES: u64 = POWERS[POOL_DIGITS];

/// The reply of CODEPOOL INFO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolInfo {
    /// Codes that can be drawn.
    pub size: u64,
    /// Codes that TAKE returned and that no link has claimed.
    pub reserved: u64,
    /// Whether the pool refills itself.
    pub auto_refill: bool,
}

impl<S: Store> Engine<'_, S> {
    /// Adds `n` codes to the pool, or as many as pool-max allows. Returns how many.
    ///
    /// # Errors
    /// `WRONGTYPE` or `ERR` if a shard's key holds something else.
    pub fn pool_fill(&mut self, n: Option<u64>) -> Result<u64, Error> {
        let slots = self.stable_slots();
        let mut left = n.unwrap_or(u64::MAX);
        let mut added = 0_u64;
        // Starts at a random slot, so that a small FILL does not always use the same slots.
        for at in rotated(slots.len()) {
            let Some(&slot) = slots.get(at) else { break };
            let place = (at, slots.len());
            while left > 0 {
                let filled = self.pool_fill_at(slot, place, left)?;
                if filled == 0 {
                    break;
                }
                left = left.saturating_sub(filled);
                added = added.saturating_add(filled);
            }
            if left == 0 {
                break;
            }
        }
        Ok(added)
    }

    /// Adds at most `n` codes, and at most one effect's, to the pool of one slot. `place` is as in
    /// [`Engine::pool_refill_at`]. Returns how many, or 0 if the slot's share of pool-max is
    /// reached.
    ///
    /// # Errors
    /// See [`Engine::pool_fill`].
    pub fn pool_fill_at(
        &mut self,
        slot: Slot,
        place: (usize, usize),
        n: u64,
    ) -> Result<u64, Error> {
        let (_, max) = self.share(place.0, place.1);
        let room = max.saturating_sub(self.available(slot)?).min(n);
        if room == 0 {
            return Ok(0);
        }
        self.add_codes(slot, room.min(BATCH))
    }

    /// Adds up to `batch` codes if the pool refills itself and needs codes: from when it falls
    /// below pool-min until it reaches pool-max. Returns how many, or 0 if there is nothing to do.
    ///
    /// # Errors
    /// See [`Engine::pool_fill`].
    pub fn pool_refill(&mut self, batch: u64) -> Result<u64, Error> {
        self.pool_refill_at(ALLOCATOR, (0, 1), batch)
    }

    /// Refills the pool of one slot of a cluster node as [`Engine::pool_refill`] does. The node
    /// owns `place.1` slots, of which this one has the number `place.0`. pool-min and pool-max are
    /// the node's, and each slot has its share.
    ///
    /// # Errors
    /// See [`Engine::pool_fill`].
    pub fn pool_refill_at(
        &mut self,
        slot: Slot,
        place: (usize, usize),
        batch: u64,
    ) -> Result<u64, Error> {
        if self.is_imported_pool(slot)? {
            self.apply_and_replicate(slot, &Effect::Clear)?;
        }
        let (mut min, max) = self.share(place.0, place.1);
        if self.settings.pool_min > 0 {
            // Links draw from their own slot's pool, so a slot with a share is never left empty.
            min = min.max(1);
        }
        let by_default = self.settings.strategy == Strategy::Pool;
        let (size, refilling, auto_refill) = self.pool(slot)?.map_or((0, false, false), |pool| {
            (
                pool.available.len() as u64,
                pool.refilling,
                pool.auto_refill,
            )
        });
        let due = (auto_refill || by_default) && size < if refilling { max } else { min.min(max) };
        let added = if due {
            self.add_codes(slot, max.saturating_sub(size).min(batch.min(BATCH)))?
        } else {
            0
        };
        // Set after the filling, which can create the pool or fill it completely.
        let goes_on = due && size.saturating_add(added) < max;
        if goes_on != refilling
            && let Some(shard) = self.store.get_mut(slot)?
        {
            shard.set_refilling(goes_on);
        }
        Ok(added)
    }

    /// Removes the codes in the pool, but not the reserved ones. Returns how many. The pool does
    /// not refill itself until it is used again.
    ///
    /// # Errors
    /// See [`Engine::pool_fill`].
    pub fn pool_clear(&mut self) -> Result<u64, Error> {
        let mut removed = 0_u64;
        for slot in self.slots_with_pools() {
            let Some(pool) = self.pool(slot)? else {
                continue;
            };
            let size = pool.available.len() as u64;
            // A pool with reserved codes only does not refill itself already.
            if size > 0 || pool.auto_refill {
                self.apply_and_replicate(slot, &Effect::Clear)?;
                removed = removed.saturating_add(size);
            }
        }
        Ok(removed)
    }

    /// Returns the number of codes in the pool.
    ///
    /// # Errors
    /// See [`Engine::pool_fill`].
    pub fn pool_size(&mut self) -> Result<u64, Error> {
        Ok(self.pool_info()?.size)
    }

    /// Returns the state of the pool. On a cluster node, sums up all its pools.
    ///
    /// # Errors
    /// See [`Engine::pool_fill`].
    pub fn pool_info(&mut self) -> Result<PoolInfo, Error> {
        let mut info = PoolInfo {
            auto_refill: self.settings.strategy == Strategy::Pool,
            ..PoolInfo::default()
        };
        for slot in self.slots_with_pools() {
            let Some(pool) = self.pool(slot)? else {
                continue;
            };
            info.size = info.size.saturating_add(pool.available.len() as u64);
            info.reserved = info.reserved.saturating_add(pool.reserved.len() as u64);
            info.auto_refill |= pool.auto_refill;
        }
        Ok(info)
    }

    /// Returns a code of the pool, or a new one if the pool is empty. In a cluster it is a code of
    /// this slot. It stays in the pool until an effect removes it.
    pub(crate) fn pool_code(&mut self, slot: Slot) -> Result<Code, Error> {
        let (page, row) = rand::rng().random();
        let clustered = self.store.is_cluster();
        let allocator = self.allocator_of(slot);
        let pool = self
            .store
            .get(allocator)?
            .and_then(|shard| shard.allocator().pool.as_deref());
        let available = pool
            .and_then(|pool| pool.available.pick(page, row))
            .and_then(|(rank, _)| Code::from_rank(rank));
        match available {
            // A pool that was filled on a standalone server and imported has codes of other slots,
            // and can have codes in use.
            Some(code) if clustered && (code.slot() != slot || !self.is_free(&code)?) => {
                self.random_code(slot)
            }
            Some(code) => Ok(code),
            None => self.random_code(slot),
        }
    }

    /// Returns the slots whose shards hold the pools of this database.
    fn pool_slots(&mut self) -> Vec<Slot> {
        if !self.store.is_cluster() {
            return vec![ALLOCATOR];
        }
        (0..SLOTS)
            .filter(|&slot| self.store.owns_slot(slot))
            .collect()
    }

    /// Returns the slots of [`Engine::pool_slots`] whose shards can have a pool now.
    fn slots_with_pools(&mut self) -> Vec<Slot> {
        let mut slots = self.pool_slots();
        slots.retain(|&slot| self.store.may_have_pool(slot));
        slots
    }

    /// Returns the slots of [`Engine::pool_slots`] in which a shard can be created.
    fn stable_slots(&mut self) -> Vec<Slot> {
        let mut slots = self.pool_slots();
        slots.retain(|&slot| self.store.is_slot_stable(slot));
        slots
    }

    /// Returns the share of pool-min and pool-max of slot number `at` of `slots`. The shares add up
    /// exactly.
    fn share(&self, at: usize, slots: usize) -> (u64, u64) {
        let (at, slots) = (at as u64, slots as u64);
        let upto = |total: u64, at: u64| total.saturating_mul(at).checked_div(slots).unwrap_or(0);
        let share = |total| upto(total, at.saturating_add(1)).saturating_sub(upto(total, at));
        (share(self.settings.pool_min), share(self.settings.pool_max))
    }

    /// Returns the number of available codes of this slot in its pool.
    fn available(&mut self, slot: Slot) -> Result<u64, Error> {
        if !self.store.may_have_pool(slot) {
            return Ok(0);
        }
        if self.is_imported_pool(slot)? {
            return Ok(0);
        }
        Ok(self
            .pool(slot)?
            .map_or(0, |pool| pool.available.len() as u64))
    }

    /// Returns whether the pool was imported from a standalone server. Its codes then belong to all
    /// slots, whose shards do not know of it.
    fn is_imported_pool(&mut self, slot: Slot) -> Result<bool, Error> {
        if !self.store.is_cluster() {
            return Ok(false);
        }
        let any = self.pool(slot)?.and_then(|pool| pool.available.pick(0, 0));
        let code = any.and_then(|(rank, _)| Code::from_rank(rank));
        Ok(code.is_some_and(|code| code.slot() != slot))
    }

    fn add_codes(&mut self, slot: Slot, n: u64) -> Result<u64, Error> {
        let mut ranks = (0..n)
            .map(|_| Ok(self.random_code(slot)?.rank()))
            .collect::<Result<Vec<u64>, Error>>()?;
        ranks.sort_unstable();
        ranks.dedup();
        let added = ranks.len() as u64;
        self.apply_and_replicate(slot, &Effect::Fill { ranks })?;
        Ok(added)
    }

    /// Returns a random code that is not in use, in the pool or reserved. In a cluster it is a code
    /// of this slot.
    fn random_code(&mut self, slot: Slot) -> Result<Code, Error> {
        for _ in 0..MAX_DRAWS {
            let drawn = if self.store.is_cluster() {
                slot_codes::pool_code(
                    slot,
                    rand::rng().random_range(0..slot_codes::POOL_PREFIXES),
                    rand::rng().random(),
                )
            } else {
                Code::fixed(rand::rng().random_range(0..POOL_CODES), POOL_DIGITS)
            };
            let Some(code) = drawn else { break };
            if !self.is_occupied(&code)? {
                return Ok(code);
            }
            self.counters.count_collision();
        }
        Err(Error::other(
            "almost all 6-digit codes are in use; use STRATEGY COUNTER or HASH",
        ))
    }

    fn pool(&mut self, slot: Slot) -> Result<Option<&Pool>, Error> {
        Ok(self
            .store
            .get(slot)?
            .and_then(|shard| shard.allocator().pool.as_deref()))
    }
}

/// Returns the numbers below `len`, starting at a random one and wrapping around.
fn rotated(len: usize) -> impl Iterator<Item = usize> + Clone {
    let start = if len == 0 {
        0
    } else {
        rand::rng().random_range(0..len)
    };
    (start..len).chain(0..start)
}
