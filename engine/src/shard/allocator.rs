//! What a shard remembers of the codes it gave: the counter and the pool.

use crate::packed::table::Table;

/// What must be remembered so that no code is ever given twice.
#[derive(Clone, Default)]
pub(crate) struct Allocator {
    /// The counter's next number, where it counts for all shards; 0 if it never gave one.
    pub(crate) next_id: u64,
    /// One more than the highest rank the counter gave to a link of this shard; 0 if it gave none. Survives the link. In a cluster
    /// the shard's own walk goes on here.
    pub(crate) above_issued: u64,
    pub(crate) pool: Option<Box<Pool>>,
}

/// Random codes made ahead of time, by rank.
#[derive(Clone, Default)]
pub(crate) struct Pool {
    pub(crate) ready: Table,
    /// Handed out by TAKE and bound to no link yet.
    pub(crate) taken: Table,
    /// Whether anybody has asked for pool codes, so that the pool looks after itself.
    pub(crate) wanted: bool,
    /// Whether it fell under pool-min and has not reached pool-max since. Of this process only: neither saved nor replicated.
    pub(crate) refilling: bool,
}

/// The counts of an allocator, and the memory held beside the struct itself.
#[derive(Clone, Copy, Default)]
pub(super) struct AllocatorSize {
    pub(super) ready: usize,
    pub(super) taken: usize,
    pub(super) pools: usize,
    pub(super) numbered: usize,
    pub(super) heap: usize,
}

impl Allocator {
    /// Whether a code is kept from everyone but the pool or the client who took it.
    pub(crate) fn reserves(&self, rank: u64) -> bool {
        self.pool
            .as_deref()
            .is_some_and(|pool| pool.ready.contains(rank, 0) || pool.taken.contains(rank, 0))
    }

    /// Takes a code that a link has now out of the pool and of the codes taken.
    pub(crate) fn claim(&mut self, rank: u64) {
        if let Some(pool) = self.pool.as_deref_mut() {
            pool.ready.remove(rank, 0);
            pool.taken.remove(rank, 0);
            self.forget_empty_pool();
        }
    }

    pub(super) fn size(&self) -> AllocatorSize {
        let numbered = usize::from(self.above_issued > 0);
        match self.pool.as_deref() {
            None => AllocatorSize {
                numbered,
                ..AllocatorSize::default()
            },
            Some(pool) => AllocatorSize {
                ready: pool.ready.len(),
                taken: pool.taken.len(),
                pools: 1,
                numbered,
                heap: size_of::<Pool>()
                    .saturating_add(pool.ready.heap())
                    .saturating_add(pool.taken.heap()),
            },
        }
    }

    pub(crate) fn pool_mut(&mut self) -> &mut Pool {
        self.pool.get_or_insert_default()
    }

    /// A pool that holds nothing and is wanted by nobody is none.
    pub(crate) fn forget_empty_pool(&mut self) {
        if self
            .pool
            .as_deref()
            .is_some_and(|pool| pool.ready.is_empty() && pool.taken.is_empty() && !pool.wanted)
        {
            self.pool = None;
        }
    }
}
