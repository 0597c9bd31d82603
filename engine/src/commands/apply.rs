//! Applying effects and chunks: LINK.APPLY, LINK.LOAD and the reclaiming of expired links.

use crate::code::Code;
use crate::code::base62;
use crate::code::slot::{self, Slot};
use crate::commands::engine::{ALLOCATOR, Engine};
use crate::commands::store::{Change, Store};
use crate::effect::{Effect, Put};
use crate::error::Error;
use crate::packed::bytes::with_buffer;
use crate::shard::{Origin, OwnedRecord, Record, Shard};

/// Facts that a command has established before it stores a link, so that they need not be looked up
/// again.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PutHints {
    /// The URL's slot.
    pub(crate) url_slot: Option<Slot>,
    /// The URL's hash, if its index has entries but none under the hash.
    pub(crate) absent: Option<u64>,
    /// Whether the code has no link.
    pub(crate) is_new: bool,
}

impl<S: Store> Engine<'_, S> {
    /// Applies an effect to the shards that it concerns, and replicates it under this slot.
    pub(crate) fn apply_and_replicate(
        &mut self,
        slot: Slot,
        effect: &Effect<'_>,
    ) -> Result<(), Error> {
        self.apply_effect(slot, effect)?;
        self.replicate(slot, effect);
        Ok(())
    }

    /// Creates or changes a link, and replicates that.
    pub(crate) fn put_and_replicate(&mut self, put: Put<'_>, known: PutHints) -> Result<(), Error> {
        self.put(&put, known)?;
        self.replicate(put.code.slot(), &Effect::Put(put));
        Ok(())
    }

    /// Replicates an effect.
    pub(crate) fn replicate(&mut self, slot: Slot, effect: &Effect<'_>) {
        with_buffer(|payload| {
            effect.encode(payload);
            self.store.replicate(slot, payload);
        });
    }

    /// Applies the payload of LINK.APPLY. Depends neither on settings nor on the clock. Replicates
    /// nothing: the caller passes the command on as it received it.
    ///
    /// # Errors
    /// `ERR` if the payload is malformed or belongs to another slot.
    pub fn apply(&mut self, slot: Slot, payload: &[u8]) -> Result<(), Error> {
        let effect = Effect::decode(payload)?;
        self.apply_effect(slot, &effect)
    }

    /// Adds a chunk of LINK.LOAD.
    ///
    /// # Errors
    /// `ERR` if the chunk is malformed or belongs to another slot. Nothing is changed.
    pub fn load(&mut self, slot: Slot, chunk: &[u8]) -> Result<(), Error> {
        if self.store.get(slot)?.is_none() {
            // A refused chunk must not leave an empty shard behind.
            Shard::new(slot).load_chunk(chunk)?;
        }
        let shard = self.store.get_or_create(slot)?;
        shard.load_chunk(chunk)
    }

    /// Removes at most `budget` links of one slot whose retention is over. Returns how many.
    ///
    /// # Errors
    /// `WRONGTYPE` or `ERR` if the shard's key holds something else.
    pub fn reclaim(&mut self, slot: Slot, budget: usize) -> Result<usize, Error> {
        let (now, retention) = (self.now, self.retention());
        if !self
            .store
            .get(slot)?
            .is_some_and(|shard| shard.may_have_expired(now, retention))
        {
            return Ok(0);
        }
        let codes = self
            .store
            .get_mut(slot)?
            .map(|shard| shard.expired(now, retention, budget))
            .unwrap_or_default();
        let removed = codes.len();
        if removed > 0 {
            self.apply_and_replicate(
                slot,
                &Effect::Delete {
                    codes,
                    expired: true,
                },
            )?;
            self.counters.count_expired(removed);
        }
        Ok(removed)
    }

    /// Applies an effect. All its consequences, in any shard, are derived here, on masters and
    /// replicas alike.
    pub(crate) fn apply_effect(&mut self, slot: Slot, effect: &Effect<'_>) -> Result<(), Error> {
        match effect {
            Effect::Put(put) => {
                check_slot(slot, &put.code)?;
                self.put(put, PutHints::default())?;
            }
            Effect::Delete { codes, expired } => {
                codes.iter().try_for_each(|code| check_slot(slot, code))?;
                self.remove(
                    slot,
                    codes,
                    if *expired {
                        Change::Expired
                    } else {
                        Change::Deleted
                    },
                )?;
            }
            Effect::Visit(visit) => {
                check_slot(slot, &visit.code)?;
                let Some(shard) = self.store.get_mut(slot)? else {
                    return Ok(());
                };
                if shard.count(visit) {
                    self.store.notify(&visit.code, Change::Exhausted);
                }
            }
            Effect::Expire {
                code,
                expires,
                updated,
            } => {
                check_slot(slot, code)?;
                self.set_expiry(code, *expires, *updated)?;
            }
            Effect::Fill { .. } | Effect::Take { .. } | Effect::Clear => {
                self.change_pool(slot, effect)?
            }
            Effect::Release { ranks } => self.release(slot, ranks)?,
        }
        Ok(())
    }

    /// Stores a link.
    pub(crate) fn put(&mut self, put: &Put<'_>, known: PutHints) -> Result<(), Error> {
        let Put {
            code,
            record,
            by_set,
            ..
        } = put;
        let slot = code.slot();
        if !known.is_new {
            self.remove_entry(code, slot, |old| {
                record.indexed && old.url.is(&record.url())
            })?;
        }
        // LINK.SET keeps a link's origin but issues no code. It must neither advance a lost counter
        // to this number nor start the pool.
        let issued_by = Some(record.origin).filter(|_| !by_set);
        let shard = self.store.get_or_create(slot)?;
        shard.put(code, record);
        if issued_by == Some(Origin::Counter) {
            let above = code.rank().saturating_add(1);
            shard.note_issued(above);
            self.advance_counter(above)?;
        }
        self.remove_from_pool(code, issued_by)?;
        if record.indexed {
            self.index(put, known)?;
        }
        let change = if *by_set {
            Change::Set
        } else {
            Change::Created
        };
        self.store.notify(code, change);
        Ok(())
    }

    /// Removes a code from the pool because a link has it.
    fn remove_from_pool(&mut self, code: &Code, issued_by: Option<Origin>) -> Result<(), Error> {
        if !code.is_pool_code() {
            return Ok(());
        }
        let slot = self.allocator_of(code.slot());
        if issued_by == Some(Origin::Pool) {
            let shard = self.store.get_or_create(slot)?;
            shard.edit_allocator(|allocator| allocator.pool_mut().auto_refill = true);
        }
        if let Some(shard) = self.store.get_mut(slot)? {
            shard.edit_allocator(|allocator| allocator.claim(code.rank()));
            self.drop_if_vacant(slot)?;
        }
        Ok(())
    }

    /// Adds a link to the index.
    fn index(&mut self, put: &Put<'_>, known: PutHints) -> Result<(), Error> {
        let url = put.record.url();
        let url_slot = known.url_slot.unwrap_or_else(|| slot::of(&url));
        let Some(slot) = self.index_of(url_slot, put.code.slot()) else {
            return Ok(());
        };
        match known.absent {
            Some(hash) => {
                let shard = self.store.get_or_create(slot)?;
                shard.edit_index(|index| index.entries.insert_new(hash, put.code.rank()));
            }
            None => self.insert_entry(&put.code, &url, slot, put.seed.as_ref())?,
        }
        self.store.notify_url(&url);
        Ok(())
    }

    /// Makes the counter of all shards, where there is one, continue at this rank or above.
    fn advance_counter(&mut self, above: u64) -> Result<(), Error> {
        if self.store.is_cluster() {
            return Ok(());
        }
        let shard = match self.store.get_mut(ALLOCATOR)? {
            Some(shard) => shard,
            None => self.store.get_or_create(ALLOCATOR)?,
        };
        let next = Code::id_from_rank(above).unwrap_or(base62::LIMIT);
        shard.note_counter(next);
        Ok(())
    }

    fn remove(&mut self, slot: Slot, codes: &[Code], change: Change) -> Result<(), Error> {
        for code in codes {
            self.remove_entry(code, slot, |_| false)?;
            let Some(shard) = self.store.get_mut(slot)? else {
                return Ok(());
            };
            if shard.remove(code) {
                self.store.notify(code, change);
            }
        }
        self.drop_if_vacant(slot)
    }

    fn set_expiry(&mut self, code: &Code, expires: u64, updated: u64) -> Result<(), Error> {
        self.remove_entry(code, code.slot(), |_| expires == 0)?;
        let Some(shard) = self.store.get_mut(code.slot())? else {
            return Ok(());
        };
        let Some(old) = shard.get(code).as_ref().map(OwnedRecord::of) else {
            return Ok(());
        };
        let old = old.record();
        let record = Record {
            expires,
            updated,
            indexed: old.indexed && expires == 0,
            ..old
        };
        shard.put(code, &record);
        self.store.notify(
            code,
            if expires == 0 {
                Change::Persist
            } else {
                Change::Expire
            },
        );
        Ok(())
    }

    fn change_pool(&mut self, slot: Slot, effect: &Effect<'_>) -> Result<(), Error> {
        self.store.get_or_create(slot)?.edit_allocator(|allocator| {
            let pool = allocator.pool_mut();
            match effect {
                Effect::Fill { ranks } => {
                    pool.auto_refill = true;
                    for &rank in ranks
                        .iter()
                        .filter(|&&rank| !pool.reserved.contains(rank, 0))
                    {
                        pool.available.insert(rank, 0);
                    }
                }
                Effect::Take { ranks } => {
                    pool.auto_refill = true;
                    for &rank in ranks {
                        pool.available.remove(rank, 0);
                        pool.reserved.insert(rank, 0);
                    }
                }
                _ => {
                    pool.available.clear();
                    pool.auto_refill = false;
                }
            }
            allocator.forget_empty_pool();
        });
        self.drop_if_vacant(slot)
    }

    fn release(&mut self, slot: Slot, ranks: &[u64]) -> Result<(), Error> {
        let Some(shard) = self.store.get_mut(slot)? else {
            return Ok(());
        };
        shard.edit_allocator(|allocator| {
            if let Some(pool) = allocator.pool.as_deref_mut() {
                for &rank in ranks {
                    pool.reserved.remove(rank, 0);
                }
                allocator.forget_empty_pool();
            }
        });
        self.drop_if_vacant(slot)
    }

    pub(super) fn drop_if_vacant(&mut self, slot: Slot) -> Result<(), Error> {
        if self.store.get(slot)?.is_some_and(Shard::is_vacant) {
            self.store.remove(slot);
        }
        Ok(())
    }
}

fn check_slot(slot: Slot, code: &Code) -> Result<(), Error> {
    if code.slot() == slot {
        return Ok(());
    }
    Err(Error::other(format!(
        "code '{}' does not belong to shard {}",
        code.as_str(),
        slot::shard_key(slot)
    )))
}
