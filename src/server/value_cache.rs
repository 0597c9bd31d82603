//! A cache of the addresses of values in database 0, so that a command need not open their keys.
//!
//! Opening a key costs more than the rest of a redirect. An entry is made when a key was opened
//! through the module API, holds the value of its own slot and has no TTL. It is dropped by
//! everything that removes a value from its key:
//!
//! | what | how the module is notified |
//! |---|---|
//! | deletion, expiry, eviction, overwriting, RENAME, MOVE, MIGRATE, RESTORE | callback `unlink` |
//! | FLUSHDB, FLUSHALL, DEBUG RELOAD, full resynchronization | event FlushDB |
//! | SWAPDB | event SwapDB |
//! | loading, also into a second database | events Loading, ReplBackup, ReplAsyncLoad |
//! | a TTL on the key | keyspace event `expire` |
//! | the value's memory is freed or reused | its generation ([`super::headers`]) |
//!
//! An entry is valid for some eight seconds. Then the key is opened once, which updates its LRU and
//! LFU figures. The cache is off under `allkeys-*`, where those figures decide, and on servers that
//! [`is_supported_by_server`] excludes.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering};

use redis_module::raw::{
    self, RedisModuleCtx, RedisModuleEvent, RedisModuleKey, RedisModuleString,
};

use super::Ctx;
use super::ctx::OK;
use super::headers::Header;
use super::module;
use super::string::{self, RedisString, Text};

/// A hash slot of the Redis Cluster specification, 0 to 16383. The module keeps one key per slot.
pub(crate) type Slot = u16;

/// The number of hash slots.
const SLOTS: usize = 16_384;

/// A value of which there is one key per hash slot.
pub(crate) trait SlotValue: Send + Sync + Sized + 'static {
    /// Returns the cache of the type.
    fn cache() -> &'static ValueCache<Self>;

    /// Returns the slot of the value.
    fn slot(&self) -> Slot;

    /// Returns the name of the key of a slot.
    fn key_of_slot(slot: Slot) -> Vec<u8>;

    /// Returns the slot whose key has this name. Returns `None` if it is not a key of a slot.
    fn slot_of_key(key: &[u8]) -> Option<Slot>;
}

/// The cached value of a slot, and the name of its key. A cache line of the processor has two
/// entries.
#[repr(C, align(32))]
struct Entry<T> {
    value: AtomicPtr<Header<T>>,
    generation: AtomicU64,
    /// Time at which the key was opened last, in steps of 8.2 s.
    stamp: AtomicU32,
    name: AtomicPtr<RedisModuleString>,
}

/// The cached addresses of a type's values, by slot.
pub(crate) struct ValueCache<T> {
    entries: [Entry<T>; SLOTS],
    /// Whether the server supports the cache.
    is_supported: AtomicBool,
    /// Whether entries are made and used.
    is_on: AtomicBool,
}

/// Returns a time in steps of 8.2 s. `now` is in Unix ms.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a stamp comes round after a million years"
)]
pub(super) fn stamp(now: u64) -> u32 {
    (now >> 13) as u32
}

impl<T: SlotValue> ValueCache<T> {
    /// Returns an empty cache, which is off.
    pub(crate) const fn new() -> Self {
        Self {
            entries: [const {
                Entry {
                    value: AtomicPtr::new(ptr::null_mut()),
                    generation: AtomicU64::new(0),
                    stamp: AtomicU32::new(0),
                    name: AtomicPtr::new(ptr::null_mut()),
                }
            }; SLOTS],
            is_supported: AtomicBool::new(false),
            is_on: AtomicBool::new(false),
        }
    }

    /// Returns the name of a slot's key. It is created once and never freed.
    #[inline]
    pub(super) fn key_name(&self, slot: Slot) -> Text<'static> {
        let made = self
            .entries
            .get(usize::from(slot))
            .map_or(ptr::null_mut(), |entry| entry.name.load(Ordering::Relaxed));
        let raw = if made.is_null() {
            self.make_name(slot)
        } else {
            made
        };
        // SAFETY: names are never freed.
        unsafe { Text::from_raw(raw) }
    }

    #[cold]
    fn make_name(&self, slot: Slot) -> *mut RedisModuleString {
        let raw = RedisString::new(&T::key_of_slot(slot)).into_raw();
        if let Some(entry) = self.entries.get(usize::from(slot)) {
            entry.name.store(raw, Ordering::Relaxed);
        }
        raw
    }

    /// Returns the cached value of a slot's key in database 0. Returns null if there is none.
    #[inline]
    pub(super) fn get(&self, slot: Slot, stamp: u32) -> *mut Header<T> {
        let Some(entry) = self.entries.get(usize::from(slot)) else {
            return ptr::null_mut();
        };
        let value = entry.value.load(Ordering::Relaxed);
        if value.is_null() || entry.stamp.load(Ordering::Relaxed) != stamp {
            return ptr::null_mut();
        }
        // SAFETY: entries hold headers of the pool only.
        let generation = unsafe { Header::generation(value) };
        if generation == entry.generation.load(Ordering::Relaxed) {
            value
        } else {
            ptr::null_mut()
        }
    }

    /// Caches the value of a slot's key. `key` is that key, open in database 0.
    #[cold]
    pub(super) fn note(
        &self,
        key: *mut RedisModuleKey,
        slot: Slot,
        value: *mut Header<T>,
        stamp: u32,
    ) {
        if !self.is_enabled() || value.is_null() {
            return;
        }
        // SAFETY: the key is open, so its value is alive.
        let (expire, held) = unsafe {
            let expire = api!(RedisModule_GetExpire(key));
            (expire, Header::value(value).slot())
        };
        if expire != Some(NO_EXPIRE) || held != slot {
            return;
        }
        if let Some(entry) = self.entries.get(usize::from(slot)) {
            // SAFETY: values are in headers of the pool.
            let generation = unsafe { Header::generation(value) };
            entry.generation.store(generation, Ordering::Relaxed);
            entry.stamp.store(stamp, Ordering::Relaxed);
            entry.value.store(value, Ordering::Relaxed);
        }
    }

    /// Drops the entry of a value that leaves its key.
    pub(super) fn forget(&self, slot: Slot, value: *const c_void) {
        if let Some(entry) = self.entries.get(usize::from(slot))
            && entry.value.load(Ordering::Relaxed).addr() == value.addr()
        {
            entry.value.store(ptr::null_mut(), Ordering::Relaxed);
        }
    }

    /// Drops the entry of a slot.
    fn forget_slot(&self, slot: Slot) {
        if let Some(entry) = self.entries.get(usize::from(slot)) {
            entry.value.store(ptr::null_mut(), Ordering::Relaxed);
        }
    }

    fn forget_all(&self) {
        for entry in &self.entries {
            entry.value.store(ptr::null_mut(), Ordering::Relaxed);
        }
    }

    fn set_enabled(&self, enabled: bool) {
        let on = enabled && self.is_supported.load(Ordering::Relaxed);
        if self.is_on.swap(on, Ordering::Relaxed) && !on {
            self.forget_all();
        }
    }

    /// Returns whether the cache is on.
    #[inline]
    pub(super) fn is_enabled(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }
}

/// `REDISMODULE_NO_EXPIRE`.
const NO_EXPIRE: i64 = -1;

/// Turns the cache on, if the server supports it, or off.
pub(crate) fn set_enabled<T: SlotValue>(enabled: bool) {
    T::cache().set_enabled(enabled);
}

/// The first Redis version that moves whole slots at once: it removes a slot's keys in another
/// thread, without `unlink`.
const REDIS_8_4: c_int = 0x0008_0400;
/// The first Valkey version whose keyspace events to modules leave the client in the event's
/// database. If a module listens, a COPY or MOVE to another database changes the client's database
/// too.
const VALKEY_8_1: c_int = 0x0008_0100;
/// The first Valkey version that fixes this (Valkey's pull request 4024).
const VALKEY_9_1_2: c_int = 0x0009_0102;

/// Returns whether this server reports every way in which a value leaves its key, and can be
/// subscribed to without side effects.
fn is_supported_by_server(is_cluster: bool) -> bool {
    let version = module::version();
    if module::is_valkey() {
        // Valkey 9 hides the keys of a slot that is being imported from look-ups.
        version < VALKEY_8_1 || (version >= VALKEY_9_1_2 && !is_cluster)
    } else {
        version < REDIS_8_4 || !is_cluster
    }
}

/// Subscribes to the events. The cache stays off if the server refuses one of them.
pub(crate) fn start<T: SlotValue>(ctx: Ctx<'_>, is_cluster: bool) {
    if !is_supported_by_server(is_cluster) {
        return;
    }
    let always = [
        raw::REDISMODULE_EVENT_FLUSHDB,
        raw::REDISMODULE_EVENT_SWAPDB,
        raw::REDISMODULE_EVENT_LOADING,
        raw::REDISMODULE_EVENT_REPLICATION_ROLE_CHANGED,
    ];
    let subscribed = always.into_iter().all(|event| subscribe::<T>(ctx, event));
    // A server has one of these two: 6.2 the first, later ones the second.
    let backup = subscribe::<T>(ctx, raw::REDISMODULE_EVENT_REPL_BACKUP);
    let async_load = subscribe::<T>(ctx, raw::REDISMODULE_EVENT_REPL_ASYNC_LOAD);
    // SAFETY: valid context. The callback has the expected signature.
    let keys = unsafe {
        api!(RedisModule_SubscribeToKeyspaceEvents(
            ctx.as_raw(),
            raw::REDISMODULE_NOTIFY_GENERIC,
            Some(on_key::<T>)
        ))
    };
    let all = subscribed && (backup || async_load) && keys == Some(OK);
    let cache = &T::cache();
    cache.is_supported.store(all, Ordering::Relaxed);
    cache.set_enabled(all);
}

fn subscribe<T: SlotValue>(ctx: Ctx<'_>, id: u64) -> bool {
    let event = RedisModuleEvent { id, dataver: 1 };
    // SAFETY: valid context. The callback has the expected signature.
    let result = unsafe {
        api!(RedisModule_SubscribeToServerEvent(
            ctx.as_raw(),
            event,
            Some(on_event::<T>)
        ))
    };
    result == Some(OK)
}

/// # Safety
/// Only the server may call this function.
unsafe extern "C" fn on_event<T: SlotValue>(
    _: *mut RedisModuleCtx,
    _: RedisModuleEvent,
    _: u64,
    _: *mut c_void,
) {
    T::cache().forget_all();
}

/// # Safety
/// Only the server may call this function.
unsafe extern "C" fn on_key<T: SlotValue>(
    _: *mut RedisModuleCtx,
    _: c_int,
    _: *const c_char,
    key: *mut RedisModuleString,
) -> c_int {
    // SAFETY: the key's name is valid during the call.
    let name = unsafe { string::bytes(key) };
    if let Some(slot) = T::slot_of_key(name) {
        T::cache().forget_slot(slot);
    }
    OK
}
