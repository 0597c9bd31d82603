//! The interface between the engine and the store of the shards.

use std::ffi::CStr;

use crate::code::Code;
use crate::code::slot::Slot;
use crate::error::Error;
use crate::shard::Shard;

/// A store of shards: one database of a server, or a map in a test.
pub trait Store {
    /// Returns the shard of a slot, or `None` if there is none.
    ///
    /// # Errors
    /// `WRONGTYPE` if its key holds something else, `ERR` if the key holds another slot's shard.
    fn get(&mut self, slot: Slot) -> Result<Option<&Shard>, Error>;

    /// Returns the shard of a slot for a change, or `None` if there is none.
    ///
    /// # Errors
    /// See [`Store::get`].
    fn get_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error>;

    /// Returns the shard of a slot for a change. Creates it if there is none.
    ///
    /// # Errors
    /// See [`Store::get`].
    fn get_or_create(&mut self, slot: Slot) -> Result<&mut Shard, Error>;

    /// Returns whether this is a cluster node. Then a link and all its parts are in one slot, and
    /// every shard has an allocator.
    fn is_cluster(&self) -> bool {
        false
    }

    /// Returns whether this node owns a slot. Commands and timers that scan all shards skip other
    /// slots, and slots that this node is importing.
    fn owns_slot(&mut self, slot: Slot) -> bool {
        let _ = slot;
        true
    }

    /// Returns whether a shard can be created in a slot without a command for that slot. That is
    /// not so if another node owns the slot, or if the slot is migrating to a node that may have
    /// its shard already.
    fn is_slot_stable(&mut self, slot: Slot) -> bool {
        self.owns_slot(slot)
    }

    /// Returns whether there is memory for data that can be left out.
    fn has_memory(&self) -> bool {
        true
    }

    /// Returns whether any shard may know a number that the counter issued. Can return `true` if
    /// none does.
    fn may_have_issued_numbers(&self) -> bool {
        true
    }

    /// Returns whether the shard of a slot may have a pool. Can return `true` if it has none.
    fn may_have_pool(&self, slot: Slot) -> bool {
        let _ = slot;
        true
    }

    /// Deletes the key of a vacant shard.
    fn remove(&mut self, slot: Slot);

    /// Sends `LINK.APPLY shard-key payload` to the AOF and the replicas.
    fn replicate(&mut self, slot: Slot, payload: &[u8]);

    /// Notifies clients that watch a code of a change of its link.
    fn notify(&mut self, code: &Code, change: Change);

    /// Notifies clients that watch a URL that [`Engine::find`](super::Engine::find) may return
    /// another code for it.
    fn notify_url(&mut self, url: &[u8]);
}

/// A change of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// SHORTEN created it.
    Created,
    /// LINK.SET created or changed it.
    Set,
    /// It was deleted.
    Deleted,
    /// It got an expiry.
    Expire,
    /// Its expiry was removed.
    Persist,
    /// Its last visit was used up.
    Exhausted,
    /// It was reclaimed after its expiry.
    Expired,
}

impl Change {
    /// Returns the name of the keyspace event.
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
