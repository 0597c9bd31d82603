//! The module as a whole, as the server sees it.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use redis_module::raw::{self, RedisModuleCtx, RedisModuleString};

use super::ctx::OK;
use super::{Args, Ctx};

/// Valkey 9 moves slots only if every module has said that it can stand it. On Redis this bit means something else.
const VALKEY_HANDLE_ATOMIC_SLOT_MIGRATION: u32 = 1 << 5;

/// Valkey 8.1 and later do not look a command up by its name each time that the module replicates it. All
/// that this module replicates is a command of its own, or one that has just run.
const VALKEY_SKIP_COMMAND_VALIDATION: u32 = 1 << 4;

/// Introduces the module to the server and looks up the server's functions. `None` if the server will not have it,
/// as when it is loaded already.
///
/// # Safety
/// For `RedisModule_OnLoad` alone, with what it was given, which must outlive the values returned.
pub(crate) unsafe fn init<'a>(
    ctx: *mut RedisModuleCtx,
    argv: *mut *mut RedisModuleString,
    argc: c_int,
    name: &CStr,
    version: c_int,
) -> Option<(Ctx<'a>, Args<'a>)> {
    // SAFETY: by the caller's promise.
    unsafe {
        let answer = raw::Export_RedisModule_Init(
            ctx,
            name.as_ptr(),
            version,
            raw::REDISMODULE_APIVER_1 as c_int,
        );
        (answer == OK).then(|| (Ctx::new(ctx), Args::new(argv, argc)))
    }
}

/// Functions that every server since 6.2 has, without which the module cannot work: the names of those missing.
pub(crate) fn missing_apis() -> Vec<&'static str> {
    macro_rules! check {
        ($($name:ident)*) => { [$((stringify!($name), has_api!($name))),*] };
    }
    check![
        RedisModule_Alloc RedisModule_Calloc RedisModule_Realloc RedisModule_Free
        RedisModule_CreateCommand RedisModule_CreateDataType RedisModule_CreateString RedisModule_FreeString
        RedisModule_StringPtrLen RedisModule_OpenKey RedisModule_CloseKey RedisModule_KeyType RedisModule_DeleteKey
        RedisModule_ModuleTypeGetType RedisModule_ModuleTypeGetValue RedisModule_ModuleTypeSetValue
        RedisModule_Replicate RedisModule_ReplicateVerbatim RedisModule_SignalModifiedKey RedisModule_NotifyKeyspaceEvent
        RedisModule_ReplyWithStringBuffer RedisModule_ReplyWithNull RedisModule_ReplyWithLongLong RedisModule_ReplyWithArray
        RedisModule_ReplyWithSimpleString RedisModule_ReplyWithError RedisModule_WrongArity
        RedisModule_SaveStringBuffer RedisModule_LoadStringBuffer
        RedisModule_IsIOError RedisModule_EmitAOF RedisModule_DigestAddStringBuffer RedisModule_DigestEndSequence
        RedisModule_GetContextFlags RedisModule_SetModuleOptions RedisModule_AvoidReplicaTraffic RedisModule_Milliseconds
        RedisModule_CreateTimer RedisModule_SelectDb RedisModule_DbSize RedisModule_RegisterInfoFunc
    ]
    .into_iter()
    .filter_map(|(name, there)| (!there).then_some(name))
    .collect()
}

/// What the module has told the server of itself, as the server wants it.
static OPTIONS: AtomicU32 = AtomicU32::new(0);

/// See [`signaling_reads`].
static SIGNALING_READS: AtomicBool = AtomicBool::new(false);

/// The first Redis whose `RedisModule_SignalModifiedKey` reads the key, in the server's notation.
const REDIS_8_6: c_int = 0x0008_0600;

/// Tells the server what the module copes with: reading errors, being read anew while the old data is served, and,
/// on Valkey, slots that move. Keys are signaled as modified by the module itself, and only when they were.
pub(crate) fn set_options(ctx: Ctx<'_>) {
    let mut options = raw::REDISMODULE_OPTIONS_HANDLE_IO_ERRORS
        | raw::REDISMODULE_OPTION_NO_IMPLICIT_SIGNAL_MODIFIED
        | raw::REDISMODULE_OPTIONS_HANDLE_REPL_ASYNC_LOAD;
    if is_valkey() {
        options |= VALKEY_HANDLE_ATOMIC_SLOT_MIGRATION | VALKEY_SKIP_COMMAND_VALIDATION;
    } else {
        SIGNALING_READS.store(version() >= REDIS_8_6, Ordering::Relaxed);
    }
    OPTIONS.store(options, Ordering::Relaxed);
    tell_options(ctx, options);
}

/// Whether the server may count a hit or a miss of every key that is signaled, and send `keymiss`
/// for one that does not exist. Redis 8.6.0 to 8.6.3 do. Redis' pull request 14925 ends that, but
/// signaling by closing a key works there too.
pub(super) fn signaling_reads() -> bool {
    SIGNALING_READS.load(Ordering::Relaxed)
}

/// Has the server signal every key that is opened to write and closed meanwhile.
pub(super) fn while_closing_signals(ctx: Ctx<'_>, close: impl FnOnce()) {
    let options = OPTIONS.load(Ordering::Relaxed);
    tell_options(
        ctx,
        options & !raw::REDISMODULE_OPTION_NO_IMPLICIT_SIGNAL_MODIFIED,
    );
    close();
    tell_options(ctx, options);
}

fn tell_options(ctx: Ctx<'_>, options: u32) {
    // SAFETY: valid context; the server does no more than keep the number.
    unsafe {
        api!(RedisModule_SetModuleOptions(
            ctx.as_raw(),
            options.cast_signed()
        ))
    };
}

/// The version of the server, Redis's or Valkey's own, as `0x00MMmmpp`.
pub(super) fn version() -> c_int {
    // SAFETY: takes no argument.
    unsafe { api!(RedisModule_GetServerVersion()) }.unwrap_or(0)
}

/// Whether the server is Valkey, which offers the same functions under names of its own as well.
pub(crate) fn is_valkey() -> bool {
    let mut function: *mut c_void = ptr::null_mut();
    // SAFETY: the server looks the name up and, if it knows it, writes one pointer.
    let answer = unsafe {
        api!(RedisModule_GetApi(
            c"ValkeyModule_Alloc".as_ptr(),
            (&raw mut function).cast()
        ))
    };
    answer == Some(OK)
}
