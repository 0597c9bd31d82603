//! Events of the server.

use std::ffi::c_void;

use redis_module::raw::{self, RedisModuleCtx, RedisModuleEvent};

use super::Ctx;
use super::panic::catch_panic;

/// A listener to events of the server.
pub(crate) trait Listener {
    /// Handles an event.
    fn on_event(ctx: Ctx<'_>);
}

/// Calls the listener at every loop of the server's cron, and when the server begins or ends the
/// loading of an RDB or AOF file. The listener is never removed.
pub(crate) fn listen<L: Listener>(ctx: Ctx<'_>) {
    for id in [
        raw::REDISMODULE_EVENT_CRON_LOOP,
        raw::REDISMODULE_EVENT_LOADING,
    ] {
        let event = RedisModuleEvent { id, dataver: 1 };
        // SAFETY: valid context. The callback has the expected signature and does not read the
        // event's data.
        unsafe {
            api!(RedisModule_SubscribeToServerEvent(
                ctx.as_raw(),
                event,
                Some(on_event::<L>)
            ))
        };
    }
}

/// # Safety
/// Only the server may call this function.
unsafe extern "C" fn on_event<L: Listener>(
    ctx: *mut RedisModuleCtx,
    _event: RedisModuleEvent,
    _subevent: u64,
    _data: *mut c_void,
) {
    // SAFETY: the context is valid during the call.
    let ctx = unsafe { Ctx::new(ctx) };
    catch_panic(|| L::on_event(ctx));
}
