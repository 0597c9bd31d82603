//! What a shard remembers of the codes it gave: the counter and the pool.

use crate::packed::table::Table;

/// What must be remembered so that no code is ever given twice.
#[derive(Clone, Default)]
pub(crate) struct Allocator {
    /// The counter's next number, where it counts for all shards; 0 if it never gave one.
    pub(crate) next_counter: u64,
    /// One more than the highest rank the counter gave to a link of this shard; 0 if it gave none. Survives the link. In a cluster
    /// the shard's own walk goes on here.
    pub(crate) issued_rank_bound: u64,
    pub(crate) pool: Option<Box<Pool>>,
}

/// Random codes made ahead of time, by rank.
#[derive(Clone, Default)]
pub(crate) struct Pool {
    pub(crate) available: Table,
    /// Handed out by TAKE and bound to no link yet.
    pub(crate) reserved: Table,
    /// Whether anybody has asked for pool codes, so that the pool looks after itself.
    pub(crate) auto_refill: bool,
    /// Whether it fell under pool-min and has not reached pool-max since. Of this process only: neither saved nor replicated.
    pub(crate) refilling: bool,
}

/// The counts of an allocator, and the memory held beside the struct itself.
#[derive(Clone, Copy, Default)]
pub(super) struct AllocatorSize {
    pub(super) available: usize,
    pub(super) reserved: usize,
    pub(super) pools: usize,
    pub(super) numbered: usize,
    pub(super) heap: usize,
}

impl Allocator {
    /// Whether a code is kept from everyone but the pool or the client who took it.
    pub(crate) fn reserves(&self, rank: u64) -> bool {
        self.pool
            .as_deref()
            .is_some_and(|pool| pool.available.contains(rank, 0) || pool.reserved.contains(rank, 0))
    }

    /// Takes a code that a link has now out of the pool and of the codes reserved.
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

    /// A pool that holds nothing and is auto_refill by nobody is none.
    pub(crate) fn forget_empty_pool(&mut self) {
        if self.pool.as_deref().is_some_and(|pool| {
            pool.available.is_empty() && pool.reserved.is_empty() && !pool.auto_refill
        }) {
            self.pool = None;
        }
    }
}
