//! The two forms of every link command: bare, `RESOLVE code`, and keyed, `RESOLVE shorten:{TAG} code`.
//!
//! They cannot be confused: no code has a colon, and no allowed scheme is `shorten`. The keyed form names the key that really
//! exists, the shard of its code or URL, so that key patterns, scripts and clients can treat it as any key.

use std::ffi::CStr;

use shorten_engine::error::{Error, quote};
use shorten_engine::slot::{self, Slot};

use crate::args::Cursor;
use crate::server::Args;

/// The code or URL a command is about, and the arguments that follow it.
///
/// # Errors
/// `ERR` if a keyed form has no subject, or names another key than that of its subject's shard.
#[inline]
pub(super) fn of<'a>(args: Args<'a>, command: &CStr) -> Result<(&'a [u8], Cursor<'a>), Error> {
    let mut cursor = Cursor::at(args, 1);
    let first = cursor.next().unwrap_or_default();
    if !slot::is_shard_key(first) {
        return Ok((first, cursor));
    }
    let subject = cursor.next().ok_or_else(|| wrong_arity(command))?;
    let right = slot::shard_key(slot::of(subject));
    if right.as_bytes() == first {
        Ok((subject, cursor))
    } else {
        Err(Error::other(format!(
            "{} is not the key of {}: that is {right}",
            quote(first),
            quote(subject)
        )))
    }
}

/// As [`of`], for commands that take nothing else.
///
/// # Errors
/// As [`of`]; and the server's words for a wrong number of arguments if something follows.
#[inline]
pub(super) fn alone<'a>(args: Args<'a>, command: &CStr) -> Result<&'a [u8], Error> {
    let (subject, rest) = of(args, command)?;
    if rest.is_done() {
        Ok(subject)
    } else {
        Err(wrong_arity(command))
    }
}

/// The slot whose shard a key must be, for the two internal commands.
///
/// # Errors
/// `ERR` if it is not spelt as the module spells it.
pub(super) fn slot_of_key(key: &[u8]) -> Result<Slot, Error> {
    slot::of_shard_key(key).ok_or_else(|| {
        Error::other(format!(
            "{} is not the key of a shard: those are named shorten:{{TAG}}",
            quote(key)
        ))
    })
}

/// The server's words.
#[cold]
pub(super) fn wrong_arity(command: &CStr) -> Error {
    Error::other(format!(
        "wrong number of arguments for '{}' command",
        command.to_string_lossy()
    ))
}
