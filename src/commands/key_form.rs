//! The two forms of every link command: bare, `RESOLVE code`, and keyed, `RESOLVE shorten:{TAG} code`.
//!
//! They cannot be confused: no code has a colon, and no allowed scheme is `shorten`. The keyed form names the key that really
//! exists, the shard of its code or URL, so that key patterns, scripts and clients can treat it as any key.
//!
//! On a server of its own the key patterns of users are about codes and URLs. There the keyed form,
//! of which the server checks the shard's key alone, needs the rights of the bare form too. In a
//! cluster they are about shards' keys.

use std::ffi::CStr;

use shorten_engine::code::slot::{self, Slot};
use shorten_engine::error::{Error, quote};
use smallvec::SmallVec;

use super::options::{self, ArgCursor};
use crate::runtime::cluster;
use crate::server::string::Text;
use crate::server::{Args, Ctx};

/// The code or URL a command is about, and the arguments that follow it.
///
/// # Errors
/// `ERR` if a keyed form has no subject, or names another key than that of its subject's shard;
/// `NOPERM` if the user lacks the rights of the bare form.
#[inline]
pub(super) fn parse_subject<'a>(
    ctx: Ctx<'_>,
    args: Args<'a>,
    command: &CStr,
) -> Result<(&'a [u8], ArgCursor<'a>), Error> {
    let mut cursor = ArgCursor::at(args, 1);
    let first = cursor.next().unwrap_or_default();
    if !slot::is_shard_key(first) {
        return Ok((first, cursor));
    }
    let subject = cursor.next().ok_or_else(|| options::wrong_arity(command))?;
    let right = slot::shard_key(slot::of(subject));
    if right.as_bytes() != first {
        return Err(Error::other(format!(
            "wrong shard key {} for {}, expected {right}",
            quote(first),
            quote(subject)
        )));
    }
    if !cluster::is_enabled() {
        check_rights_of_bare_form(ctx, args, subject)?;
    }
    Ok((subject, cursor))
}

/// Refuses a keyed form that its user may not use in the bare form.
fn check_rights_of_bare_form(ctx: Ctx<'_>, args: Args<'_>, subject: &[u8]) -> Result<(), Error> {
    let without_key = (0..args.len()).filter(|&index| index != 1);
    let bare: SmallVec<[Text<'_>; 8]> = without_key.filter_map(|index| args.text(index)).collect();
    if ctx.may_run(&bare) {
        Ok(())
    } else {
        Err(Error::no_permission(subject))
    }
}

/// As [`parse_subject`], for commands that take nothing else.
///
/// # Errors
/// As [`parse_subject`]; and the server's words for a wrong number of arguments if something follows.
#[inline]
pub(super) fn parse_only_subject<'a>(
    ctx: Ctx<'_>,
    args: Args<'a>,
    command: &CStr,
) -> Result<&'a [u8], Error> {
    let (subject, rest) = parse_subject(ctx, args, command)?;
    if rest.is_done() {
        Ok(subject)
    } else {
        Err(options::wrong_arity(command))
    }
}

/// The slot whose shard a key must be, for the two internal commands.
///
/// # Errors
/// `ERR` if it is not spelt as the module spells it.
pub(super) fn slot_of_key(key: &[u8]) -> Result<Slot, Error> {
    slot::of_shard_key(key).ok_or_else(|| {
        Error::other(format!(
            "{} is not a shard key; shard keys have the form shorten:{{TAG}}",
            quote(key)
        ))
    })
}
