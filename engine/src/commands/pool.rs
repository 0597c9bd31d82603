//! CODEPOOL, and the pool's part of SHORTEN: random codes made ahead of time.

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

/// Codes that one effect fills in at most: some six kilobytes.
const BATCH: u64 = 1000;

/// Draws in a row that may hit codes in use before it is called a full house.
const DRAWS: u32 = 1000;

/// How many codes of the pool's length there are: 62^6, 57 thousand million.
const POOL_CODES: u64 = POWERS[POOL_DIGITS];

/// What CODEPOOL INFO answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolInfo {
    /// Codes available to be drawn.
    pub size: u64,
    /// Codes handed out by TAKE and bound to no link yet.
    pub reserved: u64,
    /// Whether it refills itself.
    pub auto_refill: bool,
}

impl<S: Store> Engine<'_, S> {
    /// Adds `n` codes to the pool, or as many as pool-max allows; answers how many.
    ///
    /// # Errors
    /// `WRONGTYPE` or `ERR` if a shard's key holds something else.
    pub fn pool_fill(&mut self, n: Option<u64>) -> Result<u64, Error> {
        let slots = self.stable_slots();
        let mut left = n.unwrap_or(u64::MAX);
        let mut added = 0_u64;
        // From anywhere on, so that a small FILL does not always go to the same slots of a node.
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

    /// Adds some of `n` codes, one effect's worth at most, to the pool of one slot; `place` as in
    /// [`Engine::pool_refill_at`]. Answers how many; 0 if its share of pool-max is reached.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
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

    /// Adds up to `batch` codes if the pool is auto_refill and due: from when it falls under pool-min until it reaches pool-max.
    /// Answers how many; 0 when there is nothing to do.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
    pub fn pool_refill(&mut self, batch: u64) -> Result<u64, Error> {
        self.pool_refill_at(ALLOCATOR, (0, 1), batch)
    }

    /// As [`Engine::pool_refill`], for the pool of one slot of a cluster's node, which looks after `place.1` slots, this one being
    /// number `place.0` of them: pool-min and pool-max are the node's, and each slot has its share.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
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
            // Links draw from their own slot's pool: one that has a share is not left empty, however small the node's bounds.
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
        // After the filling, which may just have made the pool, or filled it to the brim.
        let goes_on = due && size.saturating_add(added) < max;
        if goes_on != refilling
            && let Some(shard) = self.store.get_mut(slot)?
        {
            shard.set_refilling(goes_on);
        }
        Ok(added)
    }

    /// Throws the codes in the pool away, but not those taken; answers how many. The pool then rests until it is asked again.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
    pub fn pool_clear(&mut self) -> Result<u64, Error> {
        let mut removed = 0_u64;
        for slot in self.slots_with_pools() {
            let Some(pool) = self.pool(slot)? else {
                continue;
            };
            let size = pool.available.len() as u64;
            // One that holds only codes that were taken rests already.
            if size > 0 || pool.auto_refill {
                self.apply_and_replicate(slot, &Effect::Clear)?;
                removed = removed.saturating_add(size);
            }
        }
        Ok(removed)
    }

    /// How many codes the pool holds.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
    pub fn pool_size(&mut self) -> Result<u64, Error> {
        Ok(self.pool_info()?.size)
    }

    /// The state of the pool; on a node of a cluster, of all its pools together.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
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

    /// A code from the pool, or one made on the spot if that is empty; in a cluster, one of this slot. It stays in the pool until an
    /// effect takes it.
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
            // A pool that was filled on a server of its own and imported has codes of other slots, and may have some that are in use.
            Some(code) if clustered && (code.slot() != slot || !self.is_free(&code)?) => {
                self.random_code(slot)
            }
            Some(code) => Ok(code),
            None => self.random_code(slot),
        }
    }

    /// The slots in whose shards the pools of this database are.
    fn pool_slots(&mut self) -> Vec<Slot> {
        if !self.store.is_cluster() {
            return vec![ALLOCATOR];
        }
        (0..SLOTS)
            .filter(|&slot| self.store.owns_slot(slot))
            .collect()
    }

    /// Those of them whose shards may have one now.
    fn slots_with_pools(&mut self) -> Vec<Slot> {
        let mut slots = self.pool_slots();
        slots.retain(|&slot| self.store.may_have_pool(slot));
        slots
    }

    /// Those of them in which a shard may be made.
    fn stable_slots(&mut self) -> Vec<Slot> {
        let mut slots = self.pool_slots();
        slots.retain(|&slot| self.store.is_slot_stable(slot));
        slots
    }

    /// What of pool-min and pool-max falls to slot number `at` of `slots`. The shares add up exactly.
    fn share(&self, at: usize, slots: usize) -> (u64, u64) {
        let (at, slots) = (at as u64, slots as u64);
        let upto = |total: u64, at: u64| total.saturating_mul(at).checked_div(slots).unwrap_or(0);
        let share = |total| upto(total, at.saturating_add(1)).saturating_sub(upto(total, at));
        (share(self.settings.pool_min), share(self.settings.pool_max))
    }

    /// How many codes of this slot are available to be drawn in its pool.
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

    /// Whether the pool is that of a server of its own that was brought into a cluster: its codes lie in all slots, where nothing is known
    /// of it.
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

    /// A random code that nobody holds; in a cluster, one of this slot.
    fn random_code(&mut self, slot: Slot) -> Result<Code, Error> {
        for _ in 0..DRAWS {
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

/// The numbers below `len`, from a random one on and round.
fn rotated(len: usize) -> impl Iterator<Item = usize> + Clone {
    let start = if len == 0 {
        0
    } else {
        rand::rng().random_range(0..len)
    };
    (start..len).chain(0..start)
}
