//! The keys that a command has open: each once, and closed when a command of the server is run.

use std::marker::PhantomData;

use smallvec::SmallVec;

use super::data_type::DataType;
use super::exclusive::Exclusive;
use super::headers::{Header, Kept};
use super::key::{Access, OpenKey, Refusal};
use super::string::Text;
use super::value_cache::Slot;
use super::{Args, Ctx, signal, value_cache};

/// How many keys are kept open at most. SHORTEN touches three: the allocator's, the code's and the URL's.
const OPEN_MAX: usize = 4;

/// The keys that a command has open, each once.
///
/// Dropping it closes them. Those whose value was lent to be changed are signaled as modified.
pub(crate) struct OpenKeys<'ctx, T: DataType> {
    ctx: Ctx<'ctx>,
    access: Access,
    /// For [`value_cache`]; `None` where it is not asked.
    stamp: Option<u32>,
    exclusive: Option<Exclusive>,
    open: [Option<(Slot, OpenKey<T>)>; OPEN_MAX],
    /// The place that is given up next.
    next: usize,
    /// Remembered values that were lent to be changed.
    changed: SmallVec<[(Slot, *mut Header<T>); OPEN_MAX]>,
}

impl<'ctx, T: DataType> OpenKeys<'ctx, T> {
    /// No key is open yet. `now` is the time in Unix ms.
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

    /// The context of the command.
    #[inline]
    pub(crate) fn ctx(&self) -> Ctx<'ctx> {
        self.ctx
    }

    /// The name of the key of a slot.
    #[inline]
    pub(crate) fn key_name(&self, slot: Slot) -> Text<'static> {
        T::cache().key_name(slot)
    }

    /// Whether the key of a slot is open.
    #[inline]
    pub(crate) fn is_open(&self, slot: Slot) -> bool {
        self.place(slot).is_some()
    }

    /// Whether the key of a slot is open, or its remembered value was lent to be changed.
    pub(crate) fn is_in_use(&self, slot: Slot) -> bool {
        self.is_open(slot) || self.changed.iter().any(|(known, _)| *known == slot)
    }

    /// Opens the key of a slot in the selected database, in the place of the one opened longest ago.
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
        // SAFETY: the name is valid for ever; no other handle of this key exists, because there is one set of
        // open keys, and it has none of this slot.
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

    /// The value of a slot's key, if it is known where it is. Then the key need not be opened.
    #[inline]
    pub(crate) fn recall(&self, slot: Slot) -> Option<&T> {
        let value = self.remembered(slot)?;
        // SAFETY: the value is alive while the cache knows it, and lent by this set of keys alone.
        Some(unsafe { Header::value(value) })
    }

    /// As [`OpenKeys::recall`], to be changed. `None` also if keys are opened to read.
    #[inline]
    pub(crate) fn recall_mut(&mut self, slot: Slot) -> Option<&mut T> {
        if !self.access.may_change() {
            return None;
        }
        let value = self.remembered(slot)?;
        if !self.changed.iter().any(|(known, _)| *known == slot) {
            self.changed.push((slot, value));
        }
        // SAFETY: as in `recall`; the borrow of `self` is exclusive.
        Some(unsafe { Header::value_mut(value) })
    }

    #[inline]
    fn remembered(&self, slot: Slot) -> Option<*mut Header<T>> {
        self.exclusive.as_ref()?;
        let value = T::cache().get(slot, self.stamp?);
        if value.is_null() {
            return None;
        }
        #[cfg(feature = "verify-cache")]
        self.verify(slot, value);
        Some(value)
    }

    /// Ends the process if the server knows another value for the key of a slot.
    #[cfg(feature = "verify-cache")]
    fn verify(&self, slot: Slot, value: *const Header<T>) {
        // SAFETY: the name is valid for ever; the value of this second handle is compared, not used.
        let known =
            unsafe { OpenKey::<T>::open(self.ctx, self.key_name(slot).as_raw(), Access::Scan) };
        let same = known.is_ok_and(|known| known.value.cast_const() == value);
        if !same {
            self.ctx
                .log(super::log::Level::Warning, "the cache of values is wrong");
            std::process::abort();
        }
    }

    /// The value of a slot's open key. `None` if the key does not exist.
    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> Option<&T> {
        let (_, key) = self.open.get(self.place(slot)?)?.as_ref()?;
        key.value()
    }

    /// The value of a slot's open key, to be changed. `None` if the key does not exist, or is open to read.
    #[inline]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.key_mut(slot)?.value_mut()
    }

    /// Makes the open key of a slot hold this value, in the place of whatever it held. Returns whether the
    /// server took it.
    pub(crate) fn set(&mut self, slot: Slot, value: Kept<T>) -> bool {
        self.key_mut(slot).is_some_and(|key| key.set(value))
    }

    /// Deletes the open key of a slot and its value.
    pub(crate) fn delete(&mut self, slot: Slot) {
        self.changed.retain(|(known, _)| *known != slot);
        if let Some(key) = self.key_mut(slot) {
            key.delete();
        }
    }

    /// Closes all keys and calls what may run commands of the server.
    pub(crate) fn with_none_open<R>(&mut self, call: impl FnOnce(Ctx<'ctx>) -> R) -> R {
        self.close_all();
        self.exclusive = None;
        let answer = call(self.ctx);
        self.exclusive = Exclusive::take();
        answer
    }

    #[inline]
    fn place(&self, slot: Slot) -> Option<usize> {
        self.open
            .iter()
            .position(|open| open.as_ref().is_some_and(|(known, _)| *known == slot))
    }

    #[inline]
    fn key_mut(&mut self, slot: Slot) -> Option<&mut OpenKey<T>> {
        let place = self.place(slot)?;
        let (_, key) = self.open.get_mut(place)?.as_mut()?;
        Some(key)
    }

    /// Closes all keys for good. Returns the context, with which commands of the server may be run then.
    pub(crate) fn release(&mut self) -> Ctx<'ctx> {
        self.close_all();
        self.exclusive = None;
        self.ctx
    }

    /// Closes all keys.
    #[inline]
    pub(crate) fn close_all(&mut self) {
        for (slot, value) in self.changed.drain(..) {
            // SAFETY: the value was remembered by this set of keys, and nothing could take it from its key since.
            unsafe { Header::value_mut(value) }.changed();
            self.ctx.signal_modified(T::cache().key_name(slot));
        }
        for place in 0..OPEN_MAX {
            if self.open.get(place).is_some_and(Option::is_some) {
                self.close_at(place);
            }
        }
    }

    fn close_at(&mut self, place: usize) {
        let open = self.open.get_mut(place).and_then(Option::take);
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

/// A key under the name that an argument gives it, whatever that is: for what a file says.
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
        // SAFETY: the argument is valid during the command, and the server keeps a count of its own; no other
        // key is open.
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
    pub(crate) fn set(&mut self, value: Kept<T>) -> bool {
        self.key.set(value)
    }
}
