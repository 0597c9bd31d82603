//! The two forms of every link command: bare, `RESOLVE code`, and keyed, `RESOLVE shorten:{TAG}
//! code`.
//!
//! They cannot be confused: no code has a colon, and `shorten` is not an allowed scheme. The keyed
//! form names a key that exists, the shard of its code or URL. So key patterns, scripts and clients
//! can treat it as any key.
//!
//! Without cluster mode, the key patterns of users are for codes and URLs. The server checks only
//! the shard's key of a keyed form, so the module checks the permissions of the bare form too. In
//! cluster mode, key patterns are for the keys of shards.

use std::ffi::CStr;

use shorten_engine::code::slot::{self, Slot};
use shorten_engine::error::{Error, quote};
use smallvec::SmallVec;

use super::options::{self, ArgCursor};
use crate::runtime::cluster;
use crate::server::string::Text;
use crate::server::{Args, Ctx};

/// Returns the code or URL that a command is about, and the arguments that follow it.
///
/// # Errors
/// `ERR` if a keyed form has no subject, or if its key is not that of the subject's shard. `NOPERM`
/// if the user lacks the permissions of the bare form.
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

/// Fails if the user may not run the bare form of this command.
fn check_rights_of_bare_form(ctx: Ctx<'_>, args: Args<'_>, subject: &[u8]) -> Result<(), Error> {
    let without_key = (0..args.len()).filter(|&index| index != 1);
    let bare: SmallVec<[Text<'_>; 8]> = without_key.filter_map(|index| args.text(index)).collect();
    if ctx.may_run(&bare) {
        Ok(())
    } else {
        Err(Error::no_permission(subject))
    }
}

/// Returns the subject of a command that has no other arguments. See [`parse_subject`].
///
/// # Errors
/// As [`parse_subject`]. Redis's error for a wrong number of arguments if an argument follows.
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

/// Returns the slot of a shard key, for the two internal commands.
///
/// # Errors
/// `ERR` if the key is not spelled as the module spells it.
pub(super) fn slot_of_key(key: &[u8]) -> Result<Slot, Error> {
    slot::of_shard_key(key).ok_or_else(|| {
        Error::other(format!(
            "{} is not a shard key; shard keys have the form shorten:{{TAG}}",
            quote(key)
        ))
    })
}
