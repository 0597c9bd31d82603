//! Where the shards of database 0 are, so that a command need not open their keys.
//!
//! Opening a key costs more than the rest of a redirect. An entry is made when a key was opened the ordinary
//! way, holds its own slot's shard and has no TTL. It goes with everything that takes a value from its key:
//!
//! | what | how the server tells |
//! |---|---|
//! | deletion, expiry, eviction, overwriting, RENAME, MOVE, MIGRATE, RESTORE | the type's `unlink` callback |
//! | FLUSHDB, FLUSHALL, DEBUG RELOAD, full resynchronization | event FlushDB |
//! | SWAPDB | event SwapDB |
//! | loading, also into a second database | events Loading, ReplBackup, ReplAsyncLoad |
//! | a TTL on the key | keyspace event `expire` |
//! | the value's memory is freed or reused | its generation ([`super::headers`]) |
//!
//! An entry is believed for some eight seconds; then the key is opened once, which keeps its LRU and LFU
//! figures alive. Off under `allkeys-*`, where those figures decide, and on the servers that
//! [`server_tells_all`] names.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};

use redis_module::raw::{
    self, RedisModuleCtx, RedisModuleEvent, RedisModuleKey, RedisModuleString,
};
use shorten_engine::code::slot::{self, Slot};

use super::Ctx;
use super::ctx::OK;
use super::headers::Header;
#[cfg(feature = "verify-cache")]
use super::key::{Access, Name, OpenKey};
use super::module;
use super::string;
use crate::datatype::Value;

const SLOTS: usize = slot::SLOTS as usize;

/// What is known of a slot: its shard, and its key's name. Two entries a line of the processor's cache.
#[repr(C, align(32))]
struct Entry {
    value: AtomicPtr<Header<Value>>,
    generation: AtomicU64,
    /// When the key was opened last, in steps of 8.2 s.
    stamp: AtomicU32,
    name: AtomicPtr<RedisModuleString>,
}

static ENTRIES: [Entry; SLOTS] = [const {
    Entry {
        value: AtomicPtr::new(ptr::null_mut()),
        generation: AtomicU64::new(0),
        stamp: AtomicU32::new(0),
        name: AtomicPtr::new(ptr::null_mut()),
    }
}; SLOTS];

/// Whether the server tells all that must be known.
static SUPPORTED: AtomicBool = AtomicBool::new(false);
/// Whether entries are made and believed.
static ON: AtomicBool = AtomicBool::new(false);

/// The time in steps of 8.2 s, of `now` in Unix ms.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a stamp comes round after a million years"
)]
pub(super) fn stamp(now: u64) -> u32 {
    (now >> 13) as u32
}

/// The place of the name of a slot's key.
#[inline]
pub(super) fn name(slot: Slot) -> Option<&'static AtomicPtr<RedisModuleString>> {
    ENTRIES.get(usize::from(slot)).map(|entry| &entry.name)
}

/// The value of a slot's key in database 0, if it is known where it is; else null.
#[inline]
pub(super) fn get(slot: Slot, stamp: u32) -> *mut Header<Value> {
    let Some(entry) = ENTRIES.get(usize::from(slot)) else {
        return ptr::null_mut();
    };
    let value = entry.value.load(Ordering::Relaxed);
    if value.is_null() || entry.stamp.load(Ordering::Relaxed) != stamp {
        return ptr::null_mut();
    }
    // SAFETY: entries hold places of the pool only.
    let generation = unsafe { Header::generation(value) };
    if generation == entry.generation.load(Ordering::Relaxed) {
        value
    } else {
        ptr::null_mut()
    }
}

/// Ends the process if the server knows another value for the key of a slot.
#[cfg(feature = "verify-cache")]
pub(super) fn verify(ctx: Ctx<'_>, slot: Slot, value: *const Header<Value>) {
    // SAFETY: the name is valid for ever; the value of this second handle is compared, not used.
    let known = unsafe { OpenKey::open(ctx, Name::of(slot).as_raw(), Access::Walk) };
    let same = known.is_ok_and(|known| known.value.cast_const() == value);
    if !same {
        ctx.log(super::log::Level::Warning, "the cache of shards is wrong");
        std::process::abort();
    }
}

/// Notes where the value of a slot's key is. `key` is that key, open in database 0.
#[cold]
pub(super) fn note(key: *mut RedisModuleKey, slot: Slot, value: *mut Header<Value>, stamp: u32) {
    if !ON.load(Ordering::Relaxed) || value.is_null() {
        return;
    }
    // SAFETY: the key is open, so its value is alive.
    let (expire, held) = unsafe {
        let expire = api!(RedisModule_GetExpire(key));
        (expire, Header::value(value).shard().slot())
    };
    if expire != Some(NO_EXPIRE) || held != slot {
        return;
    }
    if let Some(entry) = ENTRIES.get(usize::from(slot)) {
        // SAFETY: values are in places of the pool.
        let generation = unsafe { Header::generation(value) };
        entry.generation.store(generation, Ordering::Relaxed);
        entry.stamp.store(stamp, Ordering::Relaxed);
        entry.value.store(value, Ordering::Relaxed);
    }
}

/// `REDISMODULE_NO_EXPIRE`.
const NO_EXPIRE: i64 = -1;

/// A value leaves its key.
pub(crate) fn forget(slot: Slot, value: *const c_void) {
    if let Some(entry) = ENTRIES.get(usize::from(slot))
        && entry.value.load(Ordering::Relaxed).addr() == value.addr()
    {
        entry.value.store(ptr::null_mut(), Ordering::Relaxed);
    }
}

fn forget_all() {
    for entry in &ENTRIES {
        entry.value.store(ptr::null_mut(), Ordering::Relaxed);
    }
}

/// Whether entries are made and believed from now on, where the server supports it.
pub(crate) fn set_enabled(enabled: bool) {
    let on = enabled && SUPPORTED.load(Ordering::Relaxed);
    if !on && ON.swap(on, Ordering::Relaxed) {
        forget_all();
    } else {
        ON.store(on, Ordering::Relaxed);
    }
}

/// Whether the cache is in use.
pub(crate) fn is_enabled() -> bool {
    ON.load(Ordering::Relaxed)
}

/// The first Redis that moves whole slots at once: it trims a slot's keys in another thread, without `unlink`.
const REDIS_8_4: c_int = 0x0008_0400;
/// The first Valkey whose keyspace events to modules leave the client in the event's database, so that a COPY
/// or MOVE to another database moves the client too, if a module only listens.
const VALKEY_8_1: c_int = 0x0008_0100;
/// The first Valkey known to be cured of that (Valkey's pull request 4024).
const VALKEY_9_1_2: c_int = 0x0009_0102;

/// Whether this server tells of every way in which a value leaves its key, and may be asked to.
fn server_tells_all(is_cluster: bool) -> bool {
    let version = module::version();
    if module::is_valkey() {
        // Valkey 9 hides the keys of a slot that is being imported from look-ups.
        version < VALKEY_8_1 || (version >= VALKEY_9_1_2 && !is_cluster)
    } else {
        version < REDIS_8_4 || !is_cluster
    }
}

/// Subscribes to what must be known. The cache stays off if the server refuses one of them.
pub(crate) fn start(ctx: Ctx<'_>, is_cluster: bool) {
    if !server_tells_all(is_cluster) {
        return;
    }
    let always = [
        raw::REDISMODULE_EVENT_FLUSHDB,
        raw::REDISMODULE_EVENT_SWAPDB,
        raw::REDISMODULE_EVENT_LOADING,
        raw::REDISMODULE_EVENT_REPLICATION_ROLE_CHANGED,
    ];
    let subscribed = always.into_iter().all(|event| subscribe(ctx, event));
    // A server has one of these two: 6.2 the first, later ones the second.
    let backup = subscribe(ctx, raw::REDISMODULE_EVENT_REPL_BACKUP);
    let async_load = subscribe(ctx, raw::REDISMODULE_EVENT_REPL_ASYNC_LOAD);
    // SAFETY: valid context; the callback takes what the server gives it.
    let keys = unsafe {
        api!(RedisModule_SubscribeToKeyspaceEvents(
            ctx.as_raw(),
            raw::REDISMODULE_NOTIFY_GENERIC,
            Some(on_key)
        ))
    };
    let all = subscribed && (backup || async_load) && keys == Some(OK);
    SUPPORTED.store(all, Ordering::Relaxed);
    set_enabled(all);
}

fn subscribe(ctx: Ctx<'_>, id: u64) -> bool {
    let event = RedisModuleEvent { id, dataver: 1 };
    // SAFETY: valid context; the callback takes what the server gives it.
    let answer = unsafe {
        api!(RedisModule_SubscribeToServerEvent(
            ctx.as_raw(),
            event,
            Some(on_event)
        ))
    };
    answer == Some(OK)
}

/// # Safety
/// For the server alone.
unsafe extern "C" fn on_event(_: *mut RedisModuleCtx, _: RedisModuleEvent, _: u64, _: *mut c_void) {
    forget_all();
}

/// # Safety
/// For the server alone.
unsafe extern "C" fn on_key(
    _: *mut RedisModuleCtx,
    _: c_int,
    _: *const c_char,
    key: *mut RedisModuleString,
) -> c_int {
    // SAFETY: the key's name is valid during the call.
    let name = unsafe { string::bytes(key) };
    if slot::is_shard_key(name)
        && let Some(entry) = ENTRIES.get(usize::from(slot::of(name)))
    {
        entry.value.store(ptr::null_mut(), Ordering::Relaxed);
    }
    OK
}
