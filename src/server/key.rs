//! The keys that hold shards.

use std::ffi::c_int;
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use redis_module::raw::{self, RedisModuleKey, RedisModuleString};
use shorten_engine::slot::{self, Slot};

use super::ctx::OK;
use super::io;
use super::string::OwnString;
use super::{Args, Ctx};
use crate::datatype::Value;

const SLOTS: usize = slot::SLOTS as usize;

/// The key names as the server wants them, each made when it is first needed and kept for the life of the process.
static NAMES: [AtomicPtr<RedisModuleString>; SLOTS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; SLOTS];

/// The name of a shard's key, as a string of the server.
#[derive(Clone, Copy)]
pub(crate) struct Name {
    raw: *mut RedisModuleString,
}

impl Name {
    /// The name of the key of a slot's shard.
    #[inline]
    pub(crate) fn of(slot: Slot) -> Self {
        let made = NAMES
            .get(usize::from(slot))
            .map_or(ptr::null_mut(), |name| name.load(Ordering::Relaxed));
        if made.is_null() {
            Self::make(slot)
        } else {
            Self { raw: made }
        }
    }

    #[cold]
    fn make(slot: Slot) -> Self {
        let raw = OwnString::new(slot::shard_key(slot).as_bytes()).into_raw();
        if let Some(name) = NAMES.get(usize::from(slot)) {
            name.store(raw, Ordering::Relaxed);
        }
        Self { raw }
    }

    /// The pointer, never to be freed.
    pub(super) fn as_raw(self) -> *mut RedisModuleString {
        self.raw
    }
}

/// How a key is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// To read, as a user would: hits, misses and the time of the last use are counted.
    Read,
    /// To read without leaving a trace, for walks over all shards: thousands of misses would drown those of users.
    Walk,
    /// To change.
    Write,
    /// To change from a timer: counts as no use of the key.
    Tend,
}

impl Access {
    fn mode(self) -> c_int {
        let mode = match self {
            Self::Read => raw::REDISMODULE_READ,
            Self::Walk if can_read_quietly() => raw::REDISMODULE_READ | QUIET | NO_TOUCH,
            // Opening to write counts neither hits nor misses and tells nobody: what older servers offer to be quiet.
            Self::Walk | Self::Tend => READ_WRITE | NO_TOUCH,
            Self::Write => READ_WRITE,
        };
        mode.cast_signed()
    }

    fn may_change(self) -> bool {
        matches!(self, Self::Write | Self::Tend)
    }
}

const READ_WRITE: u32 = raw::REDISMODULE_READ | raw::REDISMODULE_WRITE;
const NO_TOUCH: u32 = raw::REDISMODULE_OPEN_KEY_NOTOUCH;
const QUIET: u32 = raw::REDISMODULE_OPEN_KEY_NONOTIFY | raw::REDISMODULE_OPEN_KEY_NOSTATS;

/// Whether the server can open a key to read without counting a hit or a miss (from 7.2 on).
fn can_read_quietly() -> bool {
    // SAFETY: takes no argument.
    let known = unsafe { api!(RedisModule_GetOpenKeyModesAll()) };
    known.is_some_and(|known| known.cast_unsigned() & QUIET == QUIET)
}

/// Opens a key to write and closes it, which counts no use of it and leaves what it holds alone.
///
/// # Safety
/// `name` must be valid.
pub(super) unsafe fn touch(ctx: Ctx<'_>, name: *mut RedisModuleString) {
    let mode = READ_WRITE | raw::REDISMODULE_OPEN_KEY_NOEFFECTS;
    // SAFETY: context and name are valid; the key is closed at once.
    unsafe {
        if let Some(key) = api!(RedisModule_OpenKey(ctx.as_raw(), name, mode.cast_signed())) {
            api!(RedisModule_CloseKey(key.cast()));
        }
    }
}

/// `REDISMODULE_KEYTYPE_EMPTY`: the kind of a key that does not exist.
const EMPTY: c_int = 0;

/// Why a key was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It holds something else than a shard.
    WrongType,
    /// Keys are open already. Only an error of the module itself leads here.
    Busy,
}

/// Whether there is a set of open keys.
///
/// Values are lent by reference while it exists, so there is one set at a time, and nothing that could run
/// other commands is called meanwhile. See [`are_open`].
static IN_USE: AtomicBool = AtomicBool::new(false);

/// Whether keys are open, so that values may be borrowed: then no command of the server may be run.
pub(super) fn are_open() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

/// The right to open keys, which one place at a time has.
struct Exclusive {
    /// Keys belong to the main thread.
    main_thread: PhantomData<*mut ()>,
}

impl Exclusive {
    #[inline]
    fn take() -> Option<Self> {
        if are_open() {
            return None;
        }
        IN_USE.store(true, Ordering::Relaxed);
        Some(Self {
            main_thread: PhantomData,
        })
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        IN_USE.store(false, Ordering::Relaxed);
    }
}

/// How many keys are kept open at most. SHORTEN touches three: the allocator's, the code's and the URL's.
const OPEN_MAX: usize = 4;

/// The shards' keys that a command has open, each once.
///
/// Dropping it closes them. Those whose value was lent to be changed are signaled as modified, and the
/// running totals follow.
pub(crate) struct OpenKeys<'ctx> {
    ctx: Ctx<'ctx>,
    access: Access,
    exclusive: Option<Exclusive>,
    open: [Option<(Slot, OpenKey)>; OPEN_MAX],
    /// The place that is given up next.
    next: usize,
}

impl<'ctx> OpenKeys<'ctx> {
    /// No key is open yet.
    #[inline]
    pub(crate) fn new(ctx: Ctx<'ctx>, access: Access) -> Self {
        Self {
            ctx,
            access,
            exclusive: Exclusive::take(),
            open: [const { None }; OPEN_MAX],
            next: 0,
        }
    }

    /// The context of the command.
    #[inline]
    pub(crate) fn ctx(&self) -> Ctx<'ctx> {
        self.ctx
    }

    /// Whether the key of a slot is open.
    #[inline]
    pub(crate) fn is_open(&self, slot: Slot) -> bool {
        self.place(slot).is_some()
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
        let key = unsafe { OpenKey::open(self.ctx, Name::of(slot).as_raw(), self.access) }?;
        let next = self.next;
        self.next = next.wrapping_add(1) % OPEN_MAX;
        self.close_at(next);
        if let Some(place) = self.open.get_mut(next) {
            *place = Some((slot, key));
        }
        Ok(())
    }

    /// The value of a slot's open key. `None` if the key does not exist.
    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> Option<&Value> {
        let (_, key) = self.open.get(self.place(slot)?)?.as_ref()?;
        key.value()
    }

    /// The value of a slot's open key, to be changed. `None` if the key does not exist, or is open to read.
    #[inline]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Value> {
        self.key_mut(slot)?.value_mut()
    }

    /// Makes the open key of a slot hold this value, in the place of whatever it held. Returns whether the
    /// server took it.
    pub(crate) fn set(&mut self, slot: Slot, value: Box<Value>) -> bool {
        self.key_mut(slot).is_some_and(|key| key.set(value))
    }

    /// Deletes the open key of a slot and its value.
    pub(crate) fn delete(&mut self, slot: Slot) {
        if let Some(key) = self.key_mut(slot) {
            key.delete();
        }
    }

    /// Closes all keys and calls what may run commands of the server.
    pub(crate) fn with_none_open<R>(&mut self, call: impl FnOnce(Ctx<'ctx>) -> R) -> R {
        (0..OPEN_MAX).for_each(|place| self.close_at(place));
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
    fn key_mut(&mut self, slot: Slot) -> Option<&mut OpenKey> {
        let place = self.place(slot)?;
        let (_, key) = self.open.get_mut(place)?.as_mut()?;
        Some(key)
    }

    fn close_at(&mut self, place: usize) {
        let open = self.open.get_mut(place).and_then(Option::take);
        let Some((slot, key)) = open else { return };
        if key.changed {
            self.ctx.close_modified(key, Name::of(slot));
        }
    }
}

impl Drop for OpenKeys<'_> {
    fn drop(&mut self) {
        (0..OPEN_MAX).for_each(|place| self.close_at(place));
    }
}

/// A key under the name that an argument gives it, whatever that is: for what a file says.
pub(crate) struct ArgumentKey<'ctx> {
    key: OpenKey,
    ctx: PhantomData<Ctx<'ctx>>,
    _exclusive: Exclusive,
}

impl<'ctx> ArgumentKey<'ctx> {
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
    pub(crate) fn get_mut(&mut self) -> Option<&mut Value> {
        self.key.value_mut()
    }

    /// As [`OpenKeys::set`].
    pub(crate) fn set(&mut self, value: Box<Value>) -> bool {
        self.key.set(value)
    }
}

/// The server's handle of one key, and what the key holds. Dropping it closes the key.
pub(super) struct OpenKey {
    /// Null: opened to read, and there is no such key.
    key: *mut RedisModuleKey,
    /// Null: the key does not exist.
    value: *mut Value,
    may_change: bool,
    /// The value was lent to be changed, set or deleted.
    changed: bool,
}

impl OpenKey {
    /// # Safety
    /// `name` must be valid, no other handle of the key may exist, and this one must be dropped before the
    /// context ends and before a command of the server is run.
    #[inline]
    unsafe fn open(
        ctx: Ctx<'_>,
        name: *mut RedisModuleString,
        access: Access,
    ) -> Result<Self, Refusal> {
        // SAFETY: context and name are valid by the caller's promise.
        let key = unsafe { api!(RedisModule_OpenKey(ctx.as_raw(), name, access.mode())) };
        let mut open = Self {
            key: key.unwrap_or(ptr::null_mut()).cast(),
            value: ptr::null_mut(),
            may_change: access.may_change(),
            changed: false,
        };
        open.find_value()?;
        Ok(open)
    }

    #[inline]
    fn find_value(&mut self) -> Result<(), Refusal> {
        if self.key.is_null() {
            return Ok(());
        }
        // SAFETY: the key is open; a value of our type is a `Value` made by datatype.rs.
        unsafe {
            let kind = api!(RedisModule_ModuleTypeGetType(self.key)).unwrap_or(ptr::null_mut());
            if !kind.is_null() && kind == io::link_type() {
                let value = api!(RedisModule_ModuleTypeGetValue(self.key));
                self.value = value.unwrap_or(ptr::null_mut()).cast();
                return Ok(());
            }
            let content = api!(RedisModule_KeyType(self.key)).unwrap_or(0);
            if content == EMPTY {
                Ok(())
            } else {
                Err(Refusal::WrongType)
            }
        }
    }

    #[inline]
    fn value(&self) -> Option<&Value> {
        // SAFETY: null or a live value of our type, which nothing else reaches while the key is open here.
        unsafe { self.value.as_ref() }
    }

    #[inline]
    fn value_mut(&mut self) -> Option<&mut Value> {
        if !self.may_change {
            return None;
        }
        self.changed = true;
        // SAFETY: as in `value`; the borrow of `self` is exclusive.
        unsafe { self.value.as_mut() }
    }

    fn set(&mut self, value: Box<Value>) -> bool {
        if !self.may_change {
            return false;
        }
        let raw = Box::into_raw(value);
        // SAFETY: the key is open for writing; the server owns the value from here on if it answers OK.
        let answer = unsafe {
            api!(RedisModule_ModuleTypeSetValue(
                self.key,
                io::link_type(),
                raw.cast()
            ))
        };
        if answer == Some(OK) {
            self.value = raw;
            self.changed = true;
            return true;
        }
        // SAFETY: the server did not take the value, so it is still ours alone.
        drop(unsafe { Box::from_raw(raw) });
        false
    }

    fn delete(&mut self) {
        if self.may_change {
            self.value = ptr::null_mut();
            self.changed = true;
            // SAFETY: the key is open for writing; the value's pointer is forgotten.
            unsafe { api!(RedisModule_DeleteKey(self.key)) };
        }
    }
}

impl Drop for OpenKey {
    fn drop(&mut self) {
        if self.changed
            && let Some(value) = self.value_mut()
        {
            value.count();
        }
        if !self.key.is_null() {
            // SAFETY: the key was opened by us and is closed once.
            unsafe { api!(RedisModule_CloseKey(self.key)) };
        }
    }
}
