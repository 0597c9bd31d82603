//! Shards: the links of one hash slot, the index of their URLs, and the allocator of codes.

use crate::code::Code;
use crate::code::slot::Slot;
use crate::shard::allocator::Allocator;
use crate::shard::growth::{Growth, ShardSize};
use crate::shard::index::Index;
use crate::shard::links::Links;
use crate::shard::record::{Record, StatsId};
use crate::shard::stats_slab::StatsSlab;
use crate::visitor::Salt;

/// The links, index, statistics and allocator of one hash slot: the value of one key.
///
/// The order of the fields follows their use. A redirect reads the first cache lines, a new link
/// changes the next ones. The parts are changed by the `edit_` methods only, which keep `growth`
/// exact.
#[derive(Clone, Default)]
#[repr(C)]
pub struct Shard {
    pub(super) slot: Slot,
    pub(super) links: Links,
    pub(super) growth: Growth,
    pub(super) allocator: Allocator,
    pub(super) index: Index,
    /// The statistics of visited links.
    pub(super) details: StatsSlab,
    /// The salt of client ids, used if the settings have none. All zero until it is needed. It is
    /// removed with the shard, when there is no visitor left to recognize.
    pub(crate) salt: Salt,
}

impl Shard {
    /// Returns an empty shard of this slot.
    #[must_use]
    pub fn new(slot: Slot) -> Shard {
        Shard {
            slot,
            growth: Growth {
                bytes: const { size_of::<Shard>() as i64 },
                ..Growth::default()
            },
            ..Shard::default()
        }
    }

    /// Returns the slot of its codes and URLs.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// Returns the link of a code of this slot, even if it has expired.
    #[inline]
    #[must_use]
    pub fn get(&self, code: &Code) -> Option<Record<'_>> {
        self.links.get(code)
    }

    /// Stores `record` as the link of a code.
    pub(crate) fn put(&mut self, code: &Code, record: &Record<'_>) {
        let dropped = self.edit_links(|links| links.put(code, record));
        self.forget_details(dropped);
    }

    /// Removes the link of a code. Returns `false` if there is none.
    pub(crate) fn remove(&mut self, code: &Code) -> bool {
        let removed = self.edit_links(|links| links.remove(code));
        self.forget_details(removed.unwrap_or(0));
        removed.is_some()
    }

    fn forget_details(&mut self, number: StatsId) {
        if number != 0 {
            self.edit_details(|details| details.remove(number));
        }
    }

    /// Returns the links.
    #[inline]
    pub(crate) fn links(&self) -> &Links {
        &self.links
    }

    /// Returns the statistics of visited links.
    #[inline]
    pub(crate) fn details(&self) -> &StatsSlab {
        &self.details
    }

    /// Returns the reverse index.
    #[inline]
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// Returns the allocator of codes.
    #[inline]
    pub(crate) fn allocator(&self) -> &Allocator {
        &self.allocator
    }

    /// Returns whether the shard can be deleted without losing information.
    #[must_use]
    pub fn is_vacant(&self) -> bool {
        let Allocator {
            next_counter,
            issued_rank_bound,
            ref pool,
        } = self.allocator;
        self.links.len() == 0
            && self.index.entries.is_empty()
            && next_counter == 0
            && issued_rank_bound == 0
            && pool.is_none()
    }

    /// Returns the number of links, including expired ones that are not reclaimed yet.
    #[inline]
    #[must_use]
    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Returns the counts, in constant time.
    #[must_use]
    pub fn size(&self) -> ShardSize {
        let pool = self.allocator.pool.as_deref();
        ShardSize {
            links: self.links.len(),
            expiring: self.links.expiring(),
            entries: self.index.entries.len(),
            pool: pool.map_or(0, |pool| pool.available.len()),
            reserved: pool.map_or(0, |pool| pool.reserved.len()),
            has_pool: pool.is_some(),
            has_number: self.allocator.issued_rank_bound > 0,
            visited: self.details.len(),
            bytes: self.memory_usage(),
        }
    }

    /// Returns the memory in bytes as requested from the allocator, including the struct itself.
    #[must_use]
    pub fn memory_usage(&self) -> usize {
        let pool = self.allocator.size().heap;
        [
            size_of::<Shard>(),
            self.links.heap_size(),
            self.index.entries.heap_size(),
            self.details.heap_size(),
            pool,
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }

    /// Returns the approximate number of allocations. Redis uses it to decide whether to free in
    /// the background.
    #[must_use]
    pub fn free_effort(&self) -> usize {
        self.links
            .pages()
            .saturating_mul(2)
            .saturating_add(self.index.entries.len() / 256)
            .saturating_add(self.details.len())
            .saturating_add(1)
    }

    /// Returns whether the shard may hold a link that expired at least `retention` ms ago. Can
    /// return `true` if it does not.
    #[must_use]
    pub fn may_have_expired(&self, now: u64, retention: u64) -> bool {
        self.links.earliest_expiry().saturating_add(retention) <= now
    }

    /// Passes every buffer from number `from` on to `visit`, so that a defragmenter can move it,
    /// until `visit` returns `false`. Returns the number to continue from, or `None` after the last
    /// one.
    pub fn buffers_mut(
        &mut self,
        from: usize,
        visit: &mut dyn FnMut(&mut Vec<u8>) -> bool,
    ) -> Option<usize> {
        let mut number = from;
        let pages = self.links.pages();
        for [rows, records] in self.links.buffers_mut(from) {
            let go_on = visit(rows);
            let go_on = visit(records) && go_on;
            number = number.saturating_add(1);
            if !go_on {
                return Some(number);
            }
        }
        for buffer in self.index.entries.buffers_mut(number.saturating_sub(pages)) {
            number = number.saturating_add(1);
            if !visit(buffer) {
                return Some(number);
            }
        }
        let before = pages.saturating_add(self.index.entries.pages());
        for buffers in self.details.buffers_mut(number.saturating_sub(before)) {
            number = number.saturating_add(1);
            // Blocks are visited as a whole: their buffers are small.
            let mut go_on = true;
            buffers.for_each(|buffer| go_on &= visit(buffer));
            if !go_on {
                return Some(number);
            }
        }
        None
    }
}
