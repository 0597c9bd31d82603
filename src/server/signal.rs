//! Signals of modified keys, for clients that WATCH or track them.

use redis_module::raw::{self, RedisModuleString};

use super::Ctx;
use super::data_type::DataType;
use super::key::OpenKey;
use super::module;
use super::string::Text;

impl Ctx<'_> {
    /// Signals clients that WATCH or track a key that it was modified. Counts neither a hit nor a
    /// miss.
    pub(crate) fn signal_modified(self, key: Text<'_>) {
        if module::signal_counts_reads() {
            // SAFETY: the string is valid.
            module::with_signal_on_close(self, || unsafe { touch(self, key.as_raw()) });
        } else {
            // SAFETY: context and string are valid.
            unsafe { api!(RedisModule_SignalModifiedKey(self.as_raw(), key.as_raw())) };
        }
    }
}

/// Closes a key that was opened to write, and signals that it was modified.
pub(super) fn close_modified<T: DataType>(ctx: Ctx<'_>, key: OpenKey<T>, name: Text<'_>) {
    if module::signal_counts_reads() {
        module::with_signal_on_close(ctx, || drop(key));
    } else {
        drop(key);
        ctx.signal_modified(name);
    }
}

const READ_WRITE: u32 = raw::REDISMODULE_READ | raw::REDISMODULE_WRITE;

/// Opens a key to write and closes it. This does not count as a use of the key or change its value.
///
/// # Safety
/// `name` must be valid.
unsafe fn touch(ctx: Ctx<'_>, name: *mut RedisModuleString) {
    let mode = READ_WRITE | raw::REDISMODULE_OPEN_KEY_NOEFFECTS;
    // SAFETY: context and name are valid. The key is closed immediately.
    unsafe {
        if let Some(key) = api!(RedisModule_OpenKey(ctx.as_raw(), name, mode.cast_signed())) {
            api!(RedisModule_CloseKey(key.cast()));
        }
    }
}
