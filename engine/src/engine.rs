//! The engine: what every command does, given a store of shards, the settings and the time.
//!
//! A command looks first and changes nothing; when it knows what is to change it makes an effect of it; and [`Engine::commit`] applies the
//! effect here and hands it out for the AOF and the replicas. Both sides run the same `apply`, so that they cannot differ.

use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::bytes::with_buffer;
use crate::code::Code;
use crate::effect::{Effect, Put};
use crate::error::Error;
use crate::ops::Known;
use crate::record::{Origin, Record};
use crate::settings::Settings;
use crate::shard::Shard;
use crate::slot::Slot;

/// What the engine needs from whoever keeps the shards: one database of a server, or a map in a test.
pub trait Store {
    /// The shard of a slot, to be read; none if there is none.
    ///
    /// # Errors
    /// `WRONGTYPE` if its key holds something else, `ERR` if it holds another slot's shard.
    fn shard(&mut self, slot: Slot) -> Result<Option<&Shard>, Error>;

    /// The shard of a slot, to be changed; none if there is none.
    ///
    /// # Errors
    /// As [`Store::shard`].
    fn existing_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error>;

    /// The shard of a slot, to be changed, made now if there is none.
    ///
    /// # Errors
    /// As [`Store::shard`].
    fn shard_mut(&mut self, slot: Slot) -> Result<&mut Shard, Error>;

    /// Whether this is a node of a cluster: then everything about a link lies in one slot, and every shard has an allocator of its own.
    fn is_cluster(&self) -> bool {
        false
    }

    /// Whether this node looks after a slot: commands and timers that walk over all shards leave the others alone, and those that are
    /// just being moved here.
    fn owns(&mut self, slot: Slot) -> bool {
        let _ = slot;
        true
    }

    /// Whether a shard may be made in a slot without a command that asks for it: not where this node does not look after it, and not while it is being
    /// moved to another node, which may have its shard already.
    fn is_settled(&mut self, slot: Slot) -> bool {
        self.owns(slot)
    }

    /// Whether there is memory for more than what must be kept.
    fn may_grow(&self) -> bool {
        true
    }

    /// Whether any shard may remember a number that the counter gave. May err on the side of yes.
    fn may_remember_numbers(&self) -> bool {
        true
    }

    /// Whether the shard of a slot may have a pool. May err on the side of yes.
    fn may_have_pool(&self, slot: Slot) -> bool {
        let _ = slot;
        true
    }

    /// Deletes the key of a shard that became vacant.
    fn discard(&mut self, slot: Slot);

    /// Sends `LINK.APPLY shard-key payload` to the AOF and the replicas.
    fn emit(&mut self, slot: Slot, payload: &[u8]);

    /// Tells those who watch a code that its link changed.
    fn changed(&mut self, code: &Code, change: Change);

    /// Tells those who watch a URL that the code which [`Engine::find`] answers for it may have changed.
    fn index_changed(&mut self, url: &[u8]);
}

/// What happened to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// SHORTEN made it.
    Made,
    /// LINK.SET made or changed it.
    Set,
    /// It was deleted.
    Deleted,
    /// It was given an expiry.
    Expire,
    /// Its expiry was taken away.
    Persist,
    /// It gave its last visit.
    Exhausted,
    /// It was reclaimed after its expiry.
    Expired,
}

impl Change {
    /// The keyspace event's name.
    #[must_use]
    pub fn event(self) -> &'static CStr {
        match self {
            Change::Made => c"shorten",
            Change::Set => c"link.set",
            Change::Deleted => c"link.del",
            Change::Expire => c"link.expire",
            Change::Persist => c"link.persist",
            Change::Exhausted => c"link.exhausted",
            Change::Expired => c"link.expired",
        }
    }
}

/// Counts since the process started.
#[derive(Debug, Default)]
pub struct Counters {
    made: [AtomicU64; 4],
    collisions: AtomicU64,
    expired: AtomicU64,
    visits: AtomicU64,
    bots: AtomicU64,
    unreadable: AtomicU64,
}

impl Counters {
    /// All zero.
    #[must_use]
    pub const fn new() -> Counters {
        Counters {
            made: [const { AtomicU64::new(0) }; 4],
            collisions: AtomicU64::new(0),
            expired: AtomicU64::new(0),
            visits: AtomicU64::new(0),
            bots: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
        }
    }

    /// Links made with a code of this origin.
    #[must_use]
    pub fn made(&self, origin: Origin) -> u64 {
        self.made
            .get(origin as usize)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Codes drawn or computed that were in use already.
    #[must_use]
    pub fn collisions(&self) -> u64 {
        self.collisions.load(Ordering::Relaxed)
    }

    /// Links reclaimed after their expiry.
    #[must_use]
    pub fn expired(&self) -> u64 {
        self.expired.load(Ordering::Relaxed)
    }

    /// Visits of people.
    #[must_use]
    pub fn visits(&self) -> u64 {
        self.visits.load(Ordering::Relaxed)
    }

    /// Visits of bots.
    #[must_use]
    pub fn bots(&self) -> u64 {
        self.bots.load(Ordering::Relaxed)
    }

    /// Visits that came with an address that cannot be read.
    #[must_use]
    pub fn unreadable_addresses(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    pub(crate) fn count_visit(&self, bot: bool, unreadable: bool) {
        let count = if bot { &self.bots } else { &self.visits };
        count.fetch_add(1, Ordering::Relaxed);
        if unreadable {
            self.unreadable.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_made(&self, origin: Origin) {
        if let Some(count) = self.made.get(origin as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_collision(&self) {
        self.collisions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_expired(&self, links: usize) {
        self.expired.fetch_add(links as u64, Ordering::Relaxed);
    }
}

/// One command's view of the world. The commands are its methods, in the files of `ops`.
#[derive(Debug)]
pub struct Engine<'a, S> {
    /// Where the shards are.
    pub store: &'a mut S,
    /// The settings of this moment.
    pub settings: &'a Settings,
    /// This moment, Unix ms.
    pub now: u64,
    /// Counts to add to.
    pub counters: &'a Counters,
}

/// The slot whose shard holds the allocator of all codes, where one server holds all shards.
pub(crate) const ALLOCATOR: Slot = 0;

impl<S: Store> Engine<'_, S> {
    /// Applies an effect to the shards it concerns and sends it out, named by the slot given.
    pub(crate) fn commit(&mut self, slot: Slot, effect: &Effect<'_>) -> Result<(), Error> {
        self.perform(slot, effect)?;
        self.send(slot, effect);
        Ok(())
    }

    /// As [`Engine::commit`], for a link that is made or changed.
    pub(crate) fn commit_put(&mut self, put: Put<'_>, known: Known) -> Result<(), Error> {
        self.put(&put, known)?;
        self.send(put.code.slot(), &Effect::Put(put));
        Ok(())
    }

    /// Sends an effect out.
    pub(crate) fn send(&mut self, slot: Slot, effect: &Effect<'_>) {
        with_buffer(|payload| {
            effect.encode(payload);
            self.store.emit(slot, payload);
        });
    }

    /// The link of a code, expired or not.
    #[inline]
    pub(crate) fn link(&mut self, code: &Code) -> Result<Option<Record<'_>>, Error> {
        let shard = self.store.shard(code.slot())?;
        Ok(shard.and_then(|shard| shard.get(code)))
    }

    /// Whether a code is one that no link holds: there is none, or one that only waits to be reclaimed.
    pub(crate) fn is_free(&mut self, code: &Code) -> Result<bool, Error> {
        let (now, retention) = (self.now, self.retention());
        let link = self.link(code)?;
        Ok(link.is_none_or(|record| record.is_reclaimable(now, retention)))
    }

    /// Whether a generated code must be stepped over: a link holds it, or the pool or a client who took it.
    pub(crate) fn is_occupied(&mut self, code: &Code) -> Result<bool, Error> {
        let held = self.link(code)?.is_some();
        Ok(held || self.is_reserved(code)?)
    }

    /// Whether the pool or a client who took it holds a code.
    pub(crate) fn is_reserved(&mut self, code: &Code) -> Result<bool, Error> {
        if !crate::effect::is_pool_code(code) {
            return Ok(false);
        }
        let allocator = self.allocator_of(code.slot());
        Ok(self
            .store
            .shard(allocator)?
            .is_some_and(|shard| shard.allocator().reserves(code.rank())))
    }

    /// The slot whose shard has the allocator for codes of this slot.
    pub(crate) fn allocator_of(&self, slot: Slot) -> Slot {
        if self.store.is_cluster() {
            slot
        } else {
            ALLOCATOR
        }
    }

    /// How long an expired link is kept, in ms.
    pub(crate) fn retention(&self) -> u64 {
        self.settings.expired_retention.saturating_mul(1000)
    }
}
