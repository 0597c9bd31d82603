//! The two forms of every link command: bare, `RESOLVE code`, and keyed, `RESOLVE shorten:{TAG} code`.
//!
//! They cannot be confused: no code has a colon, and no allowed scheme is `shorten`. The keyed form names the key that really
//! exists, the shard of its code or URL, so that key patterns, scripts and clients can treat it as any key.

use std::ffi::CStr;

use shorten_engine::error::{Error, quote};
use shorten_engine::slot::{self, Slot};

use crate::args::Cursor;
use crate::cluster;
use crate::server::command::Info;
use crate::server::{Args, Ctx, acl};

/// The code or URL a command is about, and the arguments that follow it.
///
/// # Errors
/// `ERR` if a keyed form has no subject, or names another key than that of its subject's shard; `NOPERM`
/// if the user has no permission for the subject of a keyed form.
#[inline]
pub(super) fn of<'a>(
    ctx: Ctx<'_>,
    args: Args<'a>,
    command: &Info,
) -> Result<(&'a [u8], Cursor<'a>), Error> {
    let mut cursor = Cursor::at(args, 1);
    let first = cursor.next().unwrap_or_default();
    if !slot::is_shard_key(first) {
        return Ok((first, cursor));
    }
    let subject = keyed(ctx, first, cursor.next(), command)?;
    Ok((subject, cursor))
}

fn keyed<'a>(
    ctx: Ctx<'_>,
    key: &[u8],
    subject: Option<&'a [u8]>,
    command: &Info,
) -> Result<&'a [u8], Error> {
    let subject = subject.ok_or_else(|| wrong_arity(command.name))?;
    let right = slot::shard_key(slot::of(subject));
    if right.as_bytes() != key {
        return Err(Error::other(format!(
            "{} is not the key of {}: that is {right}",
            quote(key),
            quote(subject)
        )));
    }
    // The server has checked the key that the command names. A standalone server's key patterns are about
    // codes and URLs, so the shard's key does not stand for what it holds; in a cluster it does.
    if !cluster::is_enabled() {
        check_permission(ctx, subject, command.key.unwrap_or(0))?;
    }
    Ok(subject)
}

/// Checks that the user may use a code or URL that the server does not see as the command's key.
///
/// # Errors
/// `NOPERM` if not.
pub(super) fn check_permission(ctx: Ctx<'_>, name: &[u8], access: u32) -> Result<(), Error> {
    if acl::may_use_key(ctx, name, access) {
        Ok(())
    } else {
        Err(Error::no_permission(name))
    }
}

/// As [`of`], for commands that take nothing else.
///
/// # Errors
/// As [`of`]; and the server's words for a wrong number of arguments if something follows.
#[inline]
pub(super) fn alone<'a>(ctx: Ctx<'_>, args: Args<'a>, command: &Info) -> Result<&'a [u8], Error> {
    let (subject, rest) = of(ctx, args, command)?;
    if rest.is_done() {
        Ok(subject)
    } else {
        Err(wrong_arity(command.name))
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
