//! Signals of changed keys, for clients that WATCH or cache them.

use redis_module::raw::{self, RedisModuleString};

use super::Ctx;
use super::data_type::DataType;
use super::key::OpenKey;
use super::module;
use super::string::Text;

impl Ctx<'_> {
    /// Tells those who WATCH or cache a key that it changed. Counts neither a hit nor a miss of it.
    pub(crate) fn signal_modified(self, key: Text<'_>) {
        if module::signaling_reads() {
            // SAFETY: the string is valid.
            module::while_closing_signals(self, || unsafe { touch(self, key.as_raw()) });
        } else {
            // SAFETY: context and string are valid.
            unsafe { api!(RedisModule_SignalModifiedKey(self.as_raw(), key.as_raw())) };
        }
    }
}

/// Closes a key that was opened to write. Tells those who WATCH or cache it that it changed.
pub(super) fn close_modified<T: DataType>(ctx: Ctx<'_>, key: OpenKey<T>, name: Text<'_>) {
    if module::signaling_reads() {
        module::while_closing_signals(ctx, || drop(key));
    } else {
        drop(key);
        ctx.signal_modified(name);
    }
}

const READ_WRITE: u32 = raw::REDISMODULE_READ | raw::REDISMODULE_WRITE;

/// Opens a key to write and closes it, which counts no use of it and leaves what it holds alone.
///
/// # Safety
/// `name` must be valid.
unsafe fn touch(ctx: Ctx<'_>, name: *mut RedisModuleString) {
    let mode = READ_WRITE | raw::REDISMODULE_OPEN_KEY_NOEFFECTS;
    // SAFETY: context and name are valid; the key is closed at once.
    unsafe {
        if let Some(key) = api!(RedisModule_OpenKey(ctx.as_raw(), name, mode.cast_signed())) {
            api!(RedisModule_CloseKey(key.cast()));
        }
    }
}
