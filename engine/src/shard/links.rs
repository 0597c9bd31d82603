//! The links of one shard, in pages in the order of their codes' ranks.
//!
//! There is no hashing: a link's position follows from its code's rank. So no choice of aliases
//! makes a shard slow, LINK.SCAN's cursor is a rank that means the same in every process, and the
//! counter's rising numbers fill the pages completely.

use crate::code::Code;
use crate::packed::page_list::{self, PageList};
use crate::shard::owned_record::OwnedRecord;
use crate::shard::page::{Located, Page, RecordSpan};
use crate::shard::record::{Record, StatsId};

/// The position of a link. Valid until the shard changes.
#[derive(Clone, Copy)]
pub(crate) struct Location {
    page: usize,
    span: RecordSpan,
}

/// Records by code.
#[derive(Clone, Default)]
pub(crate) struct Links {
    pages: PageList<Page>,
    /// The base of `created`: the time of the first link, which keeps the differences short.
    epoch: u64,
    len: usize,
    expiring: usize,
    heap: usize,
}

impl Links {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Returns the number of links with an expiry.
    pub(crate) fn expiring(&self) -> usize {
        self.expiring
    }

    /// Returns the heap memory, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        self.heap.saturating_add(page_list::heap_size(&self.pages))
    }

    #[inline]
    pub(crate) fn get(&self, code: &Code) -> Option<Record<'_>> {
        let rank = code.rank();
        self.find(code, rank).map(|found| found.record)
    }

    /// Stores `record` as the link of `code`. The link keeps its statistics, unless `record` was
    /// never visited, which makes it a new link. In that case, returns the statistics to remove.
    #[must_use]
    pub(crate) fn put(&mut self, code: &Code, record: &Record<'_>) -> StatsId {
        let rank = code.rank();
        if self.pages.is_empty() {
            self.epoch = record.created;
            self.pages.push(Page::new(0));
        }
        let at = self.page_of(rank);
        let place = self.pages.get(at).map(|page| {
            let found = page.search(code, rank, self.epoch);
            found.map(|found| (found.row_span(), found.record.expires, found.record.details))
        });
        let Some(Ok((old, expires, details))) = place else {
            let row = place.and_then(Result::err).unwrap_or(0);
            self.insert((code, rank), record, (at, row));
            return 0;
        };
        self.count_expiry(expires, record.expires);
        let (kept, dropped) = if record.last_visit == 0 {
            (0, details)
        } else {
            (details, 0)
        };
        let record = Record {
            details: kept,
            ..*record
        };
        self.edit(at, |page, epoch| page.replace(code, &record, epoch, old));
        dropped
    }

    /// Adds a link that belongs at this page and row.
    fn insert(
        &mut self,
        (code, rank): (&Code, u64),
        record: &Record<'_>,
        (mut at, mut row): (usize, usize),
    ) {
        if self.split_if_full(at, rank) {
            at = self.page_of(rank);
            let page = self.pages.get(at);
            row = page.map_or(0, |page| page.row_of(rank));
        }
        self.len = self.len.saturating_add(1);
        self.count_expiry(0, record.expires);
        let record = Record {
            details: 0,
            ..*record
        };
        self.edit(at, |page, epoch| page.insert(code, &record, epoch, row));
    }

    /// Removes a link. Returns its statistics, or `None` if there is no such link.
    pub(crate) fn remove(&mut self, code: &Code) -> Option<StatsId> {
        let rank = code.rank();
        let found = self.find(code, rank)?;
        let (taken, expires, details) =
            (found.row_span(), found.record.expires, found.record.details);
        let at = self.page_of(rank);
        self.edit(at, |page, epoch| page.remove(taken, epoch));
        self.len = self.len.saturating_sub(1);
        self.count_expiry(expires, 0);
        if self.len == 0 {
            *self = Links::default();
        } else {
            self.merge_with_next(at);
            self.merge_with_next(at.saturating_sub(1));
        }
        Some(details)
    }

    /// Returns a link and its position.
    #[inline]
    pub(crate) fn locate(&self, code: &Code) -> Option<(Record<'_>, Location)> {
        let rank = code.rank();
        let at = self.page_of(rank);
        let found = self.pages.get(at)?.find(code, rank, self.epoch)?;
        let span = found.record_span();
        Some((found.record, Location { page: at, span }))
    }

    /// Sets the counts of a link in place. Returns `false` if the record has no room for them yet.
    /// The shard must not have changed since the link was located.
    #[inline]
    pub(crate) fn update_counts(
        &mut self,
        location: Location,
        visits: u64,
        last_visit: u64,
    ) -> bool {
        self.pages
            .get_mut(location.page)
            .is_some_and(|page| page.update_counts(location.span, visits, last_visit))
    }

    /// Adds counts to a record that has none yet, and sets its statistics.
    pub(crate) fn add_counts(
        &mut self,
        code: &Code,
        (visits, last_visit): (u64, u64),
        details: StatsId,
    ) {
        let rank = code.rank();
        self.edit(self.page_of(rank), |page, epoch| {
            let Some(found) = page.find(code, rank, epoch) else {
                return;
            };
            let (old, taken) = (OwnedRecord::of(&found.record), found.row_span());
            let record = Record {
                visits,
                last_visit,
                details,
                ..old.record()
            };
            page.replace(code, &record, epoch, taken);
        });
    }

    /// Returns the links from `rank` on, in order.
    pub(crate) fn iter_from(
        &self,
        rank: u64,
    ) -> impl Iterator<Item = (u64, Code, Record<'_>)> + '_ {
        self.pages
            .iter()
            .skip(self.page_of(rank))
            .flat_map(move |page| {
                let first = page.rows.lower_bound(rank.saturating_sub(page.base));
                (first..page.rows.len()).filter_map(move |at| {
                    let rank = page.rows.key(at).wrapping_add(page.base);
                    page.link(at, self.epoch)
                        .map(|(code, found)| (rank, code, found.record))
                })
            })
    }

    /// Returns a lower bound of the times at which links expire, or `u64::MAX` if none does.
    pub(crate) fn earliest_expiry(&self) -> u64 {
        if self.expiring == 0 {
            return u64::MAX;
        }
        self.pages
            .iter()
            .map(|page| page.earliest_expiry)
            .min()
            .unwrap_or(u64::MAX)
    }

    /// Returns the codes of at most `most` links that expired at least `retention` ms ago.
    pub(crate) fn expired(&mut self, now: u64, retention: u64, most: usize) -> Vec<Code> {
        let mut expired = Vec::new();
        if self.expiring == 0 {
            return expired;
        }
        for page in &mut self.pages {
            let left = most.saturating_sub(expired.len());
            if left == 0 {
                break;
            }
            expired.append(&mut page.expired(now, retention, self.epoch, left));
        }
        expired
    }

    /// Returns the buffers from page `from` on, for a defragmenter that moves them.
    pub(crate) fn buffers_mut(&mut self, from: usize) -> impl Iterator<Item = [&mut Vec<u8>; 2]> {
        self.pages.iter_mut().skip(from).map(Page::buffers_mut)
    }

    /// Returns the number of pages.
    pub(crate) fn pages(&self) -> usize {
        self.pages.len()
    }

    #[inline]
    fn find(&self, code: &Code, rank: u64) -> Option<Located<'_>> {
        self.pages
            .get(self.page_of(rank))?
            .find(code, rank, self.epoch)
    }

    /// Returns the page of a rank.
    #[inline]
    fn page_of(&self, rank: u64) -> usize {
        self.pages
            .partition_point(|page| page.base <= rank)
            .saturating_sub(1)
    }

    /// Splits the page `at`, into which `rank` is to be inserted, if it is full. Returns whether it
    /// did.
    fn split_if_full(&mut self, at: usize, rank: u64) -> bool {
        let is_last = at.saturating_add(1) == self.pages.len();
        let Some(page) = self.pages.get_mut(at).filter(|page| page.is_full()) else {
            return false;
        };
        let last = page
            .rows
            .key(page.rows.len().saturating_sub(1))
            .wrapping_add(page.base);
        let before = page.heap_size();
        let next = if is_last && rank > last {
            // Numbers are rising: the full page stays full.
            Page::new(rank)
        } else {
            // Codes that share a rank must stay in one page.
            let half = page.rows.lower_bound(page.rows.key(page.rows.len() / 2));
            if half == 0 {
                return false;
            }
            page.split_off(half, self.epoch)
        };
        let after = page.heap_size().saturating_add(next.heap_size());
        self.heap = self.heap.wrapping_add(after).wrapping_sub(before);
        page_list::grow(&mut self.pages);
        self.pages.insert(at.saturating_add(1), next);
        true
    }

    /// Merges page `at` with the next one, if both are small.
    fn merge_with_next(&mut self, at: usize) {
        let Some([page, next]) = self
            .pages
            .get_mut(at..)
            .and_then(<[Page]>::first_chunk_mut::<2>)
        else {
            return;
        };
        if !page.may_merge(next) {
            return;
        }
        let before = page.heap_size().saturating_add(next.heap_size());
        page.merge(next, self.epoch);
        self.heap = self
            .heap
            .wrapping_add(page.heap_size())
            .wrapping_sub(before);
        self.pages.remove(at.saturating_add(1));
    }

    fn edit(&mut self, at: usize, change: impl FnOnce(&mut Page, u64)) {
        if let Some(page) = self.pages.get_mut(at) {
            let before = page.heap_size();
            change(page, self.epoch);
            self.heap = self
                .heap
                .wrapping_add(page.heap_size())
                .wrapping_sub(before);
        }
    }

    fn count_expiry(&mut self, old: u64, new: u64) {
        let gone = usize::from(old != 0);
        self.expiring = self
            .expiring
            .saturating_add(usize::from(new != 0))
            .saturating_sub(gone);
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]
mod tests;
