//! The module's part of INFO.

use std::ffi::{CStr, c_int};
use std::ptr;

use redis_module::raw::RedisModuleInfoCtx;

use super::Ctx;
use super::panic::catch_panic;

/// The section that the module adds to INFO.
pub(crate) trait InfoSection {
    /// Writes the section. It may be called for a crash report, so it takes no lock and allocates
    /// no memory.
    fn report(fields: &Fields);
}

/// Registers the section.
pub(crate) fn register<S: InfoSection>(ctx: Ctx<'_>) {
    // SAFETY: the context is valid.
    unsafe {
        api!(RedisModule_RegisterInfoFunc(
            ctx.as_raw(),
            Some(on_info::<S>)
        ))
    };
}

/// # Safety
/// Only the server may call this function.
unsafe extern "C" fn on_info<S: InfoSection>(
    ctx: *mut RedisModuleInfoCtx,
    _for_crash_report: c_int,
) {
    // SAFETY: the context is valid during the call.
    let fields = unsafe { Fields::new(ctx) };
    catch_panic(|| S::report(&fields));
}

/// The fields of INFO. The server prefixes each name with `shorten_`.
pub(crate) struct Fields {
    raw: *mut RedisModuleInfoCtx,
}

impl Fields {
    /// # Safety
    /// `raw` must be the context of the INFO callback, and the value must not outlive that call.
    unsafe fn new(raw: *mut RedisModuleInfoCtx) -> Self {
        Self { raw }
    }

    /// Begins the module's section, `shorten`. Returns `false` if the client did not request it.
    pub(crate) fn section(&self) -> bool {
        // SAFETY: valid context; a null name stands for the module's own.
        let asked = unsafe { api!(RedisModule_InfoAddSection(self.raw, ptr::null())) };
        asked == Some(super::ctx::OK)
    }

    /// Adds one field.
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
