//! The open keys of a command. Each key is open once, and closed before a server command is run.

use std::marker::PhantomData;

use smallvec::SmallVec;

use super::data_type::DataType;
use super::exclusive::Exclusive;
use super::headers::{Header, Pooled};
use super::key::{Access, OpenKey, Refusal};
use super::string::Text;
use super::value_cache::Slot;
use super::{Args, Ctx, signal, value_cache};

/// Maximum number of open keys. SHORTEN uses three: those of the allocator, the code and the URL.
const OPEN_MAX: usize = 4;

/// The open keys of a command, each once.
///
/// Dropping it closes them. Keys whose values were borrowed for changes are signaled as modified.
pub(crate) struct OpenKeys<'ctx, T: DataType> {
    ctx: Ctx<'ctx>,
    access: Access,
    /// The time of the command for [`value_cache`]. `None` if the cache is not used.
    stamp: Option<u32>,
    exclusive: Option<Exclusive>,
    open: [Option<(Slot, OpenKey<T>)>; OPEN_MAX],
    /// Index of the key that is closed next.
    next: usize,
    /// Cached values that were borrowed for changes.
    changed: SmallVec<[(Slot, *mut Header<T>); OPEN_MAX]>,
}

impl<'ctx, T: DataType> OpenKeys<'ctx, T> {
    /// Returns a set without open keys. `now` is the time in Unix ms.
    #[inline]
    pub(crate) fn new(ctx: Ctx<'ctx>, access: Access, now: u64) -> Self {
        let is_cached = T::cache().is_enabled() && ctx.database() == 0;
        Self {
            ctx,
            access,
            stamp: is_cached.then(|| value_cache::stamp(now)),
            exclusive: Exclusive::take(),
            open: [const { None }; OPEN_MAX],
            next: 0,
            changed: SmallVec::new(),
        }
    }

    /// Returns the context of the command.
    #[inline]
    pub(crate) fn ctx(&self) -> Ctx<'ctx> {
        self.ctx
    }

    /// Returns the name of the key of a slot.
    #[inline]
    pub(crate) fn key_name(&self, slot: Slot) -> Text<'static> {
        T::cache().key_name(slot)
    }

    /// Returns whether the key of a slot is open.
    #[inline]
    pub(crate) fn is_open(&self, slot: Slot) -> bool {
        self.position(slot).is_some()
    }

    /// Returns whether the key of a slot is open, or its cached value was borrowed for changes.
    pub(crate) fn is_in_use(&self, slot: Slot) -> bool {
        self.is_open(slot) || self.changed.iter().any(|(known, _)| *known == slot)
    }

    /// Opens the key of a slot in the selected database. If too many are open, the one opened first
    /// is closed.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub(crate) fn open(&mut self, slot: Slot) -> Result<(), Refusal> {
        if self.exclusive.is_none() {
            return Err(Refusal::Busy);
        }
        if self.is_open(slot) {
            return Ok(());
        }
        // SAFETY: the name is never freed. No other handle of this key exists, because there is one
        // set of open keys, and this key is not in it.
        let key = unsafe { OpenKey::open(self.ctx, self.key_name(slot).as_raw(), self.access) }?;
        if let Some(stamp) = self.stamp {
            T::cache().note(key.key, slot, key.value, stamp);
        }
        let next = self.next;
        self.next = next.wrapping_add(1) % OPEN_MAX;
        self.close_at(next);
        if let Some(place) = self.open.get_mut(next) {
            *place = Some((slot, key));
        }
        Ok(())
    }

    /// Returns the value of a slot's key if it is cached. Then the key need not be opened.
    #[inline]
    pub(crate) fn get_cached(&self, slot: Slot) -> Option<&T> {
        let value = self.cached(slot)?;
        // SAFETY: the value is alive while it is cached, and only this set borrows it.
        Some(unsafe { Header::value(value) })
    }

    /// As [`OpenKeys::get_cached`], for changes. Returns `None` also if keys are opened to read.
    #[inline]
    pub(crate) fn get_cached_mut(&mut self, slot: Slot) -> Option<&mut T> {
        if !self.access.may_change() {
            return None;
        }
        let value = self.cached(slot)?;
        if !self.changed.iter().any(|(known, _)| *known == slot) {
            self.changed.push((slot, value));
        }
        // SAFETY: as in `get_cached`; the borrow of `self` is exclusive.
        Some(unsafe { Header::value_mut(value) })
    }

    #[inline]
    fn cached(&self, slot: Slot) -> Option<*mut Header<T>> {
        self.exclusive.as_ref()?;
        let value = T::cache().get(slot, self.stamp?);
        if value.is_null() {
            return None;
        }
        #[cfg(feature = "verify-cache")]
        self.verify(slot, value);
        Some(value)
    }

    /// Aborts the process if the server knows another value for the key of a slot.
    #[cfg(feature = "verify-cache")]
    fn verify(&self, slot: Slot, value: *const Header<T>) {
        // SAFETY: the name is never freed. The value of this second handle is compared, not used.
        let known =
            unsafe { OpenKey::<T>::open(self.ctx, self.key_name(slot).as_raw(), Access::Scan) };
        let same = known.is_ok_and(|known| known.value.cast_const() == value);
        if !same {
            self.ctx
                .log(super::log::Level::Warning, "the cache of values is wrong");
            std::process::abort();
        }
    }

    /// Returns the value of a slot's open key. Returns `None` if the key does not exist.
    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> Option<&T> {
        let (_, key) = self.open.get(self.position(slot)?)?.as_ref()?;
        key.value()
    }

    /// Returns the value of a slot's open key, for changes. Returns `None` if the key does not
    /// exist, or is open to read.
    #[inline]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.key_mut(slot)?.value_mut()
    }

    /// Replaces the content of a slot's open key with this value. Returns whether the server
    /// accepted it.
    pub(crate) fn set(&mut self, slot: Slot, value: Pooled<T>) -> bool {
        self.key_mut(slot).is_some_and(|key| key.set(value))
    }

    /// Deletes the open key of a slot and its value.
    pub(crate) fn delete(&mut self, slot: Slot) {
        self.changed.retain(|(known, _)| *known != slot);
        if let Some(key) = self.key_mut(slot) {
            key.delete();
        }
    }

    /// Closes all keys, then calls what may run server commands.
    pub(crate) fn with_keys_closed<R>(&mut self, call: impl FnOnce(Ctx<'ctx>) -> R) -> R {
        self.close_all();
        self.exclusive = None;
        let result = call(self.ctx);
        self.exclusive = Exclusive::take();
        result
    }

    #[inline]
    fn position(&self, slot: Slot) -> Option<usize> {
        self.open
            .iter()
            .position(|open| open.as_ref().is_some_and(|(known, _)| *known == slot))
    }

    #[inline]
    fn key_mut(&mut self, slot: Slot) -> Option<&mut OpenKey<T>> {
        let position = self.position(slot)?;
        let (_, key) = self.open.get_mut(position)?.as_mut()?;
        Some(key)
    }

    /// Closes all keys permanently. Returns the context, with which server commands may be run
    /// then.
    pub(crate) fn release(&mut self) -> Ctx<'ctx> {
        self.close_all();
        self.exclusive = None;
        self.ctx
    }

    /// Closes all keys.
    #[inline]
    pub(crate) fn close_all(&mut self) {
        for (slot, value) in self.changed.drain(..) {
            // SAFETY: the value was cached when this set borrowed it, and nothing could remove it
            // from its key since.
            unsafe { Header::value_mut(value) }.changed();
            self.ctx.signal_modified(T::cache().key_name(slot));
        }
        for position in 0..OPEN_MAX {
            if self.open.get(position).is_some_and(Option::is_some) {
                self.close_at(position);
            }
        }
    }

    fn close_at(&mut self, position: usize) {
        let open = self.open.get_mut(position).and_then(Option::take);
        let Some((slot, key)) = open else { return };
        if key.changed {
            signal::close_modified(self.ctx, key, T::cache().key_name(slot));
        }
    }
}

impl<T: DataType> Drop for OpenKeys<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.close_all();
    }
}

/// The key with the name that an argument gives, which can be any name, for the loading of files.
pub(crate) struct ArgumentKey<'ctx, T: DataType> {
    key: OpenKey<T>,
    ctx: PhantomData<Ctx<'ctx>>,
    _exclusive: Exclusive,
}

impl<'ctx, T: DataType> ArgumentKey<'ctx, T> {
    /// Opens the key to change it.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub(crate) fn open(ctx: Ctx<'ctx>, args: Args<'_>, index: usize) -> Result<Self, Refusal> {
        let exclusive = Exclusive::take().ok_or(Refusal::Busy)?;
        let name = args.raw(index).ok_or(Refusal::WrongType)?;
        // SAFETY: the argument is valid during the command, and the server holds a reference of its
        // own. No other key is open.
        let key = unsafe { OpenKey::open(ctx, name, Access::Write) }?;
        Ok(Self {
            key,
            ctx: PhantomData,
            _exclusive: exclusive,
        })
    }

    /// As [`OpenKeys::get_mut`].
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.key.value_mut()
    }

    /// As [`OpenKeys::set`].
    pub(crate) fn set(&mut self, value: Pooled<T>) -> bool {
        self.key.set(value)
    }
}
