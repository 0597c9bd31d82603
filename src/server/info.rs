//! The module's part of INFO.

use std::ffi::CStr;
use std::ptr;

use redis_module::raw::RedisModuleInfoCtx;

/// INFO under construction. The server puts `shorten_` before each field.
pub(crate) struct Fields {
    raw: *mut RedisModuleInfoCtx,
}

impl Fields {
    /// # Safety
    /// `raw` must be what the server gave the INFO callback, and the value must not outlive that call.
    pub(super) unsafe fn new(raw: *mut RedisModuleInfoCtx) -> Self {
        Self { raw }
    }

    /// Begins the module's own section, `shorten`. False if the client did not ask for it.
    pub(crate) fn section(&self) -> bool {
        // SAFETY: valid context; a null name stands for the module's own.
        let asked = unsafe { api!(RedisModule_InfoAddSection(self.raw, ptr::null())) };
        asked == Some(super::ctx::OK)
    }

    /// One field.
    pub(crate) fn number(&self, name: &CStr, value: u64) {
        // SAFETY: valid context and name.
        unsafe {
            api!(RedisModule_InfoAddFieldULongLong(
                self.raw,
                name.as_ptr(),
                value
            ))
        };
    }
}
