//! Timers of the server.

use std::ffi::c_void;
use std::ptr;

use redis_module::raw::RedisModuleCtx;

use super::Ctx;
use super::panic::catch_panic;

/// The work of a timer.
pub(crate) trait Tick {
    /// Does the work. Returns the time until the next call, in milliseconds.
    fn tick(ctx: Ctx<'_>) -> u64;
}

/// Milliseconds until the next call after a panic.
const AFTER_PANIC_MS: u64 = 10_000;

/// Starts a timer that restarts itself.
pub(crate) fn start<T: Tick>(ctx: Ctx<'_>, after_ms: u64) {
    let after = i64::try_from(after_ms).unwrap_or(i64::MAX);
    // SAFETY: the context is valid. The callback needs no data.
    unsafe {
        api!(RedisModule_CreateTimer(
            ctx.as_raw(),
            after,
            Some(on_timer::<T>),
            ptr::null_mut()
        ));
    }
}

/// # Safety
/// Only the server may call this function.
unsafe extern "C" fn on_timer<T: Tick>(ctx: *mut RedisModuleCtx, _data: *mut c_void) {
    // SAFETY: the context is valid during the call.
    let ctx = unsafe { Ctx::new(ctx) };
    let again = catch_panic(|| T::tick(ctx));
    start::<T>(ctx, again.unwrap_or(AFTER_PANIC_MS));
}
