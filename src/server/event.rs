//! Events of the server.

use std::ffi::c_void;

use redis_module::raw::{self, RedisModuleCtx, RedisModuleEvent};

use super::Ctx;
use super::panic::catch_panic;

/// What is done at an event.
pub(crate) trait Listener {
    /// Does it.
    fn called(ctx: Ctx<'_>);
}

/// Has the listener called at every loop of the server's cron, and when the server begins or ends
/// reading an RDB or AOF file. It is not taken out again.
pub(crate) fn listen<L: Listener>(ctx: Ctx<'_>) {
    for id in [
        raw::REDISMODULE_EVENT_CRON_LOOP,
        raw::REDISMODULE_EVENT_LOADING,
    ] {
        let event = RedisModuleEvent { id, dataver: 1 };
        // SAFETY: valid context; the callback takes what the server gives it and looks at none of the
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
/// For the server alone.
unsafe extern "C" fn on_event<L: Listener>(
    ctx: *mut RedisModuleCtx,
    _event: RedisModuleEvent,
    _subevent: u64,
    _data: *mut c_void,
) {
    // SAFETY: the context is valid during the call.
    let ctx = unsafe { Ctx::new(ctx) };
    catch_panic(|| L::called(ctx));
}
