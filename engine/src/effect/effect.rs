//! The encoding of effects: the payload of LINK.APPLY.
//!
//! ```text
//! version 1 byte   1
//! kind    1 byte   the numbers below
//! PUT     code, options (CHANGED_BY_SET, SEED), seed if SEED (16 bytes), record relative to 0
//! DELETE  reason (0 deleted, 1 expired), codes to the end
//! VISIT   code, visits of humans, last visit; if more follows: options (BOT, TOTALS_ALONE,
//!         VISITOR, SALT, FORGET), visits of bots, time (zigzag from the last visit), days and
//!         hours kept, visitor if VISITOR (4 bytes), salt if SALT (16 bytes), the time after which
//!         days and hours are removed if FORGET, a bit for each dimension whose name follows,
//!         those names
//! EXPIRE  code, expires (0: never), updated
//! FILL    ranks to the end
//! TAKE    ranks to the end
//! CLEAR
//! RELEASE ranks to the end
//! ```
//!
//! Numbers are varints. A code is a string: its length and its characters. Every number is
//! absolute, so applying a payload twice changes nothing. Decoding checks the structure only, not
//! settings and not the clock.
//!
//! A kind never changes its number and its form. A new change gets a new kind. A reader refuses
//! unknown kinds and unknown versions, so replicas are upgraded before their master.

use crate::code::{Code, is_pool_rank};
use crate::error::Error;
use crate::packed::bytes::{Reader, put_string, put_varint};
use crate::shard::{Encoding, MAX_TIME, Record, Seed};

use super::fields::{code, number};
use super::visit::VisitEffect;

const VERSION: u8 = 1;
const PUT: u8 = 1;
const DELETE: u8 = 2;
const VISIT: u8 = 3;
const EXPIRE: u8 = 4;
const FILL: u8 = 5;
const TAKE: u8 = 6;
const CLEAR: u8 = 7;
const RELEASE: u8 = 8;

const CHANGED_BY_SET: u8 = 1;
const SEED: u8 = 1 << 1;

/// A complete change with absolute values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect<'a> {
    /// A link is created or changed.
    Put(Put<'a>),
    /// These links are removed.
    Delete { codes: Vec<Code>, expired: bool },
    /// A link was visited.
    Visit(VisitEffect<'a>),
    /// A link expires at this time, or never if 0.
    Expire {
        code: Code,
        expires: u64,
        updated: u64,
    },
    /// These codes are in the pool.
    Fill { ranks: Vec<u64> },
    /// These codes are reserved.
    Take { ranks: Vec<u64> },
    /// The pool is empty and is not refilled.
    Clear,
    /// These codes are no longer reserved.
    Release { ranks: Vec<u64> },
}

/// The link of `code` becomes `record`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Put<'a> {
    pub(crate) code: Code,
    pub(crate) record: Record<'a>,
    /// Whether LINK.SET created it, and not SHORTEN.
    pub(crate) by_set: bool,
    /// The seed of the index that the URL's entry goes to, used if that index is empty.
    pub(crate) seed: Option<Seed>,
}

impl<'a> Effect<'a> {
    /// Appends the payload.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.size_hint());
        out.push(VERSION);
        match self {
            Effect::Put(put) => {
                out.push(PUT);
                put_string(out, put.code.as_bytes());
                out.push(
                    if put.by_set { CHANGED_BY_SET } else { 0 }
                        | if put.seed.is_some() { SEED } else { 0 },
                );
                out.extend_from_slice(put.seed.as_ref().map_or(&[], |seed| &seed[..]));
                put.record.encode(0, Encoding::Wire, out);
            }
            Effect::Delete { codes, expired } => {
                out.extend_from_slice(&[DELETE, u8::from(*expired)]);
                codes
                    .iter()
                    .for_each(|code| put_string(out, code.as_bytes()));
            }
            Effect::Visit(visit) => {
                out.push(VISIT);
                visit.encode(out);
            }
            Effect::Expire {
                code,
                expires,
                updated,
            } => {
                out.push(EXPIRE);
                put_string(out, code.as_bytes());
                put_varint(out, *expires);
                put_varint(out, *updated);
            }
            Effect::Fill { ranks } | Effect::Take { ranks } | Effect::Release { ranks } => {
                out.push(match self {
                    Effect::Fill { .. } => FILL,
                    Effect::Take { .. } => TAKE,
                    _ => RELEASE,
                });
                ranks.iter().for_each(|&rank| put_varint(out, rank));
            }
            Effect::Clear => out.push(CLEAR),
        }
    }

    /// Decodes a payload.
    ///
    /// # Errors
    /// `ERR` if the payload is malformed.
    pub(crate) fn decode(payload: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(payload);
        read(&mut reader)
            .filter(|_| reader.is_empty())
            .ok_or_else(|| {
                Error::other(
                    "malformed effect: LINK.APPLY is internal and accepts only payloads of \
                this module",
                )
            })
    }

    fn size_hint(&self) -> usize {
        match self {
            Effect::Put(put) => put
                .record
                .url
                .size_hint()
                .saturating_add(put.record.note.len())
                .saturating_add(128),
            Effect::Delete { codes, .. } => codes.len().saturating_mul(9).saturating_add(4),
            Effect::Fill { ranks } | Effect::Take { ranks } | Effect::Release { ranks } => {
                ranks.len().saturating_mul(6).saturating_add(2)
            }
            _ => 96,
        }
    }
}

fn read<'a>(reader: &mut Reader<'a>) -> Option<Effect<'a>> {
    if reader.byte()? != VERSION {
        return None;
    }
    Some(match reader.byte()? {
        PUT => {
            let code = code(reader)?;
            let options = reader
                .byte()
                .filter(|options| options & !(CHANGED_BY_SET | SEED) == 0)?;
            let seed = if options & SEED != 0 {
                Some(reader.array()?)
            } else {
                None
            };
            let record = Record::decode(reader, 0, 0)
                .filter(|record| record.is_valid() && record.code_fits(&code))?;
            Effect::Put(Put {
                code,
                record,
                by_set: options & CHANGED_BY_SET != 0,
                seed,
            })
        }
        DELETE => {
            let expired = reader.byte().filter(|&reason| reason <= 1)? == 1;
            Effect::Delete {
                codes: all(reader, code)?,
                expired,
            }
        }
        VISIT => Effect::Visit(VisitEffect::decode(reader)?),
        EXPIRE => Effect::Expire {
            code: code(reader)?,
            expires: number(reader, MAX_TIME)?,
            updated: number(reader, MAX_TIME)?,
        },
        FILL => Effect::Fill {
            ranks: all(reader, pool_rank)?,
        },
        TAKE => Effect::Take {
            ranks: all(reader, pool_rank)?,
        },
        CLEAR => Effect::Clear,
        RELEASE => Effect::Release {
            ranks: all(reader, pool_rank)?,
        },
        _ => return None,
    })
}

fn pool_rank(reader: &mut Reader<'_>) -> Option<u64> {
    reader.varint().filter(|&rank| is_pool_rank(rank))
}

fn all<T>(reader: &mut Reader<'_>, read: impl Fn(&mut Reader<'_>) -> Option<T>) -> Option<Vec<T>> {
    let mut list = Vec::new();
    while !reader.is_empty() {
        list.push(read(reader)?);
    }
    Some(list)
}
