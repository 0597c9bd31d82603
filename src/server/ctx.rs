//! The context of one call of the module: who calls, which database, what time, and what is told to replicas and listeners.

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;

use redis_module::raw::{self, RedisModuleCallReply, RedisModuleCtx};

use super::exclusive;
use super::log::{self, Level};
use super::string::{RedisString, Text};

/// The state of the server, as one bit set. See `RedisModule_GetContextFlags`.
#[derive(Clone, Copy)]
pub(crate) struct Flags(u32);

impl Flags {
    /// This server takes writes of its own: it is no replica.
    pub(crate) fn is_master(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_MASTER)
    }

    /// An RDB or AOF file is being read.
    pub(crate) fn is_loading(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_LOADING)
    }

    /// The server runs in cluster mode.
    pub(crate) fn is_cluster(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_CLUSTER)
    }

    /// More memory is used than `maxmemory` allows.
    pub(crate) fn is_out_of_memory(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_OOM)
    }

    /// The call comes from inside MULTI, or from a script or function.
    pub(crate) fn is_part_of_a_transaction(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_MULTI) || self.is_scripted()
    }

    /// The call comes from a script or function.
    pub(crate) fn is_scripted(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_LUA)
    }

    fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }
}

/// A context, valid for the call it was handed to.
#[derive(Clone, Copy)]
pub(crate) struct Ctx<'a> {
    raw: *mut RedisModuleCtx,
    call: PhantomData<&'a RedisModuleCtx>,
}

impl Ctx<'_> {
    /// The context of a call.
    ///
    /// # Safety
    /// `raw` must stay valid for the life of the value; the server calls commands, timers and `OnLoad` so.
    pub(super) unsafe fn new(raw: *mut RedisModuleCtx) -> Self {
        Self {
            raw,
            call: PhantomData,
        }
    }

    /// The pointer, for the rest of the boundary.
    #[inline]
    pub(super) fn as_raw(self) -> *mut RedisModuleCtx {
        self.raw
    }

    /// The time a command runs at, in milliseconds since 1970.
    ///
    /// From 7.2 on it is the time at which the command, or the script or transaction around it, began: it stands still inside
    /// them, as it does for the expiry of Redis's own keys, and costs no system call. Older servers tell modules the clock's time only.
    #[inline]
    pub(crate) fn now(self) -> u64 {
        // SAFETY: takes no argument and reads a variable of the server.
        match unsafe { api!(RedisModule_CachedMicroseconds()) } {
            Some(micros) => u64::try_from(micros / 1000).unwrap_or(0),
            None => clock(),
        }
    }

    /// The server's state at this moment. Not free where `maxmemory` is set: it counts.
    pub(crate) fn flags(self) -> Flags {
        // SAFETY: the context is valid.
        let flags = unsafe { api!(RedisModule_GetContextFlags(self.raw)) };
        Flags(flags.unwrap_or(0).cast_unsigned())
    }

    /// Goes to another database; false when there is none of this number. The caller's own choice is restored by the server.
    pub(crate) fn select(self, database: c_int) -> bool {
        // SAFETY: the context is valid; the server checks the number.
        let answer = unsafe { api!(RedisModule_SelectDb(self.raw, database)) };
        answer == Some(OK)
    }

    /// The number of the selected database.
    pub(crate) fn database(self) -> c_int {
        // SAFETY: the context is valid.
        unsafe { api!(RedisModule_GetSelectedDb(self.raw)) }.unwrap_or(0)
    }

    /// How many keys the selected database holds.
    pub(crate) fn database_size(self) -> u64 {
        // SAFETY: the context is valid.
        unsafe { api!(RedisModule_DbSize(self.raw)) }.unwrap_or(0)
    }

    /// Sends `command key payload` to the replicas and the AOF.
    pub(crate) fn replicate(self, command: &CStr, key: Text<'_>, payload: &[u8]) {
        // SAFETY: the format announces a string of the server and a buffer with its length, which follow; the server copies both.
        unsafe {
            api!(RedisModule_Replicate(
                self.raw,
                command.as_ptr(),
                c"sb".as_ptr(),
                key.as_raw(),
                payload.as_ptr(),
                payload.len()
            ));
        }
    }

    /// Sends the running command, as it was received, to the replicas and the AOF.
    pub(crate) fn replicate_verbatim(self) {
        // SAFETY: the context is that of a running command.
        unsafe { api!(RedisModule_ReplicateVerbatim(self.raw)) };
    }

    /// Sends a keyspace event about a key: of the class of modules (`d`) where the server has it, else of the
    /// generic class (`g`). Listeners may run commands, so nothing is sent while keys are open.
    pub(crate) fn notify(self, event: &CStr, key: &RedisString) {
        if exclusive::are_keys_open() {
            return;
        }
        // SAFETY: takes no argument.
        let known =
            unsafe { api!(RedisModule_GetKeyspaceNotificationFlagsAll()) }.unwrap_or_default();
        let class = if known & raw::REDISMODULE_NOTIFY_MODULE != 0 {
            raw::REDISMODULE_NOTIFY_MODULE
        } else {
            raw::REDISMODULE_NOTIFY_GENERIC
        };
        // SAFETY: context and strings are valid.
        unsafe {
            api!(RedisModule_NotifyKeyspaceEvent(
                self.raw,
                class,
                event.as_ptr(),
                key.as_raw()
            ));
        }
    }

    /// Whether the call comes from a script that replicas and the AOF are given as text, to be run again
    /// there: RM_Replicate has no effect then. Redis 6.2 alone has such scripts. It does not tell whether
    /// a script turned to the replication of effects by itself, so the setting decides. A replica and an
    /// AOF file get scripts in no other form.
    #[inline]
    pub(crate) fn is_in_script_replicated_as_text(self) -> bool {
        // Settings of modules came with 7.0, which replicates effects only.
        !has_api!(RedisModule_RegisterStringConfig) && self.is_in_script_run_again()
    }

    #[cold]
    fn is_in_script_run_again(self) -> bool {
        let flags = self.flags();
        flags.is_scripted()
            && (!flags.is_master()
                || flags.is_loading()
                || self.config(c"lua-replicate-commands").as_deref() == Some("no"))
    }

    /// The value of a setting of the server's own; `None` where there is none of this name.
    fn config(self, name: &CStr) -> Option<String> {
        // SAFETY: the format announces two C strings, which follow; the reply is read before it is freed, once, and the text copied.
        unsafe {
            let reply = api!(RedisModule_Call(
                self.raw,
                c"CONFIG".as_ptr(),
                c"cc".as_ptr(),
                c"GET".as_ptr(),
                name.as_ptr()
            ))?;
            if reply.is_null() {
                return None;
            }
            let value = api!(RedisModule_CallReplyArrayElement(reply, 1));
            let text = value
                .filter(|value| !value.is_null())
                .and_then(|value| text_of(value));
            api!(RedisModule_FreeCallReply(reply));
            text
        }
    }

    /// Whether single arguments can be kept out of SLOWLOG and MONITOR: from 7.0 on.
    #[inline]
    pub(crate) fn can_redact(self) -> bool {
        has_api!(RedisModule_RedactClientCommandArgument)
    }

    /// Has SLOWLOG and MONITOR show `(redacted)` instead of arguments of the running command, whose name
    /// has index 0. On Valkey 8.1 they read so from then on; what was read of them before stays valid
    /// during the call, as the server keeps a copy of the vector.
    pub(crate) fn redact(self, indexes: impl Iterator<Item = usize>) {
        // The reader of an AOF file keeps the list of redacted arguments for its next command, which may
        // have more. It is shown nowhere.
        // SAFETY: the context is valid.
        if unsafe { api!(RedisModule_GetClientId(self.raw)) } == Some(AOF_CLIENT) {
            return;
        }
        for index in indexes.filter_map(|index| c_int::try_from(index).ok()) {
            // SAFETY: the context is valid; the server checks the index against the arguments.
            unsafe { api!(RedisModule_RedactClientCommandArgument(self.raw, index)) };
        }
    }

    /// One field of the server's own INFO; `None` where there is none.
    pub(crate) fn server_info(self, section: &CStr, field: &CStr) -> Option<String> {
        // SAFETY: the data is read before it is freed, once, and the text copied.
        unsafe {
            let data = api!(RedisModule_GetServerInfo(self.raw, section.as_ptr()))?;
            let text = api!(RedisModule_ServerInfoGetFieldC(data, field.as_ptr()))
                .filter(|text| !text.is_null())
                .map(|text| CStr::from_ptr(text).to_string_lossy().into_owned());
            api!(RedisModule_FreeServerInfo(self.raw, data));
            text
        }
    }

    /// What a command of the server with one argument answers, if that is text. `None` while keys are open.
    pub(crate) fn call_for_text(self, command: &CStr, argument: &CStr) -> Option<String> {
        if exclusive::are_keys_open() {
            return None;
        }
        // SAFETY: the format announces a C string, which follows; the reply is read before it is freed, once, and the text copied.
        unsafe {
            let reply = api!(RedisModule_Call(
                self.raw,
                command.as_ptr(),
                c"c".as_ptr(),
                argument.as_ptr()
            ))?;
            if reply.is_null() {
                return None;
            }
            let text = text_of(reply);
            api!(RedisModule_FreeCallReply(reply));
            text
        }
    }

    /// Writes one line to the server's log.
    pub(crate) fn log(self, level: Level, message: &str) {
        // SAFETY: the context is valid.
        unsafe { log::write_as(self.raw, level, message) };
    }
}

/// The id of the client in whose name an AOF file is read.
const AOF_CLIENT: u64 = u64::MAX;

/// The text of a reply, copied; `None` if it is no text.
///
/// # Safety
/// The reply must be valid.
unsafe fn text_of(reply: *mut RedisModuleCallReply) -> Option<String> {
    let mut len = 0;
    // SAFETY: by the caller's promise; the server answers null or `len` bytes, which live as long as the reply.
    unsafe {
        let start = api!(RedisModule_CallReplyStringPtr(reply, &raw mut len))?;
        (!start.is_null()).then(|| {
            let bytes = std::slice::from_raw_parts(start.cast::<u8>(), len);
            String::from_utf8_lossy(bytes).into_owned()
        })
    }
}

/// `REDISMODULE_OK`: what most functions of the server answer when all went well.
pub(crate) const OK: c_int = 0;

/// `REDISMODULE_ERR`: what they answer when not.
pub(crate) const ERR: c_int = 1;

/// The clock's time, in milliseconds since 1970.
pub(crate) fn clock() -> u64 {
    // SAFETY: takes no argument.
    let millis = unsafe { api!(RedisModule_Milliseconds()) };
    millis.map_or(0, |millis| u64::try_from(millis).unwrap_or(0))
}

/// Whether writes must not be replicated just now: clients are paused, or a failover is under way. Replicating all the same aborts the server.
pub(crate) fn must_not_replicate() -> bool {
    // SAFETY: takes no argument.
    unsafe { api!(RedisModule_AvoidReplicaTraffic()) }.is_some_and(|avoid| avoid != 0)
}
