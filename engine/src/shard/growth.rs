//! The counts of a shard, and their changes.

/// The counts of a shard, available in constant time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShardSize {
    /// Links, including expired ones that are not reclaimed yet.
    pub links: usize,
    /// Links with an expiry.
    pub expiring: usize,
    /// Entries of the reverse index.
    pub entries: usize,
    /// Codes in the pool.
    pub pool: usize,
    /// Reserved codes that no link has claimed.
    pub reserved: usize,
    /// Whether the shard has a pool, possibly an empty one that refills itself.
    pub has_pool: bool,
    /// Whether the counter issued a number to this shard.
    pub has_number: bool,
    /// Links with statistics.
    pub visited: usize,
    /// Memory in bytes as requested from the allocator, including the struct itself.
    pub bytes: usize,
}

/// Changes of a shard's counts. The totals of all shards are updated by them, without reading the
/// shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// Links.
    pub links: i64,
    /// Links with an expiry.
    pub expiring: i64,
    /// Codes in the pool.
    pub pool: i64,
    /// Reserved codes that no link has claimed.
    pub reserved: i64,
    /// Links with statistics.
    pub visited: i64,
    /// Whether the shard has a pool, as 0 or 1.
    pub pools: i64,
    /// Whether the counter issued a number to this shard, as 0 or 1.
    pub numbered: i64,
    /// Memory in bytes.
    pub bytes: i64,
}

impl From<ShardSize> for Growth {
    /// Returns the change from an empty shard to these counts.
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

/// Adds the difference of `new` and `old` to `sum`.
#[inline]
pub(super) fn step(sum: &mut i64, new: usize, old: usize) {
    let difference = (new as u64).wrapping_sub(old as u64).cast_signed();
    *sum = sum.wrapping_add(difference);
}
