//! The command filter: a look at every command before the server looks it up, queues it, checks its rights or routes it.

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use redis_module::raw::{self, RedisModuleCommandFilter, RedisModuleCommandFilterCtx};

use super::Ctx;
use super::panic::catch_panic;
use super::string::{self, RedisString};

static REGISTERED: AtomicPtr<RedisModuleCommandFilter> = AtomicPtr::new(ptr::null_mut());

/// A command on its way in: its name and its arguments.
pub(crate) struct Incoming {
    raw: *mut RedisModuleCommandFilterCtx,
}

impl Incoming {
    /// An argument; the command's name has index 0.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        let index = i32::try_from(index).ok()?;
        // SAFETY: valid during the callback; the server answers null beyond the last argument, and the argument lives until it is replaced,
        // which takes `&mut self`.
        unsafe {
            let argument = api!(RedisModule_CommandFilterArgGet(self.raw, index))?;
            (!argument.is_null()).then(|| string::bytes(argument))
        }
    }

    /// Puts an argument before the one with this index.
    pub(crate) fn insert(&mut self, index: usize, argument: &[u8]) {
        let Ok(index) = i32::try_from(index) else {
            return;
        };
        // Made without a context: the server keeps it longer than this call, and frees it.
        let argument = RedisString::new(argument).into_raw();
        // SAFETY: valid during the callback; the server takes the string over.
        unsafe {
            api!(RedisModule_CommandFilterArgInsert(
                self.raw, index, argument
            ))
        };
    }
}

/// A look at every command of a client or a script.
pub(crate) trait CommandFilter {
    /// Looks at a command, and may add arguments to it.
    fn filter(command: &mut Incoming);
}

/// Registers the filter. Does nothing if one is registered.
pub(crate) fn register<F: CommandFilter>(ctx: Ctx<'_>) {
    if !REGISTERED.load(Ordering::Relaxed).is_null() {
        return;
    }
    let flags = raw::REDISMODULE_CMDFILTER_NOSELF.cast_signed();
    // SAFETY: valid context; the callback takes what the server gives it.
    let filter = unsafe {
        api!(RedisModule_RegisterCommandFilter(
            ctx.as_raw(),
            Some(on_command::<F>),
            flags
        ))
    };
    REGISTERED.store(filter.unwrap_or(ptr::null_mut()), Ordering::Relaxed);
}

/// Undoes [`register`].
pub(crate) fn unregister(ctx: Ctx<'_>) {
    let filter = REGISTERED.swap(ptr::null_mut(), Ordering::Relaxed);
    if !filter.is_null() {
        // SAFETY: the server gave us this filter, and it is taken out once.
        unsafe { api!(RedisModule_UnregisterCommandFilter(ctx.as_raw(), filter)) };
    }
}

/// # Safety
/// For the server alone.
unsafe extern "C" fn on_command<F: CommandFilter>(raw: *mut RedisModuleCommandFilterCtx) {
    let mut incoming = Incoming { raw };
    catch_panic(|| F::filter(&mut incoming));
}
