//! The module's registration and options.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use redis_module::raw::{self, RedisModuleCtx, RedisModuleString};

use super::ctx::OK;
use super::{Args, Ctx};

/// Valkey 9 migrates slots only if every module supports it. On Redis this bit has another meaning.
const VALKEY_HANDLE_ATOMIC_SLOT_MIGRATION: u32 = 1 << 5;

/// With this option, Valkey 8.1 and later do not look up the name of each command that the module
/// replicates. The module replicates only its own commands, and commands that have just run.
const VALKEY_SKIP_COMMAND_VALIDATION: u32 = 1 << 4;

/// Registers the module and looks up the server's functions. Returns `None` if the server refuses,
/// for example because the module is loaded already.
///
/// # Safety
/// Only `RedisModule_OnLoad` may call it, with its arguments, which must outlive the values
/// returned.
pub(crate) unsafe fn init<'a>(
    ctx: *mut RedisModuleCtx,
    argv: *mut *mut RedisModuleString,
    argc: c_int,
    name: &CStr,
    version: c_int,
) -> Option<(Ctx<'a>, Args<'a>)> {
    // SAFETY: by the contract of this function.
    unsafe {
        let result = raw::Export_RedisModule_Init(
            ctx,
            name.as_ptr(),
            version,
            raw::REDISMODULE_APIVER_1 as c_int,
        );
        (result == OK).then(|| (Ctx::new(ctx), Args::new(argv, argc)))
    }
}

/// Returns the names of missing functions. Every server since 6.2 has all of them, and the module
/// cannot work without them.
pub(crate) fn missing_apis() -> Vec<&'static str> {
    macro_rules! check {
        ($($name:ident)*) => { [$((stringify!($name), has_api!($name))),*] };
    }
    check![
        RedisModule_Alloc RedisModule_Calloc RedisModule_Realloc RedisModule_Free
        RedisModule_CreateCommand RedisModule_CreateDataType RedisModule_CreateString
        RedisModule_FreeString RedisModule_StringPtrLen RedisModule_OpenKey RedisModule_CloseKey
        RedisModule_KeyType RedisModule_DeleteKey RedisModule_ModuleTypeGetType
        RedisModule_ModuleTypeGetValue RedisModule_ModuleTypeSetValue RedisModule_Replicate
        RedisModule_ReplicateVerbatim RedisModule_SignalModifiedKey RedisModule_NotifyKeyspaceEvent
        RedisModule_ReplyWithStringBuffer RedisModule_ReplyWithNull RedisModule_ReplyWithLongLong
        RedisModule_ReplyWithArray RedisModule_ReplyWithSimpleString RedisModule_ReplyWithError
        RedisModule_WrongArity RedisModule_SaveStringBuffer RedisModule_LoadStringBuffer
        RedisModule_IsIOError RedisModule_EmitAOF RedisModule_DigestAddStringBuffer
        RedisModule_DigestEndSequence RedisModule_GetContextFlags RedisModule_SetModuleOptions
        RedisModule_AvoidReplicaTraffic RedisModule_Milliseconds RedisModule_CreateTimer
        RedisModule_SelectDb RedisModule_DbSize RedisModule_RegisterInfoFunc
    ]
    .into_iter()
    .filter_map(|(name, is_present)| (!is_present).then_some(name))
    .collect()
}

/// The module's options, as last sent to the server.
static OPTIONS: AtomicU32 = AtomicU32::new(0);

/// See [`signal_counts_reads`].
static SIGNAL_COUNTS_READS: AtomicBool = AtomicBool::new(false);

/// The first Redis version whose `RedisModule_SignalModifiedKey` reads the key, in the server's
/// notation.
const REDIS_8_6: c_int = 0x0008_0600;

/// Sends the module's options to the server. The module handles read errors, and asynchronous
/// loading while the old data is served. On Valkey, it supports the migration of slots. It signals
/// modified keys itself.
pub(crate) fn set_options(ctx: Ctx<'_>) {
    let mut options = raw::REDISMODULE_OPTIONS_HANDLE_IO_ERRORS
        | raw::REDISMODULE_OPTION_NO_IMPLICIT_SIGNAL_MODIFIED
        | raw::REDISMODULE_OPTIONS_HANDLE_REPL_ASYNC_LOAD;
    if is_valkey() {
        options |= VALKEY_HANDLE_ATOMIC_SLOT_MIGRATION | VALKEY_SKIP_COMMAND_VALIDATION;
    } else {
        SIGNAL_COUNTS_READS.store(version() >= REDIS_8_6, Ordering::Relaxed);
    }
    OPTIONS.store(options, Ordering::Relaxed);
    send_options(ctx, options);
}

/// Returns whether the server may count a hit or a miss of every key that is signaled, and send
/// `keymiss` for one that does not exist. Redis 8.6.0 to 8.6.3 do. Redis' pull request 14925 ends
/// that, but signaling by closing a key works there too.
pub(super) fn signal_counts_reads() -> bool {
    SIGNAL_COUNTS_READS.load(Ordering::Relaxed)
}

/// Calls `close`, while the server signals every key that was opened to write and is closed.
pub(super) fn with_signal_on_close(ctx: Ctx<'_>, close: impl FnOnce()) {
    let options = OPTIONS.load(Ordering::Relaxed);
    send_options(
        ctx,
        options & !raw::REDISMODULE_OPTION_NO_IMPLICIT_SIGNAL_MODIFIED,
    );
    close();
    send_options(ctx, options);
}

fn send_options(ctx: Ctx<'_>, options: u32) {
    // SAFETY: valid context. The server only stores the number.
    unsafe {
        api!(RedisModule_SetModuleOptions(
            ctx.as_raw(),
            options.cast_signed()
        ))
    };
}

/// Returns the version of the server, Redis's or Valkey's own, as `0x00MMmmpp`.
pub(super) fn version() -> c_int {
    // SAFETY: takes no argument.
    unsafe { api!(RedisModule_GetServerVersion()) }.unwrap_or(0)
}

/// Returns whether the server is Valkey, which has the same functions under its own names as well.
pub(crate) fn is_valkey() -> bool {
    let mut function: *mut c_void = ptr::null_mut();
    // SAFETY: the server looks the name up and, if it is known, writes one pointer.
    let result = unsafe {
        api!(RedisModule_GetApi(
            c"ValkeyModule_Alloc".as_ptr(),
            (&raw mut function).cast()
        ))
    };
    result == Some(OK)
}
