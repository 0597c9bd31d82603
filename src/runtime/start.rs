//! What begins when the load of the module is final.
//!
//! The server can still refuse the module after `OnLoad` has returned: only then MODULE LOADEX looks
//! for settings that no module took. Nothing that has to be taken back may have begun by then: Redis 8
//! cannot unload a module that holds a timer, and crashes over it, and a thread would run on in a
//! library that is unmapped. A module gets no event about its own load, but any call into it after
//! `OnLoad` means that it stays: the server's cron, the reading of an RDB or AOF file, a CONFIG SET.

use std::sync::atomic::{AtomicU8, Ordering};

use super::shard_value::ShardValue;
use super::{background, cluster, geoip};
use crate::server::Ctx;
use crate::server::event::{self, Listener};
use crate::server::value_cache;

/// `OnLoad` runs.
const LOADING: u8 = 0;
/// `OnLoad` has returned; the server may still refuse the module.
const LOADED: u8 = 1;
/// The module stays.
const FINAL: u8 = 2;

static PHASE: AtomicU8 = AtomicU8::new(LOADING);

/// Notes that `OnLoad` runs. A refused load may have left the library, and its statics, in memory.
pub(crate) fn loading() {
    PHASE.store(LOADING, Ordering::Relaxed);
}

/// Notes that `OnLoad` is about to succeed. Nothing that can fail may follow: Redis 7.0 does not take
/// the event listener back when `OnLoad` fails.
pub(crate) fn loaded(ctx: Ctx<'_>) {
    event::listen::<Final>(ctx);
    PHASE.store(LOADED, Ordering::Relaxed);
}

/// Begins, with the settings as they were, what a change of settings may find not begun yet.
pub(crate) fn before_a_change(ctx: Ctx<'_>) {
    if PHASE.load(Ordering::Relaxed) != LOADING {
        begin(ctx);
    }
}

/// Has what depends on settings follow those just published.
///
/// # Errors
/// Why one of them cannot take effect.
pub(crate) fn follow_settings(ctx: Ctx<'_>) -> Result<(), String> {
    if PHASE.load(Ordering::Relaxed) == LOADING {
        return Ok(());
    }
    cluster::follow_settings(ctx);
    geoip::follow_settings()
}

struct Final;

impl Listener for Final {
    fn called(ctx: Ctx<'_>) {
        begin(ctx);
    }
}

fn begin(ctx: Ctx<'_>) {
    if PHASE.swap(FINAL, Ordering::Relaxed) == FINAL {
        return;
    }
    cluster::follow_settings(ctx);
    value_cache::start::<ShardValue>(ctx, cluster::is_enabled());
    background::start(ctx);
    geoip::start();
}
