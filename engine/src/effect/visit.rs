//! The encoding of a visit.

use crate::code::Code;
use crate::packed::bytes::{Reader, put_string, put_varint, unzigzag, zigzag};
use crate::shard::{MAX_COUNT, MAX_TIME};
use crate::stats::{self, MAX_DAYS, MAX_HOURS};
use crate::visitor::Salt;

use super::fields::{code, number};

const BOT: u8 = 1;
const TOTALS_ALONE: u8 = 1 << 1;
const VISITOR: u8 = 1 << 2;
const SALT: u8 = 1 << 3;
const FORGET: u8 = 1 << 4;

/// A visit and the counts after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VisitEffect<'a> {
    pub(crate) code: Code,
    /// Visits of humans so far.
    pub(crate) visits: u64,
    pub(crate) last_visit: u64,
    /// `None` in an effect of a version without details.
    pub(crate) detail: Option<VisitDetail<'a>>,
}

/// The details of a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VisitDetail<'a> {
    /// Visits of bots so far.
    pub(crate) bots: u64,
    /// Whether only the totals were counted, for lack of memory.
    pub(crate) totals_alone: bool,
    /// The shard's salt, if it was just generated.
    pub(crate) salt: Option<Salt>,
    /// If set, days and hours that begin after this time (Unix ms) are removed, because the
    /// master's clock was wrong.
    pub(crate) forget_after: Option<u64>,
    pub(crate) visit: stats::VisitSample<'a>,
}

impl<'a> VisitEffect<'a> {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_string(out, self.code.as_bytes());
        put_varint(out, self.visits);
        put_varint(out, self.last_visit);
        if let Some(detail) = &self.detail {
            detail.encode(self.last_visit, out);
        }
    }

    pub(super) fn decode(reader: &mut Reader<'a>) -> Option<Self> {
        let code = code(reader)?;
        let visits = number(reader, MAX_COUNT)?;
        // A visited link has a last visit.
        let last_visit = number(reader, MAX_COUNT).filter(|&time| time != 0)?;
        let detail = if reader.is_empty() {
            None
        } else {
            Some(VisitDetail::decode(last_visit, reader)?)
        };
        Some(VisitEffect {
            code,
            visits,
            last_visit,
            detail,
        })
    }
}

impl<'a> VisitDetail<'a> {
    fn encode(&self, last_visit: u64, out: &mut Vec<u8>) {
        let visit = &self.visit;
        let mut options = 0;
        for (bit, set) in [
            (BOT, visit.bot),
            (TOTALS_ALONE, self.totals_alone),
            (VISITOR, visit.visitor.is_some()),
            (SALT, self.salt.is_some()),
            (FORGET, self.forget_after.is_some()),
        ] {
            options |= if set { bit } else { 0 };
        }
        out.push(options);
        put_varint(out, self.bots);
        put_varint(
            out,
            zigzag(visit.time.wrapping_sub(last_visit).cast_signed()),
        );
        put_varint(out, u64::from(visit.days));
        put_varint(out, u64::from(visit.hours));
        if let Some(visitor) = visit.visitor {
            out.extend_from_slice(&visitor.to_le_bytes());
        }
        if let Some(salt) = &self.salt {
            out.extend_from_slice(salt);
        }
        if let Some(time) = self.forget_after {
            put_varint(out, time);
        }
        let known = visit.names.iter().enumerate();
        out.push(known.fold(0, |bits, (at, name)| {
            bits | if name.is_empty() { 0 } else { 1 << at }
        }));
        for name in visit.names.iter().filter(|name| !name.is_empty()) {
            put_string(out, name);
        }
    }

    fn decode(last_visit: u64, reader: &mut Reader<'a>) -> Option<Self> {
        let options = reader
            .byte()
            .filter(|options| options & !(BOT | TOTALS_ALONE | VISITOR | SALT | FORGET) == 0)?;
        let bots = number(reader, MAX_COUNT)?;
        let time = last_visit
            .checked_add_signed(unzigzag(reader.varint()?))
            .filter(|time| (1..=last_visit).contains(time))?;
        let days = u16::try_from(number(reader, MAX_DAYS)?).ok()?;
        let hours = u16::try_from(number(reader, MAX_HOURS)?).ok()?;
        let visitor = if options & VISITOR != 0 {
            Some(u32::from_le_bytes(reader.array()?))
        } else {
            None
        };
        let salt = if options & SALT != 0 {
            Some(reader.array()?)
        } else {
            None
        };
        let forget_after = if options & FORGET != 0 {
            Some(number(reader, MAX_TIME)?)
        } else {
            None
        };
        let known = reader.byte()?;
        let mut names: [&[u8]; 8] = [b""; 8];
        for (at, name) in names.iter_mut().enumerate() {
            if known & (1 << at) != 0 {
                *name = reader.string().filter(|name| stats::is_name(name))?;
            }
        }
        Some(VisitDetail {
            bots,
            totals_alone: options & TOTALS_ALONE != 0,
            salt,
            forget_after,
            visit: stats::VisitSample {
                time,
                bot: options & BOT != 0,
                days,
                hours,
                visitor,
                names,
            },
        })
    }
}
