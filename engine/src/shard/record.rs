//! The encoding of one link in a page, in an effect and in an RDB chunk.
//!
//! ```text
//! flags   1 byte   origin (2 bits), INDEXED, VISITED, EXPIRES, UPDATED, EXTRA,
//!                  DETAILED (in memory only)
//! extra   1 byte   if EXTRA: LIMIT, NOTE; the other bits are unused
//! visits  6 + 6    if VISITED: number of visits, last visit; fixed size, updated in place
//! details 4 bytes  if DETAILED: the number of its statistics (see stats_slab.rs)
//! created varint   zigzag, relative to a base of the context (0 in an effect)
//! updated varint   if UPDATED: zigzag, relative to `created`
//! expires varint   if EXPIRES: zigzag, relative to `created`
//! limit   varint   if LIMIT
//! note    string   if NOTE
//! url     varint   twice its length, plus 1 if it is compressed (see fsst.rs), then its bytes
//! ```
//!
//! Times are Unix milliseconds.

use std::borrow::Cow;

use crate::code::Code;
use crate::packed::bytes::{Reader, U48_MAX, put_string, put_varint, unzigzag, zigzag};
use crate::packed::fsst::{self, TableId, UrlBuffer, UrlBytes};
use crate::url::is_clean;

/// The number of a link's statistics in the [slab](super::stats_slab), or 0 if it has none.
pub(crate) type StatsId = u32;

/// Maximum length of a note, in bytes.
pub const MAX_NOTE: usize = 255;
/// Maximum number of visits, and maximum time of the last visit. Both are stored in six bytes.
pub const MAX_COUNT: u64 = U48_MAX;
/// Maximum time, because Redis's times are signed 64-bit milliseconds.
pub const MAX_TIME: u64 = i64::MAX as u64;

const INDEXED: u8 = 1 << 2;
const VISITED: u8 = 1 << 3;
const EXPIRES: u8 = 1 << 4;
const UPDATED: u8 = 1 << 5;
const EXTRA: u8 = 1 << 6;
const DETAILED: u8 = 1 << 7;
const LIMIT: u8 = 1;
const NOTE: u8 = 1 << 1;

/// How a link's code was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// By the counter.
    Counter,
    /// From the URL's MD5.
    Hash,
    /// From the pool of random codes.
    Pool,
    /// By the client.
    Alias,
}

impl Origin {
    /// Returns the name that LINK.INFO shows.
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

/// A link. In `expires`, `limit`, `visits` and `last_visit`, 0 means none. An empty note means
/// none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// How its code was created.
    pub origin: Origin,
    /// Whether the reverse index can have an entry for it.
    pub indexed: bool,
    /// When it was created, Unix ms.
    pub created: u64,
    /// When a client last changed it, Unix ms. Equals `created` if never.
    pub updated: u64,
    /// The first millisecond at which it no longer resolves, Unix ms. 0 for never.
    pub expires: u64,
    /// Maximum number of visits, or 0 for no limit.
    pub limit: u64,
    /// Number of visits by humans.
    pub visits: u64,
    /// Time of the last visit, Unix ms.
    pub last_visit: u64,
    /// Its statistics, or 0 if it has none. Valid in this shard and process only.
    pub(crate) details: StatsId,
    /// Text of at most [`MAX_NOTE`] bytes.
    pub note: &'a [u8],
    /// The destination.
    pub(crate) url: UrlBytes<'a>,
}

impl<'a> Record<'a> {
    /// Returns a permanent link created at `now`.
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

    /// Returns the destination.
    #[must_use]
    pub fn url(&self) -> Cow<'a, [u8]> {
        self.url.text()
    }

    /// Calls `take` with the destination. Allocates only if it is long.
    #[inline]
    pub fn with_url<R>(&self, take: impl FnOnce(&[u8]) -> R) -> R {
        self.url.with_text(take)
    }

    /// Copies the destination to `buffer`. Allocates only if it is long.
    #[inline]
    pub(crate) fn copy_url(&self, buffer: &mut UrlBuffer) {
        self.url.copy_to(buffer);
    }

    /// Returns whether the link has expired. It expires at the exact millisecond of `expires`.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires != 0 && self.expires <= now
    }

    /// Returns whether the link's visits are used up.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.limit != 0 && self.visits >= self.limit
    }

    /// Returns whether RESOLVE and VISIT return the destination.
    #[must_use]
    pub fn answers(&self, now: u64) -> bool {
        !self.is_expired(now) && !self.is_exhausted()
    }

    /// Returns whether the link can be reclaimed: whether it expired at least `retention` ms ago.
    #[must_use]
    pub fn is_reclaimable(&self, now: u64, retention: u64) -> bool {
        self.is_expired(now) && self.expires.saturating_add(retention) <= now
    }

    /// Appends the record in this encoding, with `created` relative to `base`.
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

    /// Decodes a record. A compressed URL uses this symbol table. Returns `None` if the record is
    /// truncated, or if [`Record::encode`] cannot have written it.
    pub(crate) fn decode(reader: &mut Reader<'a>, base: u64, table: TableId) -> Option<Self> {
        let flags = reader.byte()?;
        let extra = read_if(flags & EXTRA, || reader.byte())?;
        if extra & !(LIMIT | NOTE) != 0 {
            // A later version's field, whose length is not known.
            return None;
        }
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

    /// Returns whether a link of this origin can have this code. Only an alias can be any code.
    pub(crate) fn code_fits(&self, code: &Code) -> bool {
        self.origin == Origin::Alias || code.is_short()
    }

    /// Returns whether the engine could have written this record, under any settings. Records of
    /// untrusted payloads must pass.
    pub(crate) fn is_valid(&self) -> bool {
        let generated_plain = self.origin != Origin::Alias && self.expires == 0 && self.limit == 0;
        (!self.indexed || generated_plain)
            && self.details == 0
            && self.note.len() <= MAX_NOTE
            && self.url.is_valid()
            && self.with_url(is_clean)
    }
}

/// The encodings of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// For effects and digests, which must not depend on symbol tables: the URL is not compressed.
    Wire,
    /// For chunks: the URL is compressed if that is shorter.
    Rdb,
    /// For memory: as for chunks, and with the number of the statistics.
    Memory,
}

fn put_url(out: &mut Vec<u8>, bytes: &[u8], is_packed: bool) {
    put_varint(out, (bytes.len() as u64) << 1 | u64::from(is_packed));
    out.extend_from_slice(bytes);
}

/// Returns the block of the counts, which VISITED announces.
fn counts(visits: u64, last_visit: u64) -> [u8; 12] {
    let [a, b, c, d, e, f, ..] = visits.min(MAX_COUNT).to_le_bytes();
    let [g, h, i, j, k, l, ..] = last_visit.min(MAX_COUNT).to_le_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, l]
}

/// Writes the counts of an encoded record in place. Returns `false` if it has no room for them yet.
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

/// Reads a field if `bit` is set. Returns its default otherwise.
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
