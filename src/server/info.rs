//! The module's part of INFO.

use std::ffi::{CStr, c_int};
use std::ptr;

use redis_module::raw::RedisModuleInfoCtx;

use super::Ctx;
use super::panic::catch_panic;

/// The section that the module adds to INFO.
pub(crate) trait InfoSection {
    /// Writes the section. It may be called from a crash report, so it takes no lock and allocates nothing.
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
/// For the server alone.
unsafe extern "C" fn on_info<S: InfoSection>(
    ctx: *mut RedisModuleInfoCtx,
    _for_crash_report: c_int,
) {
    // SAFETY: the context is valid during the call.
    let fields = unsafe { Fields::new(ctx) };
    catch_panic(|| S::report(&fields));
}

/// INFO under construction. The server puts `shorten_` before each field.
pub(crate) struct Fields {
    raw: *mut RedisModuleInfoCtx,
}

impl Fields {
    /// # Safety
    /// `raw` must be what the server gave the INFO callback, and the value must not outlive that call.
    unsafe fn new(raw: *mut RedisModuleInfoCtx) -> Self {
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
