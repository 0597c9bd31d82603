//! A command's arguments, as the client sent them.

use std::ffi::c_int;
use std::marker::PhantomData;

use redis_module::raw::RedisModuleString;

use super::string::{self, Text};

/// The whole argument vector of a call, the command's name first. Looking at an argument copies and counts nothing.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a> {
    /// No slice: the server may put another string into a place (see [`super::Ctx::redact`]).
    raw: *const *mut RedisModuleString,
    len: usize,
    strings: PhantomData<&'a RedisModuleString>,
}

impl<'a> Args<'a> {
    /// The arguments the server passed.
    ///
    /// # Safety
    /// `argv` must point to `argc` valid strings for the life `'a`. A string that the server takes out of
    /// its place must stay valid so long, too.
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

    /// How many there are, the command's name included.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// One argument as the server's own string.
    #[inline]
    pub(crate) fn text(&self, index: usize) -> Option<Text<'a>> {
        // SAFETY: the strings are valid for 'a by the promise given to `new`; the server never changes one.
        self.raw(index)
            .map(|string| unsafe { Text::from_raw(string) })
    }

    /// The pointer of one argument.
    #[inline]
    pub(super) fn raw(&self, index: usize) -> Option<*mut RedisModuleString> {
        // SAFETY: within the vector, which is valid for 'a by the promise given to `new`.
        (index < self.len).then(|| unsafe { *self.raw.add(index) })
    }

    /// The bytes of one argument.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&'a [u8]> {
        // SAFETY: the strings are valid for 'a by the promise given to `new`; the server never changes one.
        self.raw(index)
            .map(|string| unsafe { string::bytes(string) })
    }
}
