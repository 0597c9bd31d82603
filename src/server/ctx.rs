//! The context of one call of the module: the state of the server, the selected database, the time,
//! replication and notifications.

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
    /// Returns whether the server is a master.
    pub(crate) fn is_master(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_MASTER)
    }

    /// Returns whether an RDB or AOF file is being loaded.
    pub(crate) fn is_loading(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_LOADING)
    }

    /// Returns whether the server runs in cluster mode.
    pub(crate) fn is_cluster(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_CLUSTER)
    }

    /// Returns whether more memory is used than `maxmemory` allows.
    pub(crate) fn is_out_of_memory(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_OOM)
    }

    /// Returns whether the call is part of MULTI, a script or a function.
    pub(crate) fn is_part_of_a_transaction(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_MULTI) || self.is_scripted()
    }

    /// Returns whether the call is part of a script or function.
    pub(crate) fn is_scripted(self) -> bool {
        self.has(raw::REDISMODULE_CTX_FLAGS_LUA)
    }

    fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }
}

/// A context, valid during the call that received it.
#[derive(Clone, Copy)]
pub(crate) struct Ctx<'a> {
    raw: *mut RedisModuleCtx,
    call: PhantomData<&'a RedisModuleCtx>,
}

impl Ctx<'_> {
    /// Returns the context of a call.
    ///
    /// # Safety
    /// `raw` must stay valid for the lifetime of the value, as the contexts of commands, timers and
    /// `OnLoad` do during the call.
    pub(super) unsafe fn new(raw: *mut RedisModuleCtx) -> Self {
        Self {
            raw,
            call: PhantomData,
        }
    }

    /// Returns the pointer.
    #[inline]
    pub(super) fn as_raw(self) -> *mut RedisModuleCtx {
        self.raw
    }

    /// Returns the time of a command, in Unix ms.
    ///
    /// From 7.2 on, it is the time at which the command, or the script or transaction around it,
    /// began. It does not change inside them, like the time by which Redis expires its own keys,
    /// and costs no system call. On older servers, modules can only read the wall clock.
    #[inline]
    pub(crate) fn now(self) -> u64 {
        // SAFETY: takes no argument and reads a variable of the server.
        match unsafe { api!(RedisModule_CachedMicroseconds()) } {
            Some(micros) => u64::try_from(micros / 1000).unwrap_or(0),
            None => clock(),
        }
    }

    /// Returns the state of the server at this moment. If `maxmemory` is set, the server has to
    /// compute its memory usage for this.
    pub(crate) fn flags(self) -> Flags {
        // SAFETY: the context is valid.
        let flags = unsafe { api!(RedisModule_GetContextFlags(self.raw)) };
        Flags(flags.unwrap_or(0).cast_unsigned())
    }

    /// Selects a database. Returns `false` if there is no database of this number. The server
    /// restores the caller's database after the call.
    pub(crate) fn select(self, database: c_int) -> bool {
        // SAFETY: the context is valid; the server checks the number.
        let result = unsafe { api!(RedisModule_SelectDb(self.raw, database)) };
        result == Some(OK)
    }

    /// Returns the number of the selected database.
    pub(crate) fn database(self) -> c_int {
        // SAFETY: the context is valid.
        unsafe { api!(RedisModule_GetSelectedDb(self.raw)) }.unwrap_or(0)
    }

    /// Returns the number of keys in the selected database.
    pub(crate) fn database_size(self) -> u64 {
        // SAFETY: the context is valid.
        unsafe { api!(RedisModule_DbSize(self.raw)) }.unwrap_or(0)
    }

    /// Sends `command key payload` to the replicas and the AOF.
    pub(crate) fn replicate(self, command: &CStr, key: Text<'_>, payload: &[u8]) {
        // SAFETY: the format announces a string of the server, and a buffer with its length, which
        // follow. The server copies both.
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

    /// Sends a keyspace event about a key: in the class of modules (`d`) if the server has it,
    /// otherwise in the generic class (`g`). Nothing is sent while keys are open, because listeners
    /// may run commands.
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

    /// Returns whether the call is part of a script that is replicated as text, to be run again on
    /// replicas and from the AOF. RM_Replicate has no effect there. Only Redis 6.2 has such
    /// scripts. It does not report whether a script has switched to effects replication, so the
    /// setting decides. Replicas and AOF files only receive scripts as text.
    #[inline]
    pub(crate) fn is_in_script_replicated_as_text(self) -> bool {
        // Settings of modules exist from 7.0 on, which only replicates effects.
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

    /// Returns the value of a setting of the server. Returns `None` if there is no setting of this
    /// name.
    fn config(self, name: &CStr) -> Option<String> {
        // SAFETY: the format announces two C strings, which follow. The reply is read before it is
        // freed, once, and the text is copied.
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

    /// Returns whether single arguments can be hidden from SLOWLOG and MONITOR (from 7.0 on).
    #[inline]
    pub(crate) fn can_redact(self) -> bool {
        has_api!(RedisModule_RedactClientCommandArgument)
    }

    /// Makes SLOWLOG and MONITOR show `(redacted)` instead of these arguments of the running
    /// command, whose name has index 0. On Valkey 8.1, the arguments themselves read so afterwards.
    /// What was read before stays valid during the call, because the server keeps a copy of the
    /// vector.
    pub(crate) fn redact(self, indexes: impl Iterator<Item = usize>) {
        // The client that loads an AOF file keeps its list of redacted arguments for the next
        // command, which may have more arguments. Its commands are not shown anywhere.
        // SAFETY: the context is valid.
        if unsafe { api!(RedisModule_GetClientId(self.raw)) } == Some(AOF_CLIENT) {
            return;
        }
        for index in indexes.filter_map(|index| c_int::try_from(index).ok()) {
            // SAFETY: the context is valid; the server checks the index against the arguments.
            unsafe { api!(RedisModule_RedactClientCommandArgument(self.raw, index)) };
        }
    }

    /// Returns one field of the server's INFO. Returns `None` if there is no such field.
    pub(crate) fn server_info(self, section: &CStr, field: &CStr) -> Option<String> {
        // SAFETY: the data is read before it is freed, once, and the text is copied.
        unsafe {
            let data = api!(RedisModule_GetServerInfo(self.raw, section.as_ptr()))?;
            let text = api!(RedisModule_ServerInfoGetFieldC(data, field.as_ptr()))
                .filter(|text| !text.is_null())
                .map(|text| CStr::from_ptr(text).to_string_lossy().into_owned());
            api!(RedisModule_FreeServerInfo(self.raw, data));
            text
        }
    }

    /// Returns the reply of a server command with one argument. Returns `None` if the reply is not
    /// text, and while keys are open.
    pub(crate) fn call_for_text(self, command: &CStr, argument: &CStr) -> Option<String> {
        if exclusive::are_keys_open() {
            return None;
        }
        // SAFETY: the format announces a C string, which follows. The reply is read before it is
        // freed, once, and the text is copied.
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

/// The id of the client that loads an AOF file.
const AOF_CLIENT: u64 = u64::MAX;

/// Returns a copy of the text of a reply. Returns `None` if the reply is not text.
///
/// # Safety
/// The reply must be valid.
unsafe fn text_of(reply: *mut RedisModuleCallReply) -> Option<String> {
    let mut len = 0;
    // SAFETY: the reply is valid by the contract of this function. The server returns null or `len`
    // bytes, which live as long as the reply.
    unsafe {
        let start = api!(RedisModule_CallReplyStringPtr(reply, &raw mut len))?;
        (!start.is_null()).then(|| {
            let bytes = std::slice::from_raw_parts(start.cast::<u8>(), len);
            String::from_utf8_lossy(bytes).into_owned()
        })
    }
}

/// `REDISMODULE_OK`: the result of most server functions on success.
pub(crate) const OK: c_int = 0;

/// `REDISMODULE_ERR`: the result of most server functions on failure.
pub(crate) const ERR: c_int = 1;

/// Returns the time of the wall clock, in Unix ms.
pub(crate) fn clock() -> u64 {
    // SAFETY: takes no argument.
    let millis = unsafe { api!(RedisModule_Milliseconds()) };
    millis.map_or(0, |millis| u64::try_from(millis).unwrap_or(0))
}

/// Returns whether writes must not be replicated now, because clients are paused or a failover is
/// in progress. Replicating anyway aborts the server.
pub(crate) fn must_not_replicate() -> bool {
    // SAFETY: takes no argument.
    unsafe { api!(RedisModule_AvoidReplicaTraffic()) }.is_some_and(|avoid| avoid != 0)
}
