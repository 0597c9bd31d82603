//! redis-shorten: URL shortening as native Redis commands.
//!
//! This crate connects the engine to the server. The engine, crate `shorten_engine`, implements the
//! link logic and does not know Redis. Calls go down the layers only:
//!
//! | layer | what it is |
//! |---|---|
//! | `commands` | one file per command: arguments, the call of the engine, the reply |
//! | `runtime` | the state of the process: settings, open shards, totals, timers, threads |
//! | `server` | the boundary to the server: all `unsafe` code; does not know links |

#![deny(unsafe_code)]

mod commands;
mod runtime;
#[expect(unsafe_code, reason = "the server is called through pointers")]
mod server;

use std::ffi::c_int;

use redis_module::raw::{RedisModuleCtx, RedisModuleString};

use runtime::info_section::ShortenSection;
use runtime::shard_value::ShardValue;
use runtime::{cluster, config, start};
use server::ctx::{ERR, OK};
use server::log::Level;
use server::{Args, Ctx, data_type, info, module, panic};

/// The module's version in the server's notation: 10000 * major + 100 * minor + patch.
const VERSION: c_int = {
    let major = number(env!("CARGO_PKG_VERSION_MAJOR"));
    let minor = number(env!("CARGO_PKG_VERSION_MINOR"));
    let patch = number(env!("CARGO_PKG_VERSION_PATCH"));
    assert!(minor < 100 && patch < 100);
    10_000 * major + 100 * minor + patch
};

/// Returns a part of the package's version. Anything but an integer does not compile.
const fn number(text: &str) -> c_int {
    let number = c_int::from_str_radix(text, 10);
    assert!(number.is_ok(), "a part of the version is not an integer");
    match number {
        Ok(number) => number,
        Err(_) => 0,
    }
}

/// Called by the server when it loads the module.
///
/// # Safety
/// Only the server may call this function.
#[expect(unsafe_code, reason = "the entry point of the module")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RedisModule_OnLoad(
    ctx: *mut RedisModuleCtx,
    argv: *mut *mut RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: the server passes what `init` asks for; nothing returned outlives this call.
    let Some((ctx, args)) = (unsafe { module::init(ctx, argv, argc, c"shorten", VERSION) }) else {
        return ERR;
    };
    panic::log_panics();
    match panic::catch_panic(|| load(ctx, args)) {
        Some(Ok(())) => OK,
        Some(Err(reason)) => {
            ctx.log(Level::Warning, &format!("not loaded: {reason}"));
            ERR
        }
        None => ERR,
    }
}

fn load(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), String> {
    let missing = module::missing_apis();
    if !missing.is_empty() {
        return Err(format!(
            "Redis 6.2 or later is required: the server lacks {}",
            missing.join(", ")
        ));
    }
    start::loading();
    config::load(ctx, args)?;
    if !data_type::register::<ShardValue>(ctx) {
        return Err("the server rejected the data type linkshard".into());
    }
    module::set_options(ctx);
    commands::register(ctx)?;
    cluster::prepare(ctx, commands::with_bare_form());
    info::register::<ShortenSection>(ctx);
    shorten_engine::prepare();
    start::loaded(ctx);
    Ok(())
}
