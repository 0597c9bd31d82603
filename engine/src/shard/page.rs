//! Pages: the links of a range of ranks, packed in one buffer.
//!
//! Pages are split, merged, compacted, saved and moved one at a time. A page has a few hundred
//! links, so none of these operations takes long.

use crate::code::{Code, SHORT_RANKS};
use crate::packed::bytes::{Reader, put_string, reserve_class, shrink_to_class, with_buffer};
use crate::packed::fsst;
use crate::packed::rows::Rows;
use crate::shard::record::{Encoding, Record};

/// Number of rows at which a page is split.
const ROWS: usize = 512;
/// Number of bytes of records at which a page is split, unless it has a single link.
const BYTES: usize = 32 * 1024;

/// The links whose rank is at least `base` and below the next page's.
#[derive(Clone, Default)]
pub(crate) struct Page {
    pub(crate) base: u64,
    /// Offsets in `buf`, by rank less `base`.
    pub(crate) rows: Rows,
    /// Records, each preceded by its code if the rank does not identify it, and the remains of
    /// removed ones.
    buf: Vec<u8>,
    /// Bytes of `buf` that belong to no link.
    dead: usize,
    /// Lower bound of the times at which links expire, or `u64::MAX` if none does.
    pub(crate) earliest_expiry: u64,
}

/// A link and its position: its row, its fields and its bytes.
pub(crate) struct Located<'a> {
    at: usize,
    pub(crate) record: Record<'a>,
    /// Where its bytes begin: at its code if that is stored, else at its record.
    begin: usize,
    start: usize,
    end: usize,
}

impl Page {
    pub(crate) fn new(base: u64) -> Page {
        Page {
            base,
            earliest_expiry: u64::MAX,
            ..Page::default()
        }
    }

    /// Returns the heap memory, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        self.rows.heap_size().saturating_add(self.buf.capacity())
    }

    pub(crate) fn buffers_mut(&mut self) -> [&mut Vec<u8>; 2] {
        [self.rows.buffer_mut(), &mut self.buf]
    }

    #[inline]
    pub(crate) fn find(&self, code: &Code, rank: u64, epoch: u64) -> Option<Located<'_>> {
        self.search(code, rank, epoch).ok()
    }

    /// Returns the link of row `at` and its code.
    pub(crate) fn link(&self, at: usize, epoch: u64) -> Option<(Code, Located<'_>)> {
        let rank = self.rows.key(at).wrapping_add(self.base);
        let (name, found) = read(&self.buf, rank, (at, self.rows.value(at)), epoch)?;
        let code = name.map_or_else(|| Code::from_rank(rank), Code::from_bytes)?;
        Some((code, found))
    }

    /// Finds a link as [`Page::find`] does. If there is none, returns the row where it belongs.
    #[inline]
    pub(crate) fn search(&self, code: &Code, rank: u64, epoch: u64) -> Result<Located<'_>, usize> {
        let key = rank.wrapping_sub(self.base);
        let first = self.rows.lower_bound(key);
        let mut at = first;
        while at < self.rows.len() && self.rows.key(at) == key {
            let found = read(&self.buf, rank, (at, self.rows.value(at)), epoch)
                .filter(|(name, _)| name.is_none_or(|name| name == code.as_bytes()));
            if let Some((_, found)) = found {
                return Ok(found);
            }
            at = at.saturating_add(1);
        }
        Err(first)
    }

    /// Returns the row where a link of this rank belongs.
    pub(crate) fn row_of(&self, rank: u64) -> usize {
        self.rows.lower_bound(rank.wrapping_sub(self.base))
    }

    /// Inserts a link at the row where it belongs.
    pub(crate) fn insert(&mut self, code: &Code, record: &Record<'_>, epoch: u64, row: usize) {
        let offset = self.append(code, record, epoch);
        let key = code.rank().wrapping_sub(self.base);
        self.rows.insert(row, key, offset);
    }

    /// Replaces a link.
    pub(crate) fn replace(&mut self, code: &Code, record: &Record<'_>, epoch: u64, old: RowSpan) {
        let offset = self.append(code, record, epoch);
        self.rows.set_value(old.at, offset);
        self.mark_dead(old.size, epoch);
    }

    /// Appends a link's bytes. Returns their offset.
    fn append(&mut self, code: &Code, record: &Record<'_>, epoch: u64) -> u64 {
        let offset = self.buf.len() as u64;
        // The record is packed in another buffer first, so that the page's buffer grows by its
        // exact size.
        with_buffer(|packed| {
            if code.rank() >= SHORT_RANKS {
                put_string(packed, code.as_bytes());
            }
            record.encode(epoch, Encoding::Memory, packed);
            reserve_class(&mut self.buf, packed.len());
            self.buf.extend_from_slice(packed);
        });
        self.note_expiry(record);
        offset
    }

    /// Removes a link.
    pub(crate) fn remove(&mut self, old: RowSpan, epoch: u64) {
        if self.rows.len() <= 1 {
            *self = Page::new(self.base);
            return;
        }
        self.rows.remove(old.at);
        self.mark_dead(old.size, epoch);
    }

    /// Sets the counts of a link in place. Returns whether that was possible.
    pub(crate) fn update_counts(
        &mut self,
        place: RecordSpan,
        visits: u64,
        last_visit: u64,
    ) -> bool {
        self.buf
            .get_mut(place.start..place.end)
            .is_some_and(|packed| crate::shard::record::update_counts(packed, visits, last_visit))
    }

    pub(crate) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS || (self.buf.len() >= BYTES && self.rows.len() >= 2)
    }

    /// Returns whether this page and the next one are to be merged.
    pub(crate) fn may_merge(&self, next: &Page) -> bool {
        self.rows.len().saturating_add(next.rows.len()) <= ROWS / 2
            && self.buf.len().saturating_add(next.buf.len()) <= BYTES / 2
    }

    /// Moves the rows from `at` on into a new page.
    pub(crate) fn split_off(&mut self, at: usize, epoch: u64) -> Page {
        let shift = self.rows.key(at);
        let mut tail = Page::new(self.base.wrapping_add(shift));
        tail.rows = self.rows.split_off(at, shift);
        tail.earliest_expiry = self.earliest_expiry;
        tail.rebuild(&self.buf, epoch);
        let buf = std::mem::take(&mut self.buf);
        self.rebuild(&buf, epoch);
        tail
    }

    /// Adds the links of the next page.
    pub(crate) fn merge(&mut self, next: &Page, epoch: u64) {
        let shift = next.base.wrapping_sub(self.base);
        for (key, offset) in next.rows.iter() {
            let rank = key.wrapping_add(next.base);
            let Some(bytes) = packed(&next.buf, rank, offset, epoch) else {
                continue;
            };
            let offset = self.buf.len() as u64;
            reserve_class(&mut self.buf, bytes.len());
            self.buf.extend_from_slice(bytes);
            self.rows
                .insert(self.rows.len(), key.wrapping_add(shift), offset);
        }
        self.earliest_expiry = self.earliest_expiry.min(next.earliest_expiry);
    }

    /// Returns the codes of at most `most` links that expired at least `retention` ms ago. Makes
    /// `earliest_expiry` exact.
    pub(crate) fn expired(
        &mut self,
        now: u64,
        retention: u64,
        epoch: u64,
        most: usize,
    ) -> Vec<Code> {
        if self.earliest_expiry.saturating_add(retention) > now {
            return Vec::new();
        }
        let mut earliest_expiry = u64::MAX;
        let mut expired = Vec::new();
        for (code, found) in (0..self.rows.len()).filter_map(|at| self.link(at, epoch)) {
            if found.record.expires == 0 {
                continue;
            }
            // Links that are returned count too, because they are not removed yet.
            earliest_expiry = earliest_expiry.min(found.record.expires);
            if found.record.is_reclaimable(now, retention) && expired.len() < most {
                expired.push(code);
            }
        }
        self.earliest_expiry = earliest_expiry;
        expired
    }

    fn note_expiry(&mut self, record: &Record<'_>) {
        if record.expires != 0 {
            self.earliest_expiry = self.earliest_expiry.min(record.expires);
        }
    }

    /// Counts bytes as dead. Compacts the buffer if more than a quarter of it is dead.
    fn mark_dead(&mut self, size: usize, epoch: u64) {
        self.dead = self.dead.saturating_add(size);
        if self.dead > self.buf.len() / 4 {
            let buf = std::mem::take(&mut self.buf);
            self.rebuild(&buf, epoch);
        }
    }

    /// Copies the rows' links from `old`, in order, into a new buffer.
    fn rebuild(&mut self, old: &[u8], epoch: u64) {
        let mut rows = Vec::with_capacity(self.rows.len());
        let mut buf = Vec::new();
        for (key, offset) in self.rows.iter() {
            let Some(bytes) = packed(old, key.wrapping_add(self.base), offset, epoch) else {
                continue;
            };
            rows.push((key, buf.len() as u64));
            buf.extend_from_slice(bytes);
        }
        shrink_to_class(&mut buf);
        self.rows = Rows::collect(rows.into_iter());
        self.buf = buf;
        self.dead = 0;
    }
}

/// Reads the link of a row, given by its number and offset. Returns the code, if it is stored, and
/// the rest.
fn read(
    buf: &[u8],
    rank: u64,
    (at, offset): (usize, u64),
    epoch: u64,
) -> Option<(Option<&[u8]>, Located<'_>)> {
    let begin = usize::try_from(offset).ok()?;
    let mut reader = Reader::new(buf.get(begin..)?);
    let name = if rank < SHORT_RANKS {
        None
    } else {
        Some(reader.string()?)
    };
    let start = buf.len().saturating_sub(reader.left());
    let record = Record::decode(&mut reader, epoch, fsst::CURRENT_TABLE)?;
    let end = buf.len().saturating_sub(reader.left());
    let found = Located {
        at,
        record,
        begin,
        start,
        end,
    };
    Some((name, found))
}

/// Returns a link's bytes: its record, preceded by its code if that is stored.
fn packed(buf: &[u8], rank: u64, offset: u64, epoch: u64) -> Option<&[u8]> {
    let (_, found) = read(buf, rank, (0, offset), epoch)?;
    buf.get(found.begin..found.end)
}

/// The position of a link's record in the page's buffer, for [`Page::update_counts`].
#[derive(Clone, Copy)]
pub(crate) struct RecordSpan {
    start: usize,
    end: usize,
}

/// A link's row, and its size in bytes.
#[derive(Clone, Copy)]
pub(crate) struct RowSpan {
    at: usize,
    size: usize,
}

impl Located<'_> {
    pub(crate) fn row_span(&self) -> RowSpan {
        RowSpan {
            at: self.at,
            size: self.end.saturating_sub(self.begin),
        }
    }

    pub(crate) fn record_span(&self) -> RecordSpan {
        RecordSpan {
            start: self.start,
            end: self.end,
        }
    }
}
