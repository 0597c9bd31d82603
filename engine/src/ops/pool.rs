//! CODEPOOL, and the pool's part of SHORTEN: random codes made ahead of time.

use rand::RngExt as _;

use crate::aligned;
use crate::base62::POWERS;
use crate::code::Code;
use crate::effect::{Effect, POOL_DIGITS};
use crate::engine::{ALLOCATOR, Engine, Store};
use crate::error::Error;
use crate::settings::Strategy;
use crate::shard::Pool;
use crate::slot::Slot;

/// Codes that one effect fills in at most: some six kilobytes.
const BATCH: u64 = 1000;

/// Draws in a row that may hit codes in use before it is called a full house.
const DRAWS: u32 = 1000;

/// How many codes of the pool's length there are: 62^6, 57 thousand million.
const POOL_CODES: u64 = POWERS[POOL_DIGITS];

/// What CODEPOOL INFO answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolInfo {
    /// Codes ready to be drawn.
    pub size: u64,
    /// Codes handed out by TAKE and bound to no link yet.
    pub taken: u64,
    /// Whether it refills itself.
    pub wanted: bool,
}

impl<S: Store> Engine<'_, S> {
    /// Adds `n` codes to the pool, or as many as pool-max allows; answers how many.
    ///
    /// # Errors
    /// `WRONGTYPE` or `ERR` if a shard's key holds something else.
    pub fn pool_fill(&mut self, n: Option<u64>) -> Result<u64, Error> {
        let room = self
            .settings
            .pool_max
            .saturating_sub(self.pool_info()?.size);
        let wanted = n.unwrap_or(room).min(room);
        let mut added = 0_u64;
        while added < wanted {
            added = added.saturating_add(self.add_codes(wanted.saturating_sub(added).min(BATCH))?);
        }
        Ok(added)
    }

    /// Adds up to `batch` codes if the pool is wanted and due: from when it falls under pool-min until it reaches pool-max.
    /// Answers how many; 0 when there is nothing to do.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
    pub fn pool_refill(&mut self, batch: u64) -> Result<u64, Error> {
        let (min, max) = (
            self.settings.pool_min.min(self.settings.pool_max),
            self.settings.pool_max,
        );
        let info = self.pool_info()?;
        let refilling = self
            .pool()
            .is_ok_and(|pool| pool.is_some_and(|pool| pool.refilling));
        let due = info.wanted && info.size < if refilling { max } else { min };
        if due != refilling
            && let Some(shard) = self.store.existing_mut(ALLOCATOR)?
            && let Some(pool) = shard.allocator.pool.as_deref_mut()
        {
            pool.refilling = due;
        }
        if due {
            self.add_codes(max.saturating_sub(info.size).min(batch.min(BATCH)))
        } else {
            Ok(0)
        }
    }

    /// Hands out `n` codes that no one else will get, until a link claims them; fewer if there are no more.
    ///
    /// # Errors
    /// `POOLEMPTY` if the pool holds none and pool-max is 0.
    pub fn pool_take(&mut self, n: u64) -> Result<Vec<Code>, Error> {
        let mut codes = Vec::new();
        let mut refused = None;
        for _ in 0..n {
            match self.take_one() {
                Ok(code) => codes.push(code),
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        if let Some(error) = refused.filter(|_| codes.is_empty()) {
            return Err(error);
        }
        if !codes.is_empty() {
            self.store.emit(
                ALLOCATOR,
                &Effect::Take {
                    ranks: codes.iter().map(Code::rank).collect(),
                }
                .encode(),
            );
        }
        Ok(codes)
    }

    /// Takes a code, but does not send the effect out: [`Engine::pool_take`] sends one for all.
    fn take_one(&mut self) -> Result<Code, Error> {
        if self.settings.pool_max == 0 && self.pool_info()?.size == 0 {
            return Err(Error::PoolEmpty);
        }
        let code = self.drawn(ALLOCATOR)?;
        self.perform(
            ALLOCATOR,
            &Effect::Take {
                ranks: vec![code.rank()],
            },
        )?;
        Ok(code)
    }

    /// Throws the codes in the pool away, but not those taken; answers how many. The pool then rests until it is asked again.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
    pub fn pool_clear(&mut self) -> Result<u64, Error> {
        let size = self.pool_info()?.size;
        if self.pool()?.is_some() {
            self.commit(ALLOCATOR, &Effect::Clear)?;
        }
        Ok(size)
    }

    /// How many codes the pool holds.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
    pub fn pool_size(&mut self) -> Result<u64, Error> {
        Ok(self.pool_info()?.size)
    }

    /// The state of the pool.
    ///
    /// # Errors
    /// As [`Engine::pool_fill`].
    pub fn pool_info(&mut self) -> Result<PoolInfo, Error> {
        let by_default = self.settings.strategy == Strategy::Pool;
        let pool = self.pool()?;
        Ok(pool.map_or(
            PoolInfo {
                wanted: by_default,
                ..PoolInfo::default()
            },
            |pool| PoolInfo {
                size: pool.ready.len() as u64,
                taken: pool.taken.len() as u64,
                wanted: by_default || pool.wanted,
            },
        ))
    }

    /// A code from the pool, or one made on the spot if that is empty; in a cluster, one of this slot. It stays in the pool until an
    /// effect takes it.
    pub(crate) fn drawn(&mut self, slot: Slot) -> Result<Code, Error> {
        let (page, row) = rand::rng().random();
        let clustered = self.store.is_cluster();
        let allocator = self.allocator_of(slot);
        let pool = self
            .store
            .shard(allocator)?
            .and_then(|shard| shard.allocator.pool.as_deref());
        let ready = pool
            .and_then(|pool| pool.ready.pick(page, row))
            .and_then(|(rank, _)| Code::from_rank(rank));
        match ready.filter(|code| !clustered || code.slot() == slot) {
            Some(code) => Ok(code),
            None => self.random_code(slot),
        }
    }

    fn add_codes(&mut self, n: u64) -> Result<u64, Error> {
        let mut ranks = (0..n)
            .map(|_| Ok(self.random_code(ALLOCATOR)?.rank()))
            .collect::<Result<Vec<u64>, Error>>()?;
        ranks.sort_unstable();
        ranks.dedup();
        let added = ranks.len() as u64;
        self.commit(ALLOCATOR, &Effect::Fill { ranks })?;
        Ok(added)
    }

    /// A random code that nobody holds; in a cluster, one of this slot.
    fn random_code(&mut self, slot: Slot) -> Result<Code, Error> {
        for _ in 0..DRAWS {
            let drawn = if self.store.is_cluster() {
                aligned::pool_code(
                    slot,
                    rand::rng().random_range(0..aligned::POOL_PREFIXES),
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
            "almost every code of 6 digits is in use: use STRATEGY COUNTER or HASH",
        ))
    }

    fn pool(&mut self) -> Result<Option<&Pool>, Error> {
        Ok(self
            .store
            .shard(ALLOCATOR)?
            .and_then(|shard| shard.allocator.pool.as_deref()))
    }
}
