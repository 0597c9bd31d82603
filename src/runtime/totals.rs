//! Running totals over all shards in memory, of all databases, for INFO and the timers.
//!
//! A shard is added when it is created and when a command has changed it. It is subtracted when it
//! is freed, which may happen on a background thread. During a diskless load (`repl-diskless-load
//! swapdb`), both old and new data count.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use shorten_engine::code::slot::{SLOTS, Slot};
use shorten_engine::{Growth, ProcessCounters};

/// The counters of commands since the process started.
pub(crate) static COUNTERS: ProcessCounters = ProcessCounters::new();

static SHARDS: AtomicI64 = AtomicI64::new(0);
static LINKS: AtomicI64 = AtomicI64::new(0);
static EXPIRING: AtomicI64 = AtomicI64::new(0);
static POOL: AtomicI64 = AtomicI64::new(0);
static RESERVED: AtomicI64 = AtomicI64::new(0);
static VISITED: AtomicI64 = AtomicI64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);
static LARGEST: AtomicU64 = AtomicU64::new(0);
/// Number of shards that have a number of the counter.
static NUMBERED: AtomicI64 = AtomicI64::new(0);
/// For each slot, the number of shards that have a pool.
static POOLS: [AtomicI64; SLOTS as usize] = [const { AtomicI64::new(0) }; SLOTS as usize];

/// The totals at one moment.
#[derive(Clone, Copy)]
pub(crate) struct KeyspaceTotals {
    /// Number of shards.
    pub(crate) shards: u64,
    /// Number of links, including expired ones that are not reclaimed yet.
    pub(crate) links: u64,
    /// Number of links with an expiry.
    pub(crate) expiring: u64,
    /// Number of codes in pools.
    pub(crate) pool: u64,
    /// Number of codes taken from pools and not claimed yet.
    pub(crate) reserved: u64,
    /// Number of links with statistics.
    pub(crate) visited: u64,
    /// Memory held by shards, in bytes.
    pub(crate) bytes: u64,
    /// Number of links of the largest shard. After that shard shrinks, the figure is late by up to
    /// one cycle of the timer.
    pub(crate) largest: u64,
}

/// Returns the totals at this moment.
pub(crate) fn read() -> KeyspaceTotals {
    // Between the updates of two threads, a sum can be negative for a moment.
    let sum = |total: &AtomicI64| u64::try_from(total.load(Ordering::Relaxed)).unwrap_or(0);
    KeyspaceTotals {
        shards: sum(&SHARDS),
        links: sum(&LINKS),
        expiring: sum(&EXPIRING),
        pool: sum(&POOL),
        reserved: sum(&RESERVED),
        visited: sum(&VISITED),
        bytes: sum(&BYTES),
        largest: LARGEST.load(Ordering::Relaxed),
    }
}

/// Returns whether there is no shard in any database.
pub(crate) fn has_no_shards() -> bool {
    SHARDS.load(Ordering::Relaxed) <= 0
}

/// Returns whether a shard in any database has a number of the counter.
pub(crate) fn has_counter() -> bool {
    NUMBERED.load(Ordering::Relaxed) > 0
}

/// Returns whether a shard of this slot has a pool, in any database.
pub(crate) fn has_pool(slot: Slot) -> bool {
    POOLS
        .get(usize::from(slot))
        .is_some_and(|pools| pools.load(Ordering::Relaxed) > 0)
}

/// Counts a shard that was created.
pub(crate) fn shard_created() {
    SHARDS.fetch_add(1, Ordering::Relaxed);
}

/// Counts a shard that was freed.
pub(crate) fn shard_freed() {
    SHARDS.fetch_sub(1, Ordering::Relaxed);
}

/// Sets the number of links of the largest shard, after a cycle of the timer.
pub(crate) fn set_largest(links: u64) {
    LARGEST.store(links, Ordering::Relaxed);
}

/// Raises the number of links of the largest shard to at least this number. The timer's cycle
/// lowers it.
#[inline]
pub(crate) fn raise_largest(links: usize) {
    LARGEST.fetch_max(links as u64, Ordering::Relaxed);
}

/// Adds the growth of a shard of this slot.
#[inline]
pub(crate) fn add(slot: Slot, growth: &Growth) {
    for (total, growth) in each(slot, growth) {
        // An atomic addition costs more than the comparison.
        if growth != 0 {
            total.fetch_add(growth, Ordering::Relaxed);
        }
    }
}

/// Subtracts the content of a shard of this slot.
pub(crate) fn subtract(slot: Slot, held: &Growth) {
    for (total, held) in each(slot, held) {
        total.fetch_sub(held, Ordering::Relaxed);
    }
}

#[inline]
fn each(slot: Slot, growth: &Growth) -> impl Iterator<Item = (&'static AtomicI64, i64)> {
    let pools = POOLS
        .get(usize::from(slot))
        .map(|pools| (pools, growth.pools));
    [
        (&NUMBERED, growth.numbered),
        (&LINKS, growth.links),
        (&EXPIRING, growth.expiring),
        (&POOL, growth.pool),
        (&RESERVED, growth.reserved),
        (&VISITED, growth.visited),
        (&BYTES, growth.bytes),
    ]
    .into_iter()
    .chain(pools)
}
