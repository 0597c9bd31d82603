//! What the engine needs from the keeper of the shards.

use std::ffi::CStr;

use crate::code::Code;
use crate::code::slot::Slot;
use crate::error::Error;
use crate::shard::Shard;

/// What the engine needs from whoever keeps the shards: one database of a server, or a map in a test.
pub trait Store {
    /// The shard of a slot, to be read; none if there is none.
    ///
    /// # Errors
    /// `WRONGTYPE` if its key holds something else, `ERR` if it holds another slot's shard.
    fn get(&mut self, slot: Slot) -> Result<Option<&Shard>, Error>;

    /// The shard of a slot, to be changed; none if there is none.
    ///
    /// # Errors
    /// As [`Store::get`].
    fn get_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error>;

    /// The shard of a slot, to be changed, made now if there is none.
    ///
    /// # Errors
    /// As [`Store::get`].
    fn get_or_create(&mut self, slot: Slot) -> Result<&mut Shard, Error>;

    /// Whether this is a node of a cluster: then everything about a link lies in one slot, and every shard has an allocator of its own.
    fn is_cluster(&self) -> bool {
        false
    }

    /// Whether this node looks after a slot: commands and timers that walk over all shards leave the others alone, and those that are
    /// just being moved here.
    fn owns_slot(&mut self, slot: Slot) -> bool {
        let _ = slot;
        true
    }

    /// Whether a shard may be made in a slot without a command that asks for it: not where this node does not look after it, and not while it is being
    /// moved to another node, which may have its shard already.
    fn is_slot_stable(&mut self, slot: Slot) -> bool {
        self.owns_slot(slot)
    }

    /// Whether there is memory for more than what must be kept.
    fn has_memory(&self) -> bool {
        true
    }

    /// Whether any shard may remember a number that the counter gave. May err on the side of yes.
    fn may_have_issued_numbers(&self) -> bool {
        true
    }

    /// Whether the shard of a slot may have a pool. May err on the side of yes.
    fn may_have_pool(&self, slot: Slot) -> bool {
        let _ = slot;
        true
    }

    /// Deletes the key of a shard that became vacant.
    fn remove(&mut self, slot: Slot);

    /// Sends `LINK.APPLY shard-key payload` to the AOF and the replicas.
    fn replicate(&mut self, slot: Slot, payload: &[u8]);

    /// Tells those who watch a code that its link changed.
    fn notify(&mut self, code: &Code, change: Change);

    /// Tells those who watch a URL that the code which [`Engine::find`] answers for it may have changed.
    fn notify_url(&mut self, url: &[u8]);
}

/// What happened to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// SHORTEN made it.
    Created,
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
            Change::Created => c"shorten",
            Change::Set => c"link.set",
            Change::Deleted => c"link.del",
            Change::Expire => c"link.expire",
            Change::Persist => c"link.persist",
            Change::Exhausted => c"link.exhausted",
            Change::Expired => c"link.expired",
        }
    }
}
