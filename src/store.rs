//! The shards of the selected database, as the engine wants them: opened when first needed, closed when the command is done.

use shorten_engine::code::Code;
use shorten_engine::error::Error;
use shorten_engine::slot::{self, Slot};
use shorten_engine::{Change, Engine, Shard, Store};
use smallvec::SmallVec;

use crate::cluster::{self, Slots};
use crate::datatype::Value;
use crate::server::Ctx;
use crate::server::ctx;
use crate::server::key::{Access, Name, ShardKey};
use crate::server::string::OwnString;
use crate::{settings, totals};

/// How many keys are kept open at most. SHORTEN touches three: the allocator's, the code's and the URL's.
const OPEN_MAX: usize = 4;

/// Misses after which a walk asks whether there is any shard at all.
const PATIENCE: u32 = 64;

/// The keys of one command.
pub(crate) struct Keys<'ctx> {
    ctx: Ctx<'ctx>,
    access: Access,
    open: [Option<Open<'ctx>>; OPEN_MAX],
    /// The place that is given up next.
    next: usize,
    /// Keys that turned out not to exist.
    misses: u32,
    /// Which slots are this node's, once it was asked.
    slots: Option<Slots>,
    /// Told when all keys are closed: a listener may run commands of its own.
    changes: SmallVec<[(Code, Change); 1]>,
}

struct Open<'ctx> {
    slot: Slot,
    key: ShardKey<'ctx>,
    /// It holds something else than before.
    changed: bool,
    /// It may hold more or less than before.
    resized: bool,
}

/// Runs one engine call over the selected database.
#[inline]
pub(crate) fn with_engine<'ctx, R>(
    ctx: Ctx<'ctx>,
    access: Access,
    call: impl FnOnce(&mut Engine<'_, Keys<'ctx>>) -> R,
) -> R {
    at_time(ctx, access, ctx.now(), call)
}

/// As [`with_engine`], at the clock's time: for timers, which run between commands.
pub(crate) fn by_the_clock<'ctx, R>(
    ctx: Ctx<'ctx>,
    access: Access,
    call: impl FnOnce(&mut Engine<'_, Keys<'ctx>>) -> R,
) -> R {
    at_time(ctx, access, ctx::clock(), call)
}

#[inline]
fn at_time<'ctx, R>(
    ctx: Ctx<'ctx>,
    access: Access,
    now: u64,
    call: impl FnOnce(&mut Engine<'_, Keys<'ctx>>) -> R,
) -> R {
    let mut keys = Keys {
        ctx,
        access,
        open: [const { None }; OPEN_MAX],
        next: 0,
        misses: 0,
        slots: None,
        changes: SmallVec::new(),
    };
    call(&mut Engine {
        store: &mut keys,
        settings: settings::current(),
        now,
        counters: &totals::COUNTERS,
    })
}

impl<'ctx> Keys<'ctx> {
    /// The place of a slot's open key, which is opened now if it is not.
    #[inline]
    fn opened(&mut self, slot: Slot) -> Result<Option<&mut Open<'ctx>>, Error> {
        let found = self
            .open
            .iter()
            .position(|open| open.as_ref().is_some_and(|open| open.slot == slot));
        let place = match found {
            Some(place) => place,
            None if self.misses > PATIENCE && totals::no_shards() => return Ok(None),
            None => self.open_key(slot)?,
        };
        Ok(self.open.get_mut(place).and_then(Option::as_mut))
    }

    /// Opens the key of a slot, in the place of the one opened longest ago.
    fn open_key(&mut self, slot: Slot) -> Result<usize, Error> {
        let key = ShardKey::open(self.ctx, slot, self.access)
            .map_err(|_| Error::wrong_type(slot::shard_key(slot).as_bytes()))?;
        match key.value() {
            Some(value) if value.shard().slot() != slot => {
                return Err(misplaced(slot, value.shard().slot()));
            }
            Some(_) => (),
            None => {
                self.misses = self.misses.saturating_add(1);
                if cluster::is_enabled() {
                    self.refuse_before_it_came(slot)?;
                }
            }
        }
        let place = self.next;
        self.next = place.wrapping_add(1) % OPEN_MAX;
        if let Some(open) = self.open.get_mut(place) {
            close(self.ctx, open.take());
            *open = Some(Open {
                slot,
                key,
                changed: false,
                resized: false,
            });
        }
        Ok(place)
    }

    /// The server checks the keys that a script declares, before it runs, and may have been told a bare code. So a script may find itself on a
    /// node to which the slot is just being moved, before the shard has come: to it the links are not missing, they are elsewhere.
    #[cold]
    fn refuse_before_it_came(&mut self, slot: Slot) -> Result<(), Error> {
        if self.ctx.flags().is_scripted() && self.slots().is_importing(slot) {
            return Err(Error::TryAgain);
        }
        Ok(())
    }

    fn slots(&mut self) -> &Slots {
        let ctx = self.ctx;
        self.slots.get_or_insert_with(|| Slots::now(ctx))
    }
}

impl Store for Keys<'_> {
    #[inline]
    fn shard(&mut self, slot: Slot) -> Result<Option<&Shard>, Error> {
        let open = self.opened(slot)?;
        Ok(open.and_then(|open| open.key.value()).map(Value::shard))
    }

    fn existing_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error> {
        let Some(open) = self.opened(slot)? else {
            return Ok(None);
        };
        (open.changed, open.resized) = (true, true);
        Ok(open.key.value_mut().map(Value::shard_mut))
    }

    #[inline]
    fn in_place(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error> {
        let Some(open) = self.opened(slot)? else {
            return Ok(None);
        };
        open.changed = true;
        Ok(open.key.value_mut().map(Value::shard_mut))
    }

    fn shard_mut(&mut self, slot: Slot) -> Result<&mut Shard, Error> {
        // A walk over an empty database may have opened nothing.
        self.misses = 0;
        let open = self.opened(slot)?.ok_or_else(|| refused(slot))?;
        if open.key.value().is_none() {
            open.key.put(Value::empty(slot));
        }
        (open.changed, open.resized) = (true, true);
        let value = open.key.value_mut().ok_or_else(|| refused(slot))?;
        Ok(value.shard_mut())
    }

    fn is_cluster(&self) -> bool {
        cluster::is_enabled()
    }

    fn owns(&mut self, slot: Slot) -> bool {
        !cluster::is_enabled() || self.slots().owns(slot)
    }

    fn is_settled(&mut self, slot: Slot) -> bool {
        !cluster::is_enabled() || self.slots().is_settled(slot)
    }

    fn may_grow(&self) -> bool {
        !self.ctx.flags().is_out_of_memory()
    }

    fn discard(&mut self, slot: Slot) {
        if let Ok(Some(open)) = self.opened(slot) {
            open.changed = true;
            open.key.delete();
        }
    }

    fn emit(&mut self, slot: Slot, payload: &[u8]) {
        self.ctx.replicate(c"LINK.APPLY", Name::of(slot), payload);
    }

    fn changed(&mut self, code: &Code, change: Change) {
        self.changes.push((*code, change));
    }
}

impl Drop for Keys<'_> {
    fn drop(&mut self) {
        for open in &mut self.open {
            close(self.ctx, open.take());
        }
        for (code, change) in self.changes.drain(..) {
            let key = OwnString::new(code.as_bytes());
            self.ctx.signal_modified(&key);
            self.ctx.notify(change.event(), &key);
        }
    }
}

/// Closes a key. One that was changed is counted anew, and those who watch it are told.
fn close(ctx: Ctx<'_>, open: Option<Open<'_>>) {
    let Some(mut open) = open.filter(|open| open.changed) else {
        return;
    };
    if open.resized
        && let Some(value) = open.key.value_mut()
    {
        value.count();
    }
    ctx.close_modified(open.key, Name::of(open.slot));
}

#[cold]
fn refused(slot: Slot) -> Error {
    Error::other(format!(
        "the server refused the key {}",
        slot::shard_key(slot)
    ))
}

#[cold]
fn misplaced(slot: Slot, held: Slot) -> Error {
    Error::other(format!(
        "the key {} holds the shard {}, renamed, copied or restored: give it its own name back",
        slot::shard_key(slot),
        slot::shard_key(held)
    ))
}
