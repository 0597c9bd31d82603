//! The data type `linkshard`: how the server saves, loads, copies, measures, moves and frees a shard.
//!
//! ```text
//! RDB, DUMP    the shard's chunks as strings, the head first; then an empty string
//! AOF rewrite  LINK.LOAD shard-key chunk, once per chunk
//! ```
//! A payload is believed in nothing: RESTORE takes it from anyone. What it holds is checked by the engine's codec, nothing is
//! allocated by a number that was read, and a bad one is refused with a line in the log.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use redis_module::raw::{
    self, RedisModuleDefragCtx, RedisModuleDigest, RedisModuleIO, RedisModuleKeyOptCtx,
    RedisModuleString, RedisModuleTypeMethods,
};
use shorten_engine::code::slot::Slot;
use shorten_engine::{Growth, Shard};

use crate::server::Ctx;
use crate::server::entry::guard;
use crate::server::headers::{Header, HeaderPool, Kept};
use crate::server::io::{self, Defragmenter, Reader, Rewriter, Writer};
use crate::server::shard_cache;
use crate::totals;

/// The type's name: nine characters, by the server's rule.
const NAME: &CStr = c"linkshard";

/// The version of the encoding. A payload of another one is refused.
const ENCODING: c_int = 1;

/// The command that AOF rewriting emits.
const LOAD: &CStr = c"LINK.LOAD";

/// What a key holds: a shard that the running totals know of.
pub(crate) struct Value {
    shard: Shard,
}

static VALUES: HeaderPool<Value> = HeaderPool::new();

impl Value {
    /// A value that holds an empty shard.
    pub(crate) fn empty(slot: Slot) -> Kept<Self> {
        Self::of(Shard::new(slot))
    }

    /// A value that holds this shard, none of which was counted before.
    pub(crate) fn of(mut shard: Shard) -> Kept<Self> {
        totals::shard_made();
        shard.take_growth();
        totals::add(shard.slot(), &shard.size().into());
        totals::raise_largest(shard.link_count());
        VALUES.keep(Self { shard })
    }

    /// Takes a value over that the server kept; `None` if `raw` is null.
    ///
    /// # Safety
    /// `raw` must be what [`Kept::into_raw`] returned for a value, taken over once.
    pub(crate) unsafe fn take_over(raw: *mut c_void) -> Option<Kept<Self>> {
        // SAFETY: by the caller's promise.
        unsafe { VALUES.take_over(raw) }
    }

    /// The shard.
    #[inline]
    pub(crate) fn shard(&self) -> &Shard {
        &self.shard
    }

    /// The shard, to be changed; [`Value::count`] has to follow.
    #[inline]
    pub(crate) fn shard_mut(&mut self) -> &mut Shard {
        &mut self.shard
    }

    /// Brings the running totals up to date with the shard.
    #[inline]
    pub(crate) fn count(&mut self) {
        let growth = self.shard.take_growth();
        if growth == Growth::default() {
            return;
        }
        totals::add(self.shard.slot(), &growth);
        if growth.links > 0 {
            totals::raise_largest(self.shard.link_count());
        }
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let growth = self.shard.take_growth();
        totals::add(self.shard.slot(), &growth);
        totals::subtract(self.shard.slot(), &self.shard.size().into());
        totals::shard_freed();
    }
}

/// Registers the type. False if the server refuses.
pub(crate) fn register(ctx: Ctx<'_>) -> bool {
    let mut methods = RedisModuleTypeMethods {
        // Servers that know fewer fields than this version has ignore the rest; where there is a second form of a callback,
        // servers that know it prefer it.
        version: u64::from(raw::REDISMODULE_TYPE_METHOD_VERSION),
        rdb_load: Some(rdb_load),
        rdb_save: Some(rdb_save),
        aof_rewrite: Some(aof_rewrite),
        mem_usage: Some(mem_usage),
        digest: Some(digest),
        free: Some(free),
        aux_load: None,
        aux_save: None,
        aux_save_triggers: 0,
        free_effort: Some(free_effort),
        unlink: Some(unlink),
        copy: Some(copy),
        defrag: Some(defrag),
        mem_usage2: Some(mem_usage2),
        free_effort2: Some(free_effort2),
        unlink2: Some(unlink2),
        copy2: Some(copy2),
        aux_save2: None,
    };
    io::register_type(ctx, NAME, ENCODING, &mut methods)
}

/// Reads a shard.
fn read(reader: &mut Reader, encoding: c_int) -> Result<Kept<Value>, String> {
    if encoding != ENCODING {
        return Err(format!(
            "encoding {encoding} is not supported by this version of the module"
        ));
    }
    let ended = || "unexpected end of input".to_owned();
    let head = reader.bytes().ok_or_else(ended)?;
    let mut shard = Shard::from_chunk(head.as_slice()).map_err(|error| error.to_string())?;
    loop {
        let chunk = reader.bytes().ok_or_else(ended)?;
        if chunk.as_slice().is_empty() {
            return Ok(Value::of(shard));
        }
        shard
            .load_chunk(chunk.as_slice())
            .map_err(|error| error.to_string())?;
    }
}

/// # Safety
/// For the server alone, as are all callbacks here: `value` is a value of our type, made by `Kept::into_raw`.
unsafe extern "C" fn rdb_load(io: *mut RedisModuleIO, encoding: c_int) -> *mut c_void {
    // SAFETY: used during this call only.
    let mut reader = unsafe { Reader::new(io) };
    match guard(|| read(&mut reader, encoding)) {
        Some(Ok(value)) => value.into_raw(),
        Some(Err(reason)) => {
            reader.log(&format!("cannot load shard: {reason}"));
            ptr::null_mut()
        }
        None => ptr::null_mut(),
    }
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn rdb_save(io: *mut RedisModuleIO, value: *mut c_void) {
    // SAFETY: used during this call only; the value is ours and nobody changes it meanwhile.
    let (mut writer, value) = unsafe { (Writer::new(io), shared(value)) };
    guard(|| {
        for chunk in value.shard.chunks() {
            writer.bytes(&chunk);
        }
        writer.bytes(b"");
    });
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn aof_rewrite(
    io: *mut RedisModuleIO,
    key: *mut RedisModuleString,
    value: *mut c_void,
) {
    // SAFETY: as in rdb_save.
    let (mut rewriter, value) = unsafe { (Rewriter::new(io, key), shared(value)) };
    guard(|| {
        for chunk in value.shard.chunks() {
            rewriter.emit(LOAD, &chunk);
        }
    });
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn digest(digest: *mut RedisModuleDigest, value: *mut c_void) {
    // SAFETY: as in rdb_save.
    let value = unsafe { shared(value) };
    guard(|| {
        value.shard.digest(&mut |element| {
            // SAFETY: `digest` is what the server gave us.
            unsafe { io::digest_element(digest, element) };
        });
    });
}

/// May run on a background thread, after the value has left its database.
///
/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn free(value: *mut c_void) {
    // SAFETY: the value was made by Kept::into_raw, and the server gives it back once.
    let value = unsafe { Value::take_over(value) };
    guard(|| drop(value));
}

/// The value leaves its key, to be freed, moved or renamed.
///
/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn unlink(_: *mut RedisModuleString, value: *const c_void) {
    // SAFETY: as in rdb_save.
    let slot = unsafe { shared(value) }.shard.slot();
    shard_cache::forget(slot, value);
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn unlink2(_: *mut RedisModuleKeyOptCtx, value: *const c_void) {
    // SAFETY: the same value.
    unsafe { unlink(ptr::null_mut(), value) }
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn mem_usage(value: *const c_void) -> usize {
    // SAFETY: as in rdb_save.
    let value = unsafe { shared(value) };
    let besides = size_of::<Header<Value>>().saturating_sub(size_of::<Shard>());
    guard(|| value.shard.memory_usage().saturating_add(besides)).unwrap_or(0)
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn mem_usage2(
    _: *mut RedisModuleKeyOptCtx,
    value: *const c_void,
    _samples: usize,
) -> usize {
    // SAFETY: the same value.
    unsafe { mem_usage(value) }
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn free_effort(_: *mut RedisModuleString, value: *const c_void) -> usize {
    // SAFETY: as in rdb_save.
    let value = unsafe { shared(value) };
    guard(|| value.shard.free_effort()).unwrap_or(1)
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn free_effort2(_: *mut RedisModuleKeyOptCtx, value: *const c_void) -> usize {
    // SAFETY: the same value.
    unsafe { free_effort(ptr::null_mut(), value) }
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn copy(
    _: *mut RedisModuleString,
    _: *mut RedisModuleString,
    value: *const c_void,
) -> *mut c_void {
    // SAFETY: as in rdb_save.
    let value = unsafe { shared(value) };
    guard(|| Value::of(value.shard.clone()).into_raw()).unwrap_or(ptr::null_mut())
}

/// # Safety
/// See [`rdb_load`].
unsafe extern "C" fn copy2(_: *mut RedisModuleKeyOptCtx, value: *const c_void) -> *mut c_void {
    // SAFETY: the same value.
    unsafe { copy(ptr::null_mut(), ptr::null_mut(), value) }
}

/// Moves the value's buffers one by one; 1 if the time ran out before the last. The value itself stays where it
/// is, in a place that is never given back.
///
/// # Safety
/// See [`rdb_load`]. `value` is the place where the server keeps the value's address.
unsafe extern "C" fn defrag(
    ctx: *mut RedisModuleDefragCtx,
    _: *mut RedisModuleString,
    value: *mut *mut c_void,
) -> c_int {
    // SAFETY: used during this call only; nothing else refers to the value meanwhile.
    let (mover, value) = unsafe {
        let place = (*value).cast::<Header<Value>>();
        if place.is_null() {
            return 0;
        }
        (Defragmenter::new(ctx), Header::value_mut(place))
    };
    let rest = guard(|| {
        value.shard.buffers_mut(mover.resume_at(), &mut |buffer| {
            mover.relocate_buffer(buffer);
            !mover.must_stop()
        })
    });
    match rest.flatten() {
        Some(position) => {
            mover.stop_at(position);
            1
        }
        None => 0,
    }
}

/// The value behind a callback's pointer.
///
/// # Safety
/// `value` must be a value of our type that nobody changes for the life `'a`.
unsafe fn shared<'a>(value: *const c_void) -> &'a Value {
    // SAFETY: by the caller's promise; values of our type are made by Kept::into_raw.
    unsafe { Header::value(value.cast()) }
}
