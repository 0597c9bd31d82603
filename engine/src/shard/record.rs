//! One link, packed: the encoding in a page, in an effect and in an RDB chunk.
//!
//! ```text
//! flags   1 byte   origin (2 bits), INDEXED, VISITED, EXPIRES, UPDATED, EXTRA, DETAILED (in memory alone)
//! extra   1 byte   if EXTRA: LIMIT, NOTE; the others are free
//! visits  6 + 6    if VISITED: visits so far, last visit; fixed, so that counting happens in place
//! details 4 bytes  if DETAILED: the number of its statistics ([`crate::shard::stats_slab`])
//! created varint   zigzag, from a base that the context gives (0 in an effect)
//! updated varint   if UPDATED: zigzag, from `created`
//! expires varint   if EXPIRES: zigzag, from `created`
//! limit   varint   if LIMIT
//! note    string   if NOTE
//! url     varint   its length twice, plus 1 if it is packed ([`crate::packed::fsst`]), then its bytes
//! ```
//! Times are Unix milliseconds.

use std::borrow::Cow;

use crate::code::Code;
use crate::packed::bytes::{Reader, U48_MAX, put_string, put_varint, unzigzag, zigzag};
use crate::packed::fsst::{self, TableId, UrlBuffer, UrlBytes};
use crate::url::is_clean;

/// Where a link's statistics are; a link that has none has the number 0.
pub(crate) type StatsId = u32;

/// Longest note, in bytes.
pub const MAX_NOTE: usize = 255;
/// Most visits that a record counts to, and the last time it notes: six bytes each.
pub const MAX_COUNT: u64 = U48_MAX;
/// Latest time a record takes: Redis's own times are signed 64-bit milliseconds.
pub const MAX_TIME: u64 = i64::MAX as u64;

const INDEXED: u8 = 1 << 2;
const VISITED: u8 = 1 << 3;
const EXPIRES: u8 = 1 << 4;
const UPDATED: u8 = 1 << 5;
const EXTRA: u8 = 1 << 6;
const DETAILED: u8 = 1 << 7;
const LIMIT: u8 = 1;
const NOTE: u8 = 1 << 1;

/// Where a link's code came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The next number.
    Counter,
    /// The URL's MD5.
    Hash,
    /// The pool of random codes.
    Pool,
    /// A person or a program chose it.
    Alias,
}

impl Origin {
    /// As LINK.INFO shows it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Counter => "counter",
            Origin::Hash => "hash",
            Origin::Pool => "pool",
            Origin::Alias => "alias",
        }
    }

    fn from_bits(flags: u8) -> Origin {
        match flags & 3 {
            0 => Origin::Counter,
            1 => Origin::Hash,
            2 => Origin::Pool,
            _ => Origin::Alias,
        }
    }
}

/// One link, as read. Zero stands for none in `expires`, `limit`, `visits` and `last_visit`; an empty note is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where its code came from.
    pub origin: Origin,
    /// Whether the reverse index may lead from its URL to it.
    pub indexed: bool,
    /// When it was made, Unix ms.
    pub created: u64,
    /// When a person last changed it, Unix ms; `created` if never.
    pub updated: u64,
    /// From when on it answers no more, Unix ms; 0 if ever.
    pub expires: u64,
    /// How many visits it gives; 0 if as many as come.
    pub limit: u64,
    /// How many visits it gave, those of bots aside.
    pub visits: u64,
    /// When it gave the last one, Unix ms.
    pub last_visit: u64,
    /// Where its statistics are; 0 if it has none. Of this shard in this process only.
    pub(crate) details: StatsId,
    /// Free text of at most [`MAX_NOTE`] bytes.
    pub note: &'a [u8],
    /// The destination.
    pub(crate) url: UrlBytes<'a>,
}

impl<'a> Record<'a> {
    /// A permanent link of this moment.
    #[must_use]
    pub fn new(origin: Origin, url: &'a [u8], now: u64) -> Self {
        Record {
            origin,
            indexed: false,
            created: now,
            updated: now,
            expires: 0,
            limit: 0,
            visits: 0,
            last_visit: 0,
            details: 0,
            note: b"",
            url: UrlBytes::Plain(url),
        }
    }

    /// The destination, as it was given.
    #[must_use]
    pub fn url(&self) -> Cow<'a, [u8]> {
        self.url.text()
    }

    /// Hands out the destination, without asking for memory unless it is long.
    #[inline]
    pub fn with_url<R>(&self, take: impl FnOnce(&[u8]) -> R) -> R {
        self.url.with_text(take)
    }

    /// Puts the destination into `buffer`, without asking for memory unless it is long.
    #[inline]
    pub(crate) fn copy_url(&self, buffer: &mut UrlBuffer) {
        self.url.copy_to(buffer);
    }

    /// Whether it has expired: from the very millisecond on.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires != 0 && self.expires <= now
    }

    /// Whether its visits are used up.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.limit != 0 && self.visits >= self.limit
    }

    /// Whether it answers RESOLVE and VISIT.
    #[must_use]
    pub fn answers(&self, now: u64) -> bool {
        !self.is_expired(now) && !self.is_exhausted()
    }

    /// Whether it may be removed: expired for at least `retention` ms.
    #[must_use]
    pub fn is_reclaimable(&self, now: u64, retention: u64) -> bool {
        self.is_expired(now) && self.expires.saturating_add(retention) <= now
    }

    /// Appends the packed encoding, with `created` counted from `base`, in this encoding.
    pub(crate) fn encode(&self, base: u64, encoding: Encoding, out: &mut Vec<u8>) {
        let extra =
            if self.limit == 0 { 0 } else { LIMIT } | if self.note.is_empty() { 0 } else { NOTE };
        let mut flags = self.origin as u8;
        for (bit, set) in [
            (INDEXED, self.indexed),
            (VISITED, self.visits != 0 || self.last_visit != 0),
            (EXPIRES, self.expires != 0),
            (UPDATED, self.updated != self.created),
            (EXTRA, extra != 0),
            (DETAILED, self.details != 0 && encoding == Encoding::Memory),
        ] {
            flags |= if set { bit } else { 0 };
        }
        out.push(flags);
        if extra != 0 {
            out.push(extra);
        }
        if flags & VISITED != 0 {
            out.extend_from_slice(&counts(self.visits, self.last_visit));
        }
        if flags & DETAILED != 0 {
            out.extend_from_slice(&self.details.to_le_bytes());
        }
        put_varint(out, delta(self.created, base));
        if flags & UPDATED != 0 {
            put_varint(out, delta(self.updated, self.created));
        }
        if flags & EXPIRES != 0 {
            put_varint(out, delta(self.expires, self.created));
        }
        if extra & LIMIT != 0 {
            put_varint(out, self.limit);
        }
        if extra & NOTE != 0 {
            put_string(out, self.note);
        }
        match (encoding, self.url) {
            (Encoding::Rdb | Encoding::Memory, UrlBytes::Packed(packed, fsst::CURRENT_TABLE)) => {
                put_url(out, packed, true);
            }
            (Encoding::Rdb | Encoding::Memory, url) => url.with_text(|text| {
                fsst::with_packed(text, |packed| {
                    put_url(out, packed.unwrap_or(text), packed.is_some());
                });
            }),
            (Encoding::Wire, url) => url.with_text(|text| put_url(out, text, false)),
        }
    }

    /// Reads the packed encoding, a packed URL being of this table; none if it is cut short or says what no [`Record::encode`] says.
    pub(crate) fn decode(reader: &mut Reader<'a>, base: u64, table: TableId) -> Option<Self> {
        let flags = reader.byte()?;
        let extra = read_if(flags & EXTRA, || reader.byte())?;
        let (visits, last_visit) =
            read_if(flags & VISITED, || Some((reader.u48()?, reader.u48()?)))?;
        let details = read_if(flags & DETAILED, || {
            reader.array().map(StatsId::from_le_bytes)
        })?;
        let created = undelta(reader.varint()?, base)?;
        let updated = read_if(flags & UPDATED, || {
            undelta(reader.varint()?, created).map(Some)
        })?;
        let expires = read_if(flags & EXPIRES, || undelta(reader.varint()?, created))?;
        let limit = read_if(extra & LIMIT, || reader.varint())?;
        let note: &[u8] = read_if(extra & NOTE, || reader.string())?;
        let length = reader.varint()?;
        let url = reader.take(usize::try_from(length >> 1).ok()?)?;
        let url = if length & 1 == 0 {
            UrlBytes::Plain(url)
        } else {
            UrlBytes::Packed(url, table)
        };
        Some(Record {
            origin: Origin::from_bits(flags),
            indexed: flags & INDEXED != 0,
            created,
            updated: updated.unwrap_or(created),
            expires,
            limit,
            visits,
            last_visit,
            details,
            note,
            url,
        })
    }

    /// Whether its origin could have given it this code: only an alias is free to be anything.
    pub(crate) fn code_fits(&self, code: &Code) -> bool {
        self.origin == Origin::Alias || code.is_short()
    }

    /// Whether it could have been written by this engine, under whatever settings: what a payload from outside must satisfy.
    pub(crate) fn is_valid(&self) -> bool {
        let generated_plain = self.origin != Origin::Alias && self.expires == 0 && self.limit == 0;
        (!self.indexed || generated_plain)
            && self.details == 0
            && self.note.len() <= MAX_NOTE
            && self.url.is_valid()
            && self.with_url(is_clean)
    }
}

/// For whom a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// For effects and digests, which outlive every table: the URL as it was given.
    Wire,
    /// For chunks: the URL packed, if that is shorter.
    Rdb,
    /// For memory: likewise, and where the statistics are.
    Memory,
}

fn put_url(out: &mut Vec<u8>, bytes: &[u8], is_packed: bool) {
    put_varint(out, (bytes.len() as u64) << 1 | u64::from(is_packed));
    out.extend_from_slice(bytes);
}

/// The block that VISITED announces.
fn counts(visits: u64, last_visit: u64) -> [u8; 12] {
    let [a, b, c, d, e, f, ..] = visits.min(MAX_COUNT).to_le_bytes();
    let [g, h, i, j, k, l, ..] = last_visit.min(MAX_COUNT).to_le_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, l]
}

/// Writes the counts of a packed record in place; false if it has no room for them yet.
pub(crate) fn update_counts(packed: &mut [u8], visits: u64, last_visit: u64) -> bool {
    let Some(&flags) = packed.first() else {
        return false;
    };
    let start = if flags & EXTRA == 0 { 1 } else { 2 };
    match packed
        .get_mut(start..)
        .and_then(|rest| rest.first_chunk_mut::<12>())
    {
        Some(block) if flags & VISITED != 0 => *block = counts(visits, last_visit),
        _ => return false,
    }
    true
}

/// A field that is there if `bit` is set, and else nothing.
#[inline]
fn read_if<T: Default>(bit: u8, read: impl FnOnce() -> Option<T>) -> Option<T> {
    if bit == 0 { Some(T::default()) } else { read() }
}

fn delta(time: u64, base: u64) -> u64 {
    zigzag(time.wrapping_sub(base).cast_signed())
}

fn undelta(value: u64, base: u64) -> Option<u64> {
    base.checked_add_signed(unzigzag(value))
        .filter(|&time| time <= MAX_TIME)
}

#[cfg(test)]
mod tests;
