//! The keys that hold shards.

use std::ffi::c_int;
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

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

/// The key holds something else than a shard.
pub(crate) struct Foreign;

/// A shard's key, open until it is dropped. At most one may be open per slot at a time (`store.rs` sees to that): it gives out its value by `&mut`.
pub(crate) struct ShardKey<'ctx> {
    /// Null: opened to read, and there is none.
    key: *mut RedisModuleKey,
    /// Null: the key does not exist.
    value: *mut Value,
    access: Access,
    ctx: PhantomData<Ctx<'ctx>>,
}

impl<'ctx> ShardKey<'ctx> {
    /// Opens the key of a slot in the selected database.
    #[inline]
    pub(crate) fn open(ctx: Ctx<'ctx>, slot: Slot, access: Access) -> Result<Self, Foreign> {
        // SAFETY: the name is valid for ever.
        unsafe { Self::open_raw(ctx, Name::of(slot).as_raw(), access) }
    }

    /// Opens the key that an argument names, whatever it is called: for what a file says.
    pub(crate) fn open_argument(
        ctx: Ctx<'ctx>,
        args: Args<'_>,
        index: usize,
        access: Access,
    ) -> Result<Self, Foreign> {
        let name = args.raw(index).ok_or(Foreign)?;
        // SAFETY: the argument is valid during the command, and the server keeps a count of its own.
        unsafe { Self::open_raw(ctx, name, access) }
    }

    /// # Safety
    /// `name` must be valid.
    #[inline]
    unsafe fn open_raw(
        ctx: Ctx<'ctx>,
        name: *mut RedisModuleString,
        access: Access,
    ) -> Result<Self, Foreign> {
        // SAFETY: context and name are valid; the key is closed in `drop`, before the context ends.
        let key = unsafe { api!(RedisModule_OpenKey(ctx.as_raw(), name, access.mode())) };
        let mut open = Self {
            key: key.unwrap_or(ptr::null_mut()).cast(),
            value: ptr::null_mut(),
            access,
            ctx: PhantomData,
        };
        open.find_value()?;
        Ok(open)
    }

    fn find_value(&mut self) -> Result<(), Foreign> {
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
                Err(Foreign)
            }
        }
    }

    /// What the key holds.
    #[inline]
    pub(crate) fn value(&self) -> Option<&Value> {
        // SAFETY: null or a live value of our type, which nobody else reaches while the key is open here.
        unsafe { self.value.as_ref() }
    }

    /// What the key holds, to be changed; `None` also if it was opened to read.
    #[inline]
    pub(crate) fn value_mut(&mut self) -> Option<&mut Value> {
        if !self.access.may_change() {
            return None;
        }
        // SAFETY: as in `value`; the borrow of `self` is exclusive.
        unsafe { self.value.as_mut() }
    }

    /// Makes the key hold this value, in the place of whatever it held. False if the server refuses.
    pub(crate) fn put(&mut self, value: Box<Value>) -> bool {
        if !self.access.may_change() {
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
            return true;
        }
        // SAFETY: the server did not take the value, so it is still ours alone.
        drop(unsafe { Box::from_raw(raw) });
        false
    }

    /// Deletes the key and its value.
    pub(crate) fn delete(&mut self) {
        if self.access.may_change() {
            self.value = ptr::null_mut();
            // SAFETY: the key is open for writing; the value's pointer is forgotten.
            unsafe { api!(RedisModule_DeleteKey(self.key)) };
        }
    }
}

impl Drop for ShardKey<'_> {
    fn drop(&mut self) {
        if !self.key.is_null() {
            // SAFETY: the key was opened by us and is closed once.
            unsafe { api!(RedisModule_CloseKey(self.key)) };
        }
    }
}
