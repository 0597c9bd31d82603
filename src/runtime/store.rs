//! The shards of the selected database, as the engine's store. Keys are opened when first needed
//! and closed at the end of the command.

use shorten_engine::code::Code;
use shorten_engine::code::cluster_slots::ClusterSlots;
use shorten_engine::code::slot::{self, Slot};
use shorten_engine::error::Error;
use shorten_engine::{Change, Engine, Shard, Store};
use smallvec::SmallVec;

use super::shard_value::ShardValue;
use super::{cluster, settings, totals};
use crate::server::Ctx;
use crate::server::ctx;
use crate::server::data_type;
use crate::server::key::{Access, Refusal};
use crate::server::open_keys::OpenKeys;
use crate::server::string::{RedisString, Text};

/// Number of missing keys after which a scan checks whether there is any shard.
const MISSES_BEFORE_CHECK: u32 = 64;

/// The shards of one command.
pub(crate) struct OpenShards<'ctx> {
    open: OpenKeys<'ctx, ShardValue>,
    /// Number of keys found not to exist.
    misses: u32,
    /// The slots of this node, if they were needed.
    slots: Option<ClusterSlots>,
    /// The URL in the command's arguments, as the server's string.
    url: Option<Text<'ctx>>,
    /// Sent when all keys are closed, because a listener may run commands.
    notifications: SmallVec<[Notification; 2]>,
}

/// A change that clients that WATCH or track a name are notified of.
enum Notification {
    /// A link changed.
    Link(Code, Change),
    /// The reply of LINK.FIND may have changed for the URL in the command's arguments.
    CommandUrl,
    /// The reply of LINK.FIND may have changed for this URL.
    Url(RedisString),
}

/// Calls the engine for the selected database.
#[inline]
pub(crate) fn with_engine<'ctx, R>(
    ctx: Ctx<'ctx>,
    access: Access,
    call: impl FnOnce(&mut Engine<'_, OpenShards<'ctx>>) -> R,
) -> R {
    at_time(ctx, access, ctx.now(), None, call)
}

/// As [`with_engine`], for a command that creates a link to `url`. The server's string is used for
/// notifications instead of a new one.
#[inline]
pub(crate) fn with_engine_for<'ctx, R>(
    ctx: Ctx<'ctx>,
    access: Access,
    url: Option<Text<'ctx>>,
    call: impl FnOnce(&mut Engine<'_, OpenShards<'ctx>>) -> R,
) -> R {
    at_time(ctx, access, ctx.now(), url, call)
}

/// As [`with_engine`], at the time of the wall clock, for timers.
pub(crate) fn with_engine_at_wall_clock<'ctx, R>(
    ctx: Ctx<'ctx>,
    access: Access,
    call: impl FnOnce(&mut Engine<'_, OpenShards<'ctx>>) -> R,
) -> R {
    at_time(ctx, access, ctx::clock(), None, call)
}

#[inline]
fn at_time<'ctx, R>(
    ctx: Ctx<'ctx>,
    access: Access,
    now: u64,
    url: Option<Text<'ctx>>,
    call: impl FnOnce(&mut Engine<'_, OpenShards<'ctx>>) -> R,
) -> R {
    let mut shards = OpenShards {
        open: OpenKeys::new(ctx, access, now),
        misses: 0,
        slots: None,
        url,
        notifications: SmallVec::new(),
    };
    let result = call(&mut Engine {
        store: &mut shards,
        settings: settings::current(),
        now,
        counters: &totals::COUNTERS,
    });
    shards.finish();
    result
}

impl OpenShards<'_> {
    /// Opens the key of a slot if it is not open. Returns whether there may be a shard.
    #[inline]
    fn open(&mut self, slot: Slot) -> Result<bool, Error> {
        if self.open.is_open(slot) {
            return Ok(true);
        }
        if self.misses > MISSES_BEFORE_CHECK && totals::has_no_shards() {
            return Ok(false);
        }
        self.open_key(slot)?;
        Ok(true)
    }

    fn open_key(&mut self, slot: Slot) -> Result<(), Error> {
        self.open.open(slot).map_err(|refusal| match refusal {
            Refusal::WrongType => Error::wrong_type(slot::shard_key(slot).as_bytes()),
            Refusal::Busy => cannot_open(slot),
        })?;
        match self.open.get(slot).map(|value| value.shard().slot()) {
            Some(held) if held != slot => Err(wrong_slot(slot, held)),
            Some(_) => Ok(()),
            None => {
                self.misses = self.misses.saturating_add(1);
                if cluster::is_enabled() {
                    self.check_slot_migration(slot)?;
                }
                Ok(())
            }
        }
    }

    /// Fails with `TRYAGAIN` if a script needs a slot that is being imported. The server checks
    /// only the keys that a script declares, which may be bare codes. So a script can run on the
    /// importing node before the shard arrives, where a nil reply would be wrong.
    #[cold]
    fn check_slot_migration(&mut self, slot: Slot) -> Result<(), Error> {
        if self.open.ctx().flags().is_scripted() && self.slots().is_importing(slot) {
            return Err(Error::TryAgain);
        }
        Ok(())
    }

    /// Returns the slots of this node. The server is asked once, while no key is open.
    fn slots(&mut self) -> &ClusterSlots {
        let open = &mut self.open;
        self.slots
            .get_or_insert_with(|| open.with_keys_closed(|ctx| cluster::slots(ctx)))
    }

    /// Closes all keys, then notifies clients that WATCH or track the codes and URLs that changed.
    #[inline]
    fn finish(&mut self) {
        self.open.close_all();
        if !self.notifications.is_empty() {
            self.send_notifications();
        }
    }

    fn send_notifications(&mut self) {
        let (ctx, url) = (self.open.release(), self.url);
        for item in self.notifications.drain(..) {
            match item {
                Notification::Link(code, change) => {
                    let key = RedisString::new(code.as_bytes());
                    ctx.signal_modified(key.text());
                    ctx.notify(change.event(), &key);
                }
                Notification::CommandUrl => {
                    url.into_iter().for_each(|url| ctx.signal_modified(url))
                }
                Notification::Url(url) => ctx.signal_modified(url.text()),
            }
        }
    }
}

impl Store for OpenShards<'_> {
    #[inline]
    fn get(&mut self, slot: Slot) -> Result<Option<&Shard>, Error> {
        // Looked up twice, because the borrow of the first result would extend to the code below.
        if self.open.get_cached(slot).is_some() {
            return Ok(self.open.get_cached(slot).map(ShardValue::shard));
        }
        if !self.open(slot)? {
            return Ok(None);
        }
        Ok(self.open.get(slot).map(ShardValue::shard))
    }

    #[inline]
    fn get_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error> {
        if self.open.get_cached(slot).is_some() {
            return Ok(self.open.get_cached_mut(slot).map(ShardValue::shard_mut));
        }
        if !self.open(slot)? {
            return Ok(None);
        }
        Ok(self.open.get_mut(slot).map(ShardValue::shard_mut))
    }

    fn get_or_create(&mut self, slot: Slot) -> Result<&mut Shard, Error> {
        if self.open.get_cached(slot).is_some() {
            let value = self
                .open
                .get_cached_mut(slot)
                .ok_or_else(|| cannot_open(slot))?;
            return Ok(value.shard_mut());
        }
        // A scan of an empty database may have opened nothing.
        self.misses = 0;
        self.open(slot)?;
        if self.open.get(slot).is_none()
            && !self
                .open
                .set(slot, data_type::pooled(ShardValue::empty(slot)))
        {
            return Err(cannot_open(slot));
        }
        let value = self.open.get_mut(slot).ok_or_else(|| cannot_open(slot))?;
        Ok(value.shard_mut())
    }

    fn is_cluster(&self) -> bool {
        cluster::is_enabled()
    }

    fn owns_slot(&mut self, slot: Slot) -> bool {
        !cluster::is_enabled() || self.slots().owns(slot)
    }

    fn is_slot_stable(&mut self, slot: Slot) -> bool {
        !cluster::is_enabled() || self.slots().is_stable(slot)
    }

    fn has_memory(&self) -> bool {
        !self.open.ctx().flags().is_out_of_memory()
    }

    fn may_have_issued_numbers(&self) -> bool {
        totals::has_counter() && self.open.ctx().database_size() > 0
    }

    fn may_have_pool(&self, slot: Slot) -> bool {
        // A shard that this command uses may have a new pool, which the totals include only at the
        // end.
        !cluster::is_enabled() || totals::has_pool(slot) || self.open.is_in_use(slot)
    }

    fn remove(&mut self, slot: Slot) {
        if self.open(slot).is_ok() {
            self.open.delete(slot);
        }
    }

    fn replicate(&mut self, slot: Slot, payload: &[u8]) {
        let ctx = self.open.ctx();
        ctx.replicate(c"LINK.APPLY", self.open.key_name(slot), payload);
    }

    fn notify(&mut self, code: &Code, change: Change) {
        self.notifications.push(Notification::Link(*code, change));
    }

    fn notify_url(&mut self, url: &[u8]) {
        let is_command_url = self.url.is_some_and(|own| own.bytes() == url);
        self.notifications.push(if is_command_url {
            Notification::CommandUrl
        } else {
            Notification::Url(RedisString::new(url))
        });
    }
}

#[cold]
fn cannot_open(slot: Slot) -> Error {
    Error::other(format!(
        "the server could not open the key {}",
        slot::shard_key(slot)
    ))
}

#[cold]
fn wrong_slot(slot: Slot, held: Slot) -> Error {
    Error::other(format!(
        "key {} contains the shard of {} (renamed, copied or restored); rename it to {}",
        slot::shard_key(slot),
        slot::shard_key(held),
        slot::shard_key(held)
    ))
}
