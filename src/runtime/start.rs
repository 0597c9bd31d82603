//! What starts when the load of the module is final.
//!
//! The server can still refuse the module after `OnLoad` has returned: MODULE LOADEX looks for
//! unknown settings only then. So nothing that has to be undone may have started by then. Redis 8
//! cannot unload a module that holds a timer, and crashes if it tries. A thread would run in a
//! library that is unmapped. A module gets no event about its own load. But any later call of the
//! module by the server means that the load is final: the server's cron, the loading of an RDB or
//! AOF file, a CONFIG SET.

use std::sync::atomic::{AtomicU8, Ordering};

use super::shard_value::ShardValue;
use super::{background, cluster, geoip};
use crate::server::Ctx;
use crate::server::event::{self, Listener};
use crate::server::value_cache;

/// `OnLoad` is running.
const LOADING: u8 = 0;
/// `OnLoad` has returned. The server may still refuse the module.
const LOADED: u8 = 1;
/// The load is final.
const FINAL: u8 = 2;

static PHASE: AtomicU8 = AtomicU8::new(LOADING);

/// Records that `OnLoad` is running. After a refused load, the library and its statics can remain
/// in memory.
pub(crate) fn loading() {
    PHASE.store(LOADING, Ordering::Relaxed);
}

/// Records that `OnLoad` succeeds. Nothing that can fail may follow: Redis 7.0 does not remove the
/// event listener when `OnLoad` fails.
pub(crate) fn loaded(ctx: Ctx<'_>) {
    event::listen::<Final>(ctx);
    PHASE.store(LOADED, Ordering::Relaxed);
}

/// Starts what is not started yet, with the settings before a change.
pub(crate) fn before_change(ctx: Ctx<'_>) {
    if PHASE.load(Ordering::Relaxed) != LOADING {
        start_all(ctx);
    }
}

/// Updates what depends on settings after these were published.
///
/// # Errors
/// Why one of the settings cannot take effect.
pub(crate) fn follow_settings(ctx: Ctx<'_>) -> Result<(), String> {
    if PHASE.load(Ordering::Relaxed) == LOADING {
        return Ok(());
    }
    cluster::follow_settings(ctx);
    geoip::follow_settings()
}

struct Final;

impl Listener for Final {
    fn on_event(ctx: Ctx<'_>) {
        start_all(ctx);
    }
}

fn start_all(ctx: Ctx<'_>) {
    if PHASE.swap(FINAL, Ordering::Relaxed) == FINAL {
        return;
    }
    cluster::follow_settings(ctx);
    value_cache::start::<ShardValue>(ctx, cluster::is_enabled());
    background::start(ctx);
    geoip::start();
}
