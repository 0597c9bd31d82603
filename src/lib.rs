//! redis-shorten: URL shortening as native Redis commands.
//!
//! This crate is the glue: it reads arguments, opens keys, calls the engine (crate `shorten_engine`, which does the thinking), replicates
//! effects and answers. Commands are in `commands`, one file each; all that is unsafe is in `server`, `alloc` and `datatype`.

mod alloc;
mod args;
mod background;
mod cluster;
mod commands;
mod datatype;
mod filling;
mod geo;
mod info;
mod server;
mod settings;
mod start;
mod store;
mod totals;
mod visit_log;
mod visitors;

use std::ffi::c_int;

use redis_module::raw::{RedisModuleCtx, RedisModuleString};

use server::ctx::{ERR, OK};
use server::log::Level;
use server::{Args, Ctx, entry, module};

/// The module's version as the server shows it: 10000 * major + 100 * minor + patch.
const VERSION: c_int = {
    let major = number(env!("CARGO_PKG_VERSION_MAJOR"));
    let minor = number(env!("CARGO_PKG_VERSION_MINOR"));
    let patch = number(env!("CARGO_PKG_VERSION_PATCH"));
    assert!(minor < 100 && patch < 100);
    10_000 * major + 100 * minor + patch
};

/// A part of the package's version; what is no number does not compile.
const fn number(text: &str) -> c_int {
    let number = c_int::from_str_radix(text, 10);
    assert!(number.is_ok(), "a part of the version is no number");
    match number {
        Ok(number) => number,
        Err(_) => 0,
    }
}

/// Called by the server when it loads the module.
///
/// # Safety
/// For the server alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RedisModule_OnLoad(
    ctx: *mut RedisModuleCtx,
    argv: *mut *mut RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: the server gives what `introduce` asks for; nothing returned outlives this call.
    let Some((ctx, args)) = (unsafe { module::introduce(ctx, argv, argc, c"shorten", VERSION) })
    else {
        return ERR;
    };
    entry::log_panics();
    match entry::guard(|| load(ctx, args)) {
        Some(Ok(())) => OK,
        Some(Err(reason)) => {
            ctx.log(Level::Warning, &format!("not loaded: {reason}"));
            ERR
        }
        None => ERR,
    }
}

fn load(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), String> {
    let missing = module::missing();
    if !missing.is_empty() {
        return Err(format!(
            "the server lacks {}; Redis 6.2 or later is required",
            missing.join(", ")
        ));
    }
    start::loading();
    settings::load(ctx, args)?;
    if !datatype::register(ctx) {
        return Err("the server rejected the data type linkshard".into());
    }
    module::set_options(ctx);
    commands::register(ctx)?;
    cluster::prepare(ctx);
    info::register(ctx);
    shorten_engine::prepare();
    start::loaded(ctx);
    Ok(())
}
