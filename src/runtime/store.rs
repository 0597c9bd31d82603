//! The shards of the selected database, as the engine wants them: opened when first needed, closed when the command is done.

use shorten_engine::code::Code;
use shorten_engine::code::slot::{self, Slot};
use shorten_engine::error::Error;
use shorten_engine::{Change, Engine, Shard, Store};
use smallvec::SmallVec;

use super::cluster::{self, Slots};
use super::shard_value::ShardValue;
use super::{settings, totals};
use crate::server::Ctx;
use crate::server::ctx;
use crate::server::data_type;
use crate::server::key::{Access, Refusal};
use crate::server::open_keys::OpenKeys;
use crate::server::string::{RedisString, Text};

/// Misses after which a walk asks whether there is any shard at all.
const MISSES_BEFORE_CHECK: u32 = 64;

/// The shards of one command.
pub(crate) struct OpenShards<'ctx> {
    open: OpenKeys<'ctx, ShardValue>,
    /// Keys that turned out not to exist.
    misses: u32,
    /// Which slots are this node's, once it was asked.
    slots: Option<Slots>,
    /// The URL that the command names, as the server's own string.
    url: Option<Text<'ctx>>,
    /// Told when all keys are closed: a listener may run commands of its own.
    news: SmallVec<[News; 2]>,
}

/// What those who watch names are told.
enum News {
    /// A link changed.
    Link(Code, Change),
    /// LINK.FIND may answer something else for the URL that the command names.
    OwnUrl,
    /// LINK.FIND may answer something else for this URL.
    Url(RedisString),
}

/// Runs one engine call over the selected database.
#[inline]
pub(crate) fn with_engine<'ctx, R>(
    ctx: Ctx<'ctx>,
    access: Access,
    call: impl FnOnce(&mut Engine<'_, OpenShards<'ctx>>) -> R,
) -> R {
    at_time(ctx, access, ctx.now(), None, call)
}

/// As [`with_engine`], for a command that makes a link to `url`: no string of the server need be made for it.
#[inline]
pub(crate) fn with_engine_for<'ctx, R>(
    ctx: Ctx<'ctx>,
    access: Access,
    url: Option<Text<'ctx>>,
    call: impl FnOnce(&mut Engine<'_, OpenShards<'ctx>>) -> R,
) -> R {
    at_time(ctx, access, ctx.now(), url, call)
}

/// As [`with_engine`], at the clock's time: for timers, which run between commands.
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
        news: SmallVec::new(),
    };
    let answer = call(&mut Engine {
        store: &mut shards,
        settings: settings::current(),
        now,
        counters: &totals::COUNTERS,
    });
    shards.finish();
    answer
}

impl OpenShards<'_> {
    /// Opens the key of a slot, if it is not open. Returns whether there may be a shard.
    #[inline]
    fn open(&mut self, slot: Slot) -> Result<bool, Error> {
        if self.open.is_open(slot) {
            return Ok(true);
        }
        if self.misses > MISSES_BEFORE_CHECK && totals::no_shards() {
            return Ok(false);
        }
        self.open_key(slot)?;
        Ok(true)
    }

    fn open_key(&mut self, slot: Slot) -> Result<(), Error> {
        self.open.open(slot).map_err(|refusal| match refusal {
            Refusal::WrongType => Error::wrong_type(slot::shard_key(slot).as_bytes()),
            Refusal::Busy => refused(slot),
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

    /// The server checks the keys that a script declares, before it runs, and may have been told a bare code. So a script may find itself on a
    /// node to which the slot is just being moved, before the shard has come: to it the links are not missing, they are elsewhere.
    #[cold]
    fn check_slot_migration(&mut self, slot: Slot) -> Result<(), Error> {
        if self.open.ctx().flags().is_scripted() && self.slots().is_importing(slot) {
            return Err(Error::TryAgain);
        }
        Ok(())
    }

    /// Which slots are this node's. Asked once, with all keys closed.
    fn slots(&mut self) -> &Slots {
        let open = &mut self.open;
        self.slots
            .get_or_insert_with(|| open.with_none_open(|ctx| Slots::now(ctx)))
    }

    /// Closes all keys, then tells those who watch the codes and URLs that changed.
    #[inline]
    fn finish(&mut self) {
        self.open.close_all();
        if !self.news.is_empty() {
            self.tell_news();
        }
    }

    fn tell_news(&mut self) {
        let (ctx, url) = (self.open.release(), self.url);
        for item in self.news.drain(..) {
            match item {
                News::Link(code, change) => {
                    let key = RedisString::new(code.as_bytes());
                    ctx.signal_modified(key.text());
                    ctx.notify(change.event(), &key);
                }
                News::OwnUrl => url.into_iter().for_each(|url| ctx.signal_modified(url)),
                News::Url(url) => ctx.signal_modified(url.text()),
            }
        }
    }
}

impl Store for OpenShards<'_> {
    #[inline]
    fn get(&mut self, slot: Slot) -> Result<Option<&Shard>, Error> {
        // Asked twice, since the first answer cannot outlive what follows when it is none.
        if self.open.recall(slot).is_some() {
            return Ok(self.open.recall(slot).map(ShardValue::shard));
        }
        if !self.open(slot)? {
            return Ok(None);
        }
        Ok(self.open.get(slot).map(ShardValue::shard))
    }

    #[inline]
    fn get_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error> {
        if self.open.recall(slot).is_some() {
            return Ok(self.open.recall_mut(slot).map(ShardValue::shard_mut));
        }
        if !self.open(slot)? {
            return Ok(None);
        }
        Ok(self.open.get_mut(slot).map(ShardValue::shard_mut))
    }

    fn get_or_create(&mut self, slot: Slot) -> Result<&mut Shard, Error> {
        if self.open.recall(slot).is_some() {
            let value = self.open.recall_mut(slot).ok_or_else(|| refused(slot))?;
            return Ok(value.shard_mut());
        }
        // A walk over an empty database may have opened nothing.
        self.misses = 0;
        self.open(slot)?;
        if self.open.get(slot).is_none()
            && !self
                .open
                .set(slot, data_type::keep(ShardValue::empty(slot)))
        {
            return Err(refused(slot));
        }
        let value = self.open.get_mut(slot).ok_or_else(|| refused(slot))?;
        Ok(value.shard_mut())
    }

    fn is_cluster(&self) -> bool {
        cluster::is_enabled()
    }

    fn owns_slot(&mut self, slot: Slot) -> bool {
        !cluster::is_enabled() || self.slots().owns(slot)
    }

    fn is_slot_stable(&mut self, slot: Slot) -> bool {
        !cluster::is_enabled() || self.slots().is_settled(slot)
    }

    fn has_memory(&self) -> bool {
        !self.open.ctx().flags().is_out_of_memory()
    }

    fn may_have_issued_numbers(&self) -> bool {
        totals::any_number() && self.open.ctx().database_size() > 0
    }

    fn may_have_pool(&self, slot: Slot) -> bool {
        // A shard that this command uses may have been given one, and is counted at the end.
        !cluster::is_enabled() || totals::any_pool_in(slot) || self.open.is_in_use(slot)
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
        self.news.push(News::Link(*code, change));
    }

    fn notify_url(&mut self, url: &[u8]) {
        let is_own = self.url.is_some_and(|own| own.bytes() == url);
        self.news.push(if is_own {
            News::OwnUrl
        } else {
            News::Url(RedisString::new(url))
        });
    }
}

#[cold]
fn refused(slot: Slot) -> Error {
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
