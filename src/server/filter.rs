//! The command filter. It sees every command before the server looks it up, queues it, checks
//! permissions or routes it.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use redis_module::raw::{self, RedisModuleCommandFilter, RedisModuleCommandFilterCtx};

use super::Ctx;
use super::panic::catch_panic;
use super::string::{self, RedisString};

static REGISTERED: AtomicPtr<RedisModuleCommandFilter> = AtomicPtr::new(ptr::null_mut());

/// An incoming command: its name and its arguments.
pub(crate) struct Incoming {
    raw: *mut RedisModuleCommandFilterCtx,
}

impl Incoming {
    /// Returns an argument. The command's name has index 0.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        let index = i32::try_from(index).ok()?;
        // SAFETY: valid during the callback. The server returns null beyond the last argument. The
        // argument lives until it is replaced, which requires `&mut self`.
        unsafe {
            let argument = api!(RedisModule_CommandFilterArgGet(self.raw, index))?;
            (!argument.is_null()).then(|| string::bytes(argument))
        }
    }

    /// Inserts an argument before the one with this index.
    pub(crate) fn insert(&mut self, index: usize, argument: &[u8]) {
        let Ok(index) = i32::try_from(index) else {
            return;
        };
        // Created without a context, because the server keeps it longer than this call, and frees
        // it.
        let argument = RedisString::new(argument).into_raw();
        // SAFETY: valid during the callback. The server takes ownership of the string.
        unsafe {
            api!(RedisModule_CommandFilterArgInsert(
                self.raw, index, argument
            ))
        };
    }
}

/// A filter of the commands of all clients and scripts.
pub(crate) trait CommandFilter {
    /// Reads a command, and may insert arguments.
    fn filter(command: &mut Incoming);
}

/// Registers the filter. Does nothing if one is registered.
pub(crate) fn register<F: CommandFilter>(ctx: Ctx<'_>) {
    if !REGISTERED.load(Ordering::Relaxed).is_null() {
        return;
    }
    let flags = raw::REDISMODULE_CMDFILTER_NOSELF.cast_signed();
    // SAFETY: valid context. The callback has the expected signature.
    let filter = unsafe {
        api!(RedisModule_RegisterCommandFilter(
            ctx.as_raw(),
            Some(on_command::<F>),
            flags
        ))
    };
    REGISTERED.store(filter.unwrap_or(ptr::null_mut()), Ordering::Relaxed);
}

/// Unregisters the filter, if one is registered.
pub(crate) fn unregister(ctx: Ctx<'_>) {
    let filter = REGISTERED.swap(ptr::null_mut(), Ordering::Relaxed);
    if !filter.is_null() {
        // SAFETY: the filter is one that the server returned, and is unregistered once.
        unsafe { api!(RedisModule_UnregisterCommandFilter(ctx.as_raw(), filter)) };
    }
}

/// # Safety
/// Only the server may call this function.
unsafe extern "C" fn on_command<F: CommandFilter>(raw: *mut RedisModuleCommandFilterCtx) {
    let mut incoming = Incoming { raw };
    catch_panic(|| F::filter(&mut incoming));
}
