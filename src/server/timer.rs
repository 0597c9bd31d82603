//! Where the server enters the module. Every entry goes through [`guard`]: no panic crosses into the server.

use std::any::Any;
use std::ffi::{c_int, c_void};
use std::panic::{self, AssertUnwindSafe};
use std::ptr;

use redis_module::raw::{RedisModuleCtx, RedisModuleInfoCtx, RedisModuleString};

use super::command::{self, Command};
use super::ctx::OK;
use super::info::Fields;
use super::log::{self, Level};
use super::{Args, Ctx};

/// Runs `body`; a panic in it is logged with its place and message, and answered with `None`.
#[inline]
pub(crate) fn guard<R>(body: impl FnOnce() -> R) -> Option<R> {
    panic::catch_unwind(AssertUnwindSafe(body)).ok()
}

/// Has panics written to the server's log instead of the standard error stream.
pub(crate) fn log_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        let message = text_of(panic.payload());
        log::write(
            Level::Warning,
            &format!("internal error at {place}: {message}; please report it"),
        );
    }));
}

fn text_of(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The function the server calls for a command.
///
/// # Safety
/// For the server alone: `ctx` and the arguments must be those of a running command.
pub(super) unsafe extern "C" fn command<C: Command>(
    ctx: *mut RedisModuleCtx,
    argv: *mut *mut RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: both are used during this call only.
    let (ctx, args) = unsafe { (Ctx::new(ctx), Args::new(argv, argc)) };
    let outcome = guard(|| {
        if !C::INFO.arity_fits(args.len()) {
            ctx.reply_wrong_arity();
        } else if let Err(error) = command::run::<C>(ctx, args) {
            ctx.reply_error(&error);
        }
    });
    if outcome.is_none() {
        ctx.reply_error(&"ERR internal error");
    }
    OK
}

/// What a timer does: its work, and in how many milliseconds it wants to be called again.
pub(crate) trait Tick {
    /// Does the work.
    fn tick(ctx: Ctx<'_>) -> u64;
}

/// What a timer that panicked is restarted after.
const AFTER_A_PANIC_MS: u64 = 10_000;

/// Starts a timer that keeps itself going.
pub(crate) fn start_timer<T: Tick>(ctx: Ctx<'_>, after_ms: u64) {
    let after = i64::try_from(after_ms).unwrap_or(i64::MAX);
    // SAFETY: the context is valid; the callback needs no data.
    unsafe {
        api!(RedisModule_CreateTimer(
            ctx.as_raw(),
            after,
            Some(timer::<T>),
            ptr::null_mut()
        ));
    }
}

/// # Safety
/// For the server alone.
unsafe extern "C" fn timer<T: Tick>(ctx: *mut RedisModuleCtx, _data: *mut c_void) {
    // SAFETY: the context is valid during the call.
    let ctx = unsafe { Ctx::new(ctx) };
    let again = guard(|| T::tick(ctx));
    start_timer::<T>(ctx, again.unwrap_or(AFTER_A_PANIC_MS));
}

/// Registers what the module adds to INFO.
pub(crate) fn register_info(ctx: Ctx<'_>) {
    // SAFETY: the context is valid.
    unsafe { api!(RedisModule_RegisterInfoFunc(ctx.as_raw(), Some(info))) };
}

/// # Safety
/// For the server alone.
unsafe extern "C" fn info(ctx: *mut RedisModuleInfoCtx, for_crash_report: c_int) {
    // SAFETY: the context is valid during the call.
    let fields = unsafe { Fields::new(ctx) };
    guard(|| crate::info::report(&fields, for_crash_report != 0));
}
