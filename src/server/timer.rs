//! Timers of the server.

use std::ffi::c_void;
use std::ptr;

use redis_module::raw::RedisModuleCtx;

use super::Ctx;
use super::panic::catch_panic;

/// What a timer does.
pub(crate) trait Tick {
    /// Does the work. Returns in how many milliseconds it is to be called again.
    fn tick(ctx: Ctx<'_>) -> u64;
}

/// What a timer that panicked is restarted after.
const AFTER_PANIC_MS: u64 = 10_000;

/// Starts a timer that keeps itself going.
pub(crate) fn start<T: Tick>(ctx: Ctx<'_>, after_ms: u64) {
    let after = i64::try_from(after_ms).unwrap_or(i64::MAX);
    // SAFETY: the context is valid; the callback needs no data.
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
/// For the server alone.
unsafe extern "C" fn on_timer<T: Tick>(ctx: *mut RedisModuleCtx, _data: *mut c_void) {
    // SAFETY: the context is valid during the call.
    let ctx = unsafe { Ctx::new(ctx) };
    let again = catch_panic(|| T::tick(ctx));
    start::<T>(ctx, again.unwrap_or(AFTER_PANIC_MS));
}
