//! One hash slot's share of everything: its links, the index of its URLs, and its allocator.

use crate::code::Code;
use crate::code::slot::Slot;
use crate::shard::allocator::Allocator;
use crate::shard::growth::{Growth, ShardSize};
use crate::shard::index::Index;
use crate::shard::links::Links;
use crate::shard::record::{Record, StatsId};
use crate::shard::stats_slab::StatsSlab;
use crate::visitor::Salt;

/// One slot's links, index and allocator: the value of one key.
///
/// The order in memory follows use: a redirect reads the first lines, a new link changes the next ones.
/// Parts whose size counts are changed through the `edit_` methods only, which keep `growth` exact.
#[derive(Clone, Default)]
#[repr(C)]
pub struct Shard {
    pub(super) slot: Slot,
    pub(super) links: Links,
    pub(super) growth: Growth,
    pub(super) allocator: Allocator,
    pub(super) index: Index,
    /// Statistics of the links that were visited.
    pub(super) details: StatsSlab,
    /// What client ids are salted with where the settings name no salt; all zero until it is needed. Dies with the shard: then there is
    /// no visitor left to be known again.
    pub(crate) salt: Salt,
}

impl Shard {
    /// An empty shard of this slot.
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

    /// The slot whose codes and URLs it holds.
    #[must_use]
    pub fn slot(&self) -> Slot {
        self.slot
    }

    /// The link of a code of this slot, expired or not.
    #[inline]
    #[must_use]
    pub fn get(&self, code: &Code) -> Option<Record<'_>> {
        self.links.get(code)
    }

    /// Makes the link of a code be `record`.
    pub(crate) fn put(&mut self, code: &Code, record: &Record<'_>) {
        let dropped = self.edit_links(|links| links.put(code, record));
        self.forget_details(dropped);
    }

    /// Removes the link of a code; false if there is none.
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

    /// The links.
    #[inline]
    pub(crate) fn links(&self) -> &Links {
        &self.links
    }

    /// The statistics of visited links.
    #[inline]
    pub(crate) fn details(&self) -> &StatsSlab {
        &self.details
    }

    /// The reverse index.
    #[inline]
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The allocator of codes.
    #[inline]
    pub(crate) fn allocator(&self) -> &Allocator {
        &self.allocator
    }

    /// Whether nothing would be forgotten by deleting it.
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

    /// Resident links, expired ones that were not reclaimed yet included.
    #[inline]
    #[must_use]
    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Counts, in constant time.
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

    /// Memory held, in bytes as asked from the allocator, the struct itself included.
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

    /// How many allocations freeing it takes, roughly: what Redis wants to know before it frees in the background.
    #[must_use]
    pub fn free_effort(&self) -> usize {
        self.links
            .pages()
            .saturating_mul(2)
            .saturating_add(self.index.entries.len() / 256)
            .saturating_add(self.details.len())
            .saturating_add(1)
    }

    /// Whether it may hold a link that expired at least `retention` ms ago. May err on the side of yes.
    #[must_use]
    pub fn may_have_expired(&self, now: u64, retention: u64) -> bool {
        self.links.earliest_expiry().saturating_add(retention) <= now
    }

    /// Shows every packed buffer from number `from` on, so that a defragmenter can move it, until `visit` answers false.
    /// The answer is the number to go on from; none when all were shown.
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
            // A block at a time: its buffers are small.
            let mut go_on = true;
            buffers.for_each(|buffer| go_on &= visit(buffer));
            if !go_on {
                return Some(number);
            }
        }
        None
    }
}
