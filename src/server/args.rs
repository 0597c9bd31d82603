//! A command's arguments, as the client sent them.

use std::ffi::c_int;
use std::marker::PhantomData;

use redis_module::raw::RedisModuleString;

use super::string::{self, Text};

/// The argument vector of a call, the command's name first. Reading an argument copies nothing.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a> {
    /// Not a slice, because the server may replace an argument (see [`super::Ctx::redact`]).
    raw: *const *mut RedisModuleString,
    len: usize,
    strings: PhantomData<&'a RedisModuleString>,
}

impl<'a> Args<'a> {
    /// Returns the arguments that the server passed.
    ///
    /// # Safety
    /// `argv` must point to `argc` valid strings for the lifetime `'a`. A string that the server
    /// replaces must stay valid for this time too.
    pub(super) unsafe fn new(argv: *mut *mut RedisModuleString, argc: c_int) -> Self {
        let len = match usize::try_from(argc) {
            Ok(count) if !argv.is_null() => count,
            _ => 0,
        };
        Self {
            raw: argv,
            len,
            strings: PhantomData,
        }
    }

    /// Returns the number of arguments, including the command's name.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Returns one argument as the server's string.
    #[inline]
    pub(crate) fn text(&self, index: usize) -> Option<Text<'a>> {
        // SAFETY: the strings are valid for 'a by the contract of `new`. The server never changes
        // one.
        self.raw(index)
            .map(|string| unsafe { Text::from_raw(string) })
    }

    /// Returns the pointer of one argument.
    #[inline]
    pub(super) fn raw(&self, index: usize) -> Option<*mut RedisModuleString> {
        // SAFETY: within the vector, which is valid for 'a by the contract of `new`.
        (index < self.len).then(|| unsafe { *self.raw.add(index) })
    }

    /// Returns the bytes of one argument.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&'a [u8]> {
        // SAFETY: the strings are valid for 'a by the contract of `new`. The server never changes
        // one.
        self.raw(index)
            .map(|string| unsafe { string::bytes(string) })
    }
}
