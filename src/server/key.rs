//! One open key.

use std::ffi::c_int;
use std::ptr;

use redis_module::raw::{self, RedisModuleKey, RedisModuleString};

use super::Ctx;
use super::ctx::OK;
use super::data_type::{self, DataType};
use super::headers::{Header, Pooled};

/// How a key is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// To read, as for a client: hits, misses and the time of the last use are recorded.
    Read,
    /// To read without recording anything, for scans over all shards: thousands of misses would
    /// distort the statistics.
    Scan,
    /// To change.
    Write,
    /// To change from a timer. The time of the last use is not updated.
    Background,
}

impl Access {
    fn mode(self) -> c_int {
        let mode = match self {
            Self::Read => raw::REDISMODULE_READ,
            Self::Scan if can_read_quietly() => raw::REDISMODULE_READ | QUIET | NO_TOUCH,
            // Older servers count neither hits nor misses of a key that is opened to write, and
            // send no event.
            Self::Scan | Self::Background => READ_WRITE | NO_TOUCH,
            Self::Write => READ_WRITE,
        };
        mode.cast_signed()
    }

    pub(super) fn may_change(self) -> bool {
        matches!(self, Self::Write | Self::Background)
    }
}

const READ_WRITE: u32 = raw::REDISMODULE_READ | raw::REDISMODULE_WRITE;
const NO_TOUCH: u32 = raw::REDISMODULE_OPEN_KEY_NOTOUCH;
const QUIET: u32 = raw::REDISMODULE_OPEN_KEY_NONOTIFY | raw::REDISMODULE_OPEN_KEY_NOSTATS;

/// Returns whether the server can open a key to read without counting a hit or a miss (from 7.2
/// on).
fn can_read_quietly() -> bool {
    // SAFETY: takes no argument.
    let known = unsafe { api!(RedisModule_GetOpenKeyModesAll()) };
    known.is_some_and(|known| known.cast_unsigned() & QUIET == QUIET)
}

/// `REDISMODULE_KEYTYPE_EMPTY`: the type of a key that does not exist.
const EMPTY: c_int = 0;

/// Why a key was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The key holds a value of another type.
    WrongType,
    /// Keys are open already. Only a defect of the module causes this.
    Busy,
}

/// The server's handle of one key, and the value of the key. Dropping it closes the key.
pub(super) struct OpenKey<T: DataType> {
    /// Null if the key was opened to read and does not exist.
    pub(super) key: *mut RedisModuleKey,
    /// Null if the key does not exist.
    pub(super) value: *mut Header<T>,
    may_change: bool,
    /// Whether the value was borrowed for changes, set or deleted.
    pub(super) changed: bool,
}

impl<T: DataType> OpenKey<T> {
    /// # Safety
    /// `name` must be valid, no other handle of the key may exist, and this one must be dropped
    /// before the context ends and before a server command is run.
    #[inline]
    pub(super) unsafe fn open(
        ctx: Ctx<'_>,
        name: *mut RedisModuleString,
        access: Access,
    ) -> Result<Self, Refusal> {
        // SAFETY: context and name are valid by the contract of this function.
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
        // SAFETY: the key is open. A value of the type is in a header of its pool.
        unsafe {
            let kind = api!(RedisModule_ModuleTypeGetType(self.key)).unwrap_or(ptr::null_mut());
            if !kind.is_null() && kind == T::registry().as_raw() {
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
    pub(super) fn value(&self) -> Option<&T> {
        // SAFETY: a live value of the type, to which nothing else refers while the key is open
        // here.
        (!self.value.is_null()).then(|| unsafe { Header::value(self.value) })
    }

    #[inline]
    pub(super) fn value_mut(&mut self) -> Option<&mut T> {
        if !self.may_change {
            return None;
        }
        self.changed = true;
        // SAFETY: as in `value`; the borrow of `self` is exclusive.
        (!self.value.is_null()).then(|| unsafe { Header::value_mut(self.value) })
    }

    pub(super) fn set(&mut self, value: Pooled<T>) -> bool {
        if !self.may_change {
            return false;
        }
        let raw = value.into_raw();
        // SAFETY: the key is open for writing. The server owns the value from here on if it returns
        // OK.
        let result = unsafe {
            api!(RedisModule_ModuleTypeSetValue(
                self.key,
                T::registry().as_raw(),
                raw
            ))
        };
        if result == Some(OK) {
            self.value = raw.cast();
            self.changed = true;
            return true;
        }
        // SAFETY: the server did not take the value, so it has no other owner.
        drop(unsafe { data_type::take_over::<T>(raw) });
        false
    }

    pub(super) fn delete(&mut self) {
        if self.may_change {
            self.value = ptr::null_mut();
            self.changed = true;
            // SAFETY: the key is open for writing. The value's pointer is cleared.
            unsafe { api!(RedisModule_DeleteKey(self.key)) };
        }
    }
}

impl<T: DataType> Drop for OpenKey<T> {
    fn drop(&mut self) {
        if self.changed
            && let Some(value) = self.value_mut()
        {
            value.changed();
        }
        if !self.key.is_null() {
            // SAFETY: the key was opened here and is closed once.
            unsafe { api!(RedisModule_CloseKey(self.key)) };
        }
    }
}
