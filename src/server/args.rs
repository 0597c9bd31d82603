//! A command's arguments, as the client sent them.

use std::ffi::c_int;
use std::slice;

use redis_module::raw::RedisModuleString;

use super::string;

/// The whole argument vector of a call, the command's name first. Looking at an argument copies and counts nothing.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a> {
    raw: &'a [*mut RedisModuleString],
}

impl<'a> Args<'a> {
    /// The arguments the server passed.
    ///
    /// # Safety
    /// `argv` must point to `argc` valid strings that stay so for the life `'a`.
    pub(super) unsafe fn new(argv: *mut *mut RedisModuleString, argc: c_int) -> Self {
        let raw = match usize::try_from(argc) {
            // SAFETY: by the caller's promise.
            Ok(count) if count > 0 && !argv.is_null() => unsafe {
                slice::from_raw_parts(argv, count)
            },
            _ => &[],
        };
        Self { raw }
    }

    /// How many there are, the command's name included.
    pub(crate) fn len(&self) -> usize {
        self.raw.len()
    }

    /// One argument as the server's own string.
    pub(super) fn raw(&self, index: usize) -> Option<*mut RedisModuleString> {
        self.raw.get(index).copied()
    }

    /// The bytes of one argument.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&'a [u8]> {
        // SAFETY: the strings are valid for 'a by the promise given to `new`; the server never changes an argument in place.
        self.raw
            .get(index)
            .map(|string| unsafe { string::bytes(*string) })
    }
}
