//! The methods that change a shard's parts. Each keeps the counts exact.

use crate::code::Code;
use crate::shard::allocator::Allocator;
use crate::shard::growth::{Growth, step};
use crate::shard::index::Index;
use crate::shard::links::{Links, Location};
use crate::shard::shard::Shard;
use crate::shard::stats_slab::StatsSlab;

impl Shard {
    /// Records that the counter issued ranks below `above` to links of this shard.
    #[inline]
    pub(crate) fn note_issued(&mut self, above: u64) {
        if self.allocator.issued_rank_bound == 0 && above > 0 {
            self.growth.numbered = self.growth.numbered.wrapping_add(1);
        }
        self.allocator.issued_rank_bound = self.allocator.issued_rank_bound.max(above);
    }

    /// Makes the counter continue at `next` or above.
    #[inline]
    pub(crate) fn note_counter(&mut self, next: u64) {
        self.allocator.next_counter = self.allocator.next_counter.max(next);
    }

    /// Sets the counts of a link in place. Returns `false` if the record has no room for them yet.
    #[inline]
    pub(crate) fn update_counts(
        &mut self,
        location: Location,
        visits: u64,
        last_visit: u64,
    ) -> bool {
        self.links.update_counts(location, visits, last_visit)
    }

    /// Returns the codes of at most `most` links that expired at least `retention` ms ago.
    pub(crate) fn expired(&mut self, now: u64, retention: u64, most: usize) -> Vec<Code> {
        self.links.expired(now, retention, most)
    }

    /// Changes the links.
    #[inline]
    pub(crate) fn edit_links<R>(&mut self, change: impl FnOnce(&mut Links) -> R) -> R {
        let links = &mut self.links;
        let old = (links.len(), links.expiring(), links.heap_size());
        let answer = change(links);
        step(&mut self.growth.links, links.len(), old.0);
        step(&mut self.growth.expiring, links.expiring(), old.1);
        step(&mut self.growth.bytes, links.heap_size(), old.2);
        answer
    }

    /// Sets whether the pool is being refilled.
    pub(crate) fn set_refilling(&mut self, refilling: bool) {
        if let Some(pool) = self.allocator.pool.as_deref_mut() {
            pool.refilling = refilling;
        }
    }

    /// Changes the reverse index.
    #[inline]
    pub(crate) fn edit_index<R>(&mut self, change: impl FnOnce(&mut Index) -> R) -> R {
        let old = self.index.entries.heap_size();
        let answer = change(&mut self.index);
        step(&mut self.growth.bytes, self.index.entries.heap_size(), old);
        answer
    }

    /// Changes the statistics of visited links.
    #[inline]
    pub(crate) fn edit_details<R>(&mut self, change: impl FnOnce(&mut StatsSlab) -> R) -> R {
        let details = &mut self.details;
        let old = (details.len(), details.heap_size());
        let answer = change(details);
        step(&mut self.growth.visited, details.len(), old.0);
        step(&mut self.growth.bytes, details.heap_size(), old.1);
        answer
    }

    /// Changes the allocator.
    pub(crate) fn edit_allocator<R>(&mut self, change: impl FnOnce(&mut Allocator) -> R) -> R {
        let old = self.allocator.size();
        let answer = change(&mut self.allocator);
        let new = self.allocator.size();
        let growth = &mut self.growth;
        for (sum, new, old) in [
            (&mut growth.pool, new.available, old.available),
            (&mut growth.reserved, new.reserved, old.reserved),
            (&mut growth.pools, new.pools, old.pools),
            (&mut growth.numbered, new.numbered, old.numbered),
            (&mut growth.bytes, new.heap, old.heap),
        ] {
            step(sum, new, old);
        }
        answer
    }

    /// Returns how the counts of [`Shard::size`] changed since the last call. The first call counts
    /// from an empty shard.
    #[inline]
    pub fn take_growth(&mut self) -> Growth {
        std::mem::take(&mut self.growth)
    }

    /// Returns how the counts changed since the last call of [`Shard::take_growth`].
    #[must_use]
    pub fn growth(&self) -> Growth {
        self.growth
    }
}
