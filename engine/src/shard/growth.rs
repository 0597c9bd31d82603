//! What a shard holds, in numbers, and how that changes.

/// Counts that cost nothing to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardSize {
    /// Resident links, expired ones that were not reclaimed yet included.
    pub links: usize,
    /// Links with an expiry.
    pub expiring: usize,
    /// Entries of the reverse index.
    pub entries: usize,
    /// Codes in the pool.
    pub pool: usize,
    /// Codes reserved from the pool and not yet bound.
    pub reserved: usize,
    /// Whether it has a pool, if only an empty one that is auto_refill.
    pub has_pool: bool,
    /// Whether it remembers a number that the counter gave.
    pub has_number: bool,
    /// Links with statistics.
    pub visited: usize,
    /// Memory held, in bytes as asked from the allocator, the struct itself included.
    pub bytes: usize,
}

/// How a shard's counts changed: the running totals of all shards follow from it without reading the shard anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// Resident links.
    pub links: i64,
    /// Links with an expiry.
    pub expiring: i64,
    /// Codes in the pool.
    pub pool: i64,
    /// Codes reserved from the pool and not yet bound.
    pub reserved: i64,
    /// Links with statistics.
    pub visited: i64,
    /// Whether it has a pool, as 0 or 1.
    pub pools: i64,
    /// Whether it remembers a number that the counter gave, as 0 or 1.
    pub numbered: i64,
    /// Bytes of memory.
    pub bytes: i64,
}

impl From<ShardSize> for Growth {
    /// The growth from nothing to these counts.
    fn from(stats: ShardSize) -> Self {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Growth {
            links: count(stats.links),
            expiring: count(stats.expiring),
            pool: count(stats.pool),
            reserved: count(stats.reserved),
            visited: count(stats.visited),
            pools: i64::from(stats.has_pool),
            numbered: i64::from(stats.has_number),
            bytes: count(stats.bytes),
        }
    }
}

/// Adds to `sum` what `new` is more than `old`.
#[inline]
pub(super) fn step(sum: &mut i64, new: usize, old: usize) {
    let difference = (new as u64).wrapping_sub(old as u64).cast_signed();
    *sum = sum.wrapping_add(difference);
}
