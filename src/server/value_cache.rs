//! Where the values of database 0 are, so that a command need not open their keys.
//!
//! Opening a key costs more than the rest of a redirect. An entry is made when a key was opened the ordinary
//! way, holds its own slot's value and has no TTL. It goes with everything that takes a value from its key:
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
//! An entry is valid for some eight seconds; then the key is opened once, which keeps its LRU and LFU
//! figures alive. Off under `allkeys-*`, where those figures decide, and on the servers that
//! [`server_tells_all`] names.

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
    /// Where the values are.
    fn cache() -> &'static ValueCache<Self>;

    /// The slot of the value.
    fn slot(&self) -> Slot;

    /// The name of the key of a slot.
    fn key_of_slot(slot: Slot) -> Vec<u8>;

    /// The slot whose key has this name. Returns `None` if it is no such key.
    fn slot_of_key(key: &[u8]) -> Option<Slot>;
}

/// What is known of a slot: its value, and its key's name. Two entries a line of the processor's cache.
#[repr(C, align(32))]
struct Entry<T> {
    value: AtomicPtr<Header<T>>,
    generation: AtomicU64,
    /// When the key was opened last, in steps of 8.2 s.
    stamp: AtomicU32,
    name: AtomicPtr<RedisModuleString>,
}

/// Where the values of a type are, by slot.
pub(crate) struct ValueCache<T> {
    entries: [Entry<T>; SLOTS],
    /// Whether the server tells all that must be known.
    is_supported: AtomicBool,
    /// Whether entries are made and used.
    is_on: AtomicBool,
}

/// The time in steps of 8.2 s, of `now` in Unix ms.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a stamp comes round after a million years"
)]
pub(super) fn stamp(now: u64) -> u32 {
    (now >> 13) as u32
}

impl<T: SlotValue> ValueCache<T> {
    /// The state before anything is known.
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

    /// The name of a slot's key. It is made once and kept for the life of the process.
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

    /// The value of a slot's key in database 0, if it is known where it is; else null.
    #[inline]
    pub(super) fn get(&self, slot: Slot, stamp: u32) -> *mut Header<T> {
        let Some(entry) = self.entries.get(usize::from(slot)) else {
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

    /// Notes where the value of a slot's key is. `key` is that key, open in database 0.
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
            // SAFETY: values are in places of the pool.
            let generation = unsafe { Header::generation(value) };
            entry.generation.store(generation, Ordering::Relaxed);
            entry.stamp.store(stamp, Ordering::Relaxed);
            entry.value.store(value, Ordering::Relaxed);
        }
    }

    /// A value leaves its key.
    pub(super) fn forget(&self, slot: Slot, value: *const c_void) {
        if let Some(entry) = self.entries.get(usize::from(slot))
            && entry.value.load(Ordering::Relaxed).addr() == value.addr()
        {
            entry.value.store(ptr::null_mut(), Ordering::Relaxed);
        }
    }

    /// Something happens to the key of a slot.
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

    /// Whether the cache is in use.
    #[inline]
    pub(super) fn is_enabled(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }
}

/// `REDISMODULE_NO_EXPIRE`.
const NO_EXPIRE: i64 = -1;

/// Has entries made and used from now on, where the server supports it, or ends that.
pub(crate) fn set_enabled<T: SlotValue>(enabled: bool) {
    T::cache().set_enabled(enabled);
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
pub(crate) fn start<T: SlotValue>(ctx: Ctx<'_>, is_cluster: bool) {
    if !server_tells_all(is_cluster) {
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
    // SAFETY: valid context; the callback takes what the server gives it.
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
    // SAFETY: valid context; the callback takes what the server gives it.
    let answer = unsafe {
        api!(RedisModule_SubscribeToServerEvent(
            ctx.as_raw(),
            event,
            Some(on_event::<T>)
        ))
    };
    answer == Some(OK)
}

/// # Safety
/// For the server alone.
unsafe extern "C" fn on_event<T: SlotValue>(
    _: *mut RedisModuleCtx,
    _: RedisModuleEvent,
    _: u64,
    _: *mut c_void,
) {
    T::cache().forget_all();
}

/// # Safety
/// For the server alone.
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
