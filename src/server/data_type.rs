//! A data type of the module: how the server saves, loads, copies, measures, moves and frees its
//! values.
//!
//! Values are in memory that is never freed ([`super::headers`]), so that the server's pointer to a
//! value can be cached ([`super::value_cache`]).

use std::ffi::{CStr, c_int, c_void};
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use redis_module::raw::{
    self, RedisModuleDefragCtx, RedisModuleDigest, RedisModuleIO, RedisModuleKeyOptCtx,
    RedisModuleString, RedisModuleType, RedisModuleTypeMethods,
};

use super::Ctx;
use super::headers::{Header, HeaderPool, Pooled};
use super::io::{self, Defragmenter, Reader, Rewriter, Writer};
use super::panic::catch_panic;
use super::value_cache::SlotValue;

/// A value of a data type, of which there is one key per hash slot.
pub(crate) trait DataType: SlotValue {
    /// The type's name: nine characters of `[A-Za-z0-9_-]`, by the server's rule.
    const NAME: &CStr;
    /// The version of the encoding in RDB files, 0 to 1023 (the server's encver).
    const ENCODING: c_int;

    /// Returns the server layer's state of the type.
    fn registry() -> &'static Registry<Self>;

    /// Reads a value that was written with this encoding. The input is untrusted.
    ///
    /// # Errors
    /// What is wrong with the input, for the server's log.
    fn load(reader: &mut Reader, encoding: c_int) -> Result<Self, String>;

    /// Writes the value to an RDB file or a DUMP payload.
    fn save(&self, writer: &mut Writer);

    /// Writes the commands that create the value.
    fn rewrite(&self, rewriter: &mut Rewriter);

    /// Calls `add` with each element of the value, in any order.
    fn digest(&self, add: &mut dyn FnMut(&[u8]));

    /// Returns the number of bytes of memory that belong to the value, including itself.
    fn memory_usage(&self) -> usize;

    /// Returns the number of allocations to be freed with the value.
    fn free_effort(&self) -> usize;

    /// Returns a copy of the value, for another key.
    fn copy(&self) -> Self;

    /// Calls `visit` with each buffer from this position on, until it returns `false`. Returns the
    /// position to continue from, or `None` after the last buffer.
    fn buffers_mut(
        &mut self,
        from: usize,
        visit: &mut dyn FnMut(&mut Vec<u8>) -> bool,
    ) -> Option<usize>;

    /// Called after a command has changed the value.
    fn changed(&mut self);
}

/// The server layer's state of a data type. The type has one, in a static.
pub(crate) struct Registry<T: DataType> {
    raw: AtomicPtr<RedisModuleType>,
    headers: HeaderPool<T>,
}

impl<T: DataType> Registry<T> {
    /// Returns the state before registration.
    pub(crate) const fn new() -> Self {
        Self {
            raw: AtomicPtr::new(ptr::null_mut()),
            headers: HeaderPool::new(),
        }
    }

    /// Returns the server's handle of the type. Returns null before it is registered.
    #[inline]
    pub(super) fn as_raw(&self) -> *mut RedisModuleType {
        self.raw.load(Ordering::Relaxed)
    }
}

/// Moves a value to memory that the server can refer to.
pub(crate) fn pooled<T: DataType>(value: T) -> Pooled<T> {
    T::registry().headers.insert(value)
}

/// Takes back a value that the server held. Returns `None` if `raw` is null.
///
/// # Safety
/// `raw` must be the result of [`Pooled::into_raw`] for a value of this type, taken back once.
pub(super) unsafe fn take_over<T: DataType>(raw: *mut c_void) -> Option<Pooled<T>> {
    // SAFETY: by the caller's promise.
    unsafe { T::registry().headers.take_over(raw) }
}

/// Registers the type. Returns `false` if the server refuses, for example because another module
/// has a type of this name.
pub(crate) fn register<T: DataType>(ctx: Ctx<'_>) -> bool {
    let mut methods = Callbacks::<T>::methods();
    // SAFETY: valid context, nine-character name, and a method table that the server copies.
    let created = unsafe {
        api!(RedisModule_CreateDataType(
            ctx.as_raw(),
            T::NAME.as_ptr(),
            T::ENCODING,
            &raw mut methods
        ))
    };
    let created = created.unwrap_or(ptr::null_mut());
    T::registry().raw.store(created, Ordering::Relaxed);
    !created.is_null()
}

/// The callbacks of a type. `value` is always a value of the type, made by [`Pooled::into_raw`].
struct Callbacks<T>(PhantomData<T>);

impl<T: DataType> Callbacks<T> {
    fn methods() -> RedisModuleTypeMethods {
        RedisModuleTypeMethods {
            // A server that knows fewer fields ignores the others. A server that knows the second
            // form of a callback prefers it.
            version: u64::from(raw::REDISMODULE_TYPE_METHOD_VERSION),
            rdb_load: Some(Self::rdb_load),
            rdb_save: Some(Self::rdb_save),
            aof_rewrite: Some(Self::aof_rewrite),
            mem_usage: Some(Self::mem_usage),
            digest: Some(Self::digest),
            free: Some(Self::free),
            aux_load: None,
            aux_save: None,
            aux_save_triggers: 0,
            free_effort: Some(Self::free_effort),
            unlink: Some(Self::unlink),
            copy: Some(Self::copy),
            defrag: Some(Self::defrag),
            mem_usage2: Some(Self::mem_usage2),
            free_effort2: Some(Self::free_effort2),
            unlink2: Some(Self::unlink2),
            copy2: Some(Self::copy2),
            aux_save2: None,
        }
    }

    /// # Safety
    /// Only the server may call this function, and the other callbacks.
    unsafe extern "C" fn rdb_load(io: *mut RedisModuleIO, encoding: c_int) -> *mut c_void {
        // SAFETY: used during this call only.
        let mut reader = unsafe { Reader::new(io) };
        match catch_panic(|| T::load(&mut reader, encoding).map(pooled)) {
            Some(Ok(value)) => value.into_raw(),
            Some(Err(reason)) => {
                reader.log(&reason);
                ptr::null_mut()
            }
            None => ptr::null_mut(),
        }
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn rdb_save(io: *mut RedisModuleIO, value: *mut c_void) {
        // SAFETY: used during this call only; nothing changes the value meanwhile.
        let (mut writer, value) = unsafe { (Writer::new(io), shared::<T>(value)) };
        catch_panic(|| value.save(&mut writer));
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn aof_rewrite(
        io: *mut RedisModuleIO,
        key: *mut RedisModuleString,
        value: *mut c_void,
    ) {
        // SAFETY: as in rdb_save.
        let (mut rewriter, value) = unsafe { (Rewriter::new(io, key), shared::<T>(value)) };
        catch_panic(|| value.rewrite(&mut rewriter));
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn digest(digest: *mut RedisModuleDigest, value: *mut c_void) {
        // SAFETY: as in rdb_save.
        let value = unsafe { shared::<T>(value) };
        catch_panic(|| {
            value.digest(&mut |element| {
                // SAFETY: `digest` is what the server passed.
                unsafe { io::digest_element(digest, element) };
            });
        });
    }

    /// May run on a background thread, after the value has left its database.
    ///
    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn free(value: *mut c_void) {
        // SAFETY: the server passes each value once.
        let value = unsafe { take_over::<T>(value) };
        catch_panic(|| drop(value));
    }

    /// Called when the value leaves its key, to be freed, moved or renamed.
    ///
    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn unlink(_: *mut RedisModuleString, value: *const c_void) {
        // SAFETY: as in rdb_save.
        let slot = unsafe { shared::<T>(value) }.slot();
        T::cache().forget(slot, value);
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn unlink2(_: *mut RedisModuleKeyOptCtx, value: *const c_void) {
        // SAFETY: the same value.
        unsafe { Self::unlink(ptr::null_mut(), value) }
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn mem_usage(value: *const c_void) -> usize {
        // SAFETY: as in rdb_save.
        let value = unsafe { shared::<T>(value) };
        let header = size_of::<Header<T>>().saturating_sub(size_of::<T>());
        catch_panic(|| value.memory_usage().saturating_add(header)).unwrap_or(0)
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn mem_usage2(
        _: *mut RedisModuleKeyOptCtx,
        value: *const c_void,
        _samples: usize,
    ) -> usize {
        // SAFETY: the same value.
        unsafe { Self::mem_usage(value) }
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn free_effort(_: *mut RedisModuleString, value: *const c_void) -> usize {
        // SAFETY: as in rdb_save.
        let value = unsafe { shared::<T>(value) };
        catch_panic(|| value.free_effort()).unwrap_or(1)
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn free_effort2(_: *mut RedisModuleKeyOptCtx, value: *const c_void) -> usize {
        // SAFETY: the same value.
        unsafe { Self::free_effort(ptr::null_mut(), value) }
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn copy(
        _: *mut RedisModuleString,
        _: *mut RedisModuleString,
        value: *const c_void,
    ) -> *mut c_void {
        // SAFETY: as in rdb_save.
        let value = unsafe { shared::<T>(value) };
        catch_panic(|| pooled(value.copy()).into_raw()).unwrap_or(ptr::null_mut())
    }

    /// # Safety
    /// See [`Callbacks::rdb_load`].
    unsafe extern "C" fn copy2(_: *mut RedisModuleKeyOptCtx, value: *const c_void) -> *mut c_void {
        // SAFETY: the same value.
        unsafe { Self::copy(ptr::null_mut(), ptr::null_mut(), value) }
    }

    /// Moves the value's buffers one by one. Returns 1 if the time is up before the last. The value
    /// itself is not moved.
    ///
    /// # Safety
    /// See [`Callbacks::rdb_load`]. `value` is the address of the server's pointer to the value.
    unsafe extern "C" fn defrag(
        ctx: *mut RedisModuleDefragCtx,
        _: *mut RedisModuleString,
        value: *mut *mut c_void,
    ) -> c_int {
        // SAFETY: used during this call only. Nothing else refers to the value meanwhile.
        let (mover, value) = unsafe {
            let place = (*value).cast::<Header<T>>();
            if place.is_null() {
                return 0;
            }
            (Defragmenter::new(ctx), Header::value_mut(place))
        };
        let rest = catch_panic(|| {
            value.buffers_mut(mover.resume_at(), &mut |buffer| {
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
}

/// Returns the value that a callback's pointer refers to.
///
/// # Safety
/// `value` must be a value of the type that nothing changes for the lifetime `'a`.
unsafe fn shared<'a, T: DataType>(value: *const c_void) -> &'a T {
    // SAFETY: by the caller's promise; values are made by Pooled::into_raw.
    unsafe { Header::value(value.cast()) }
}
