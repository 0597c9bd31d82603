//! The allocator of a shard: the counter, and the pool with its reserved codes.

use crate::packed::table::Table;

/// The state that keeps codes from being issued twice.
#[derive(Clone, Default)]
pub(crate) struct Allocator {
    /// The counter's next number, in the shard that holds the counter of all shards. 0 if the
    /// counter never issued a number.
    pub(crate) next_counter: u64,
    /// One more than the highest rank that the counter issued to a link of this shard. 0 if it
    /// issued none. Remains when the link is deleted. In a cluster the shard's next code follows
    /// here.
    pub(crate) issued_rank_bound: u64,
    pub(crate) pool: Option<Box<Pool>>,
}

/// Random codes generated ahead of time, by rank.
#[derive(Clone, Default)]
pub(crate) struct Pool {
    pub(crate) available: Table,
    /// Codes that TAKE returned and that no link has claimed.
    pub(crate) reserved: Table,
    /// Whether the pool refills itself, because a command used it.
    pub(crate) auto_refill: bool,
    /// Whether the pool fell below pool-min and has not reached pool-max since. Local to this
    /// process: neither saved nor replicated.
    pub(crate) refilling: bool,
}

/// The counts of an allocator, and its heap memory in bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct AllocatorSize {
    pub(super) available: usize,
    pub(super) reserved: usize,
    pub(super) pools: usize,
    pub(super) numbered: usize,
    pub(super) heap: usize,
}

impl Allocator {
    /// Returns whether a code is in the pool or reserved.
    pub(crate) fn reserves(&self, rank: u64) -> bool {
        self.pool
            .as_deref()
            .is_some_and(|pool| pool.available.contains(rank, 0) || pool.reserved.contains(rank, 0))
    }

    /// Removes a code from the pool and from the reserved codes, because a link has it now.
    pub(crate) fn claim(&mut self, rank: u64) {
        if let Some(pool) = self.pool.as_deref_mut() {
            pool.available.remove(rank, 0);
            pool.reserved.remove(rank, 0);
            self.forget_empty_pool();
        }
    }

    pub(super) fn size(&self) -> AllocatorSize {
        let numbered = usize::from(self.issued_rank_bound > 0);
        match self.pool.as_deref() {
            None => AllocatorSize {
                numbered,
                ..AllocatorSize::default()
            },
            Some(pool) => AllocatorSize {
                available: pool.available.len(),
                reserved: pool.reserved.len(),
                pools: 1,
                numbered,
                heap: size_of::<Pool>()
                    .saturating_add(pool.available.heap_size())
                    .saturating_add(pool.reserved.heap_size()),
            },
        }
    }

    pub(crate) fn pool_mut(&mut self) -> &mut Pool {
        self.pool.get_or_insert_default()
    }

    /// Drops the pool if it is empty and does not refill itself.
    pub(crate) fn forget_empty_pool(&mut self) {
        if self.pool.as_deref().is_some_and(|pool| {
            pool.available.is_empty() && pool.reserved.is_empty() && !pool.auto_refill
        }) {
            self.pool = None;
        }
    }
}
