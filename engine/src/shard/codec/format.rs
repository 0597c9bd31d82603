//! The version and the kinds of chunks.

use crate::error::Error;

pub(super) const VERSION: u8 = 1;
pub(super) const HEAD: u8 = 1;
pub(super) const LINKS: u8 = 2;
pub(super) const INDEX: u8 = 3;
pub(super) const POOL: u8 = 4;
pub(super) const TAKEN: u8 = 5;
pub(super) const VISITS: u8 = 6;

pub(super) fn malformed(what: &str) -> Error {
    Error::other(format!(
        "malformed shard chunk ({what}): LINK.LOAD and RDB files accept only unmodified data of \
         this module"
    ))
}
