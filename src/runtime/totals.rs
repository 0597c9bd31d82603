//! Running totals over all shards in memory, of whatever database, for INFO and the timers.
//!
//! A shard is counted when it comes into being and when a command changed it, and taken off when it is freed, which may
//! happen on a background thread. During a diskless load (`repl-diskless-load swapdb`) old and new data both count.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use shorten_engine::code::slot::{SLOTS, Slot};
use shorten_engine::{Growth, ProcessCounters};

/// What commands count since the process started.
pub(crate) static COUNTERS: ProcessCounters = ProcessCounters::new();

static SHARDS: AtomicI64 = AtomicI64::new(0);
static LINKS: AtomicI64 = AtomicI64::new(0);
static EXPIRING: AtomicI64 = AtomicI64::new(0);
static POOL: AtomicI64 = AtomicI64::new(0);
static TAKEN: AtomicI64 = AtomicI64::new(0);
static VISITED: AtomicI64 = AtomicI64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);
static LARGEST: AtomicU64 = AtomicU64::new(0);
/// Shards that remember a number of the counter.
static NUMBERED: AtomicI64 = AtomicI64::new(0);
/// For each slot, shards that have a pool.
static POOLS: [AtomicI64; SLOTS as usize] = [const { AtomicI64::new(0) }; SLOTS as usize];

/// The sums at this moment.
#[derive(Clone, Copy)]
pub(crate) struct KeyspaceTotals {
    /// Shards.
    pub(crate) shards: u64,
    /// Links, expired ones that were not reclaimed yet included.
    pub(crate) links: u64,
    /// Links with an expiry.
    pub(crate) expiring: u64,
    /// Codes in pools.
    pub(crate) pool: u64,
    /// Codes taken from pools and not bound yet.
    pub(crate) taken: u64,
    /// Links with statistics of their visits.
    pub(crate) visited: u64,
    /// Memory held by shards, in bytes.
    pub(crate) bytes: u64,
    /// Links of the largest shard: at most a round of the timer late when that shrinks.
    pub(crate) largest: u64,
}

/// The sums at this moment.
pub(crate) fn read() -> KeyspaceTotals {
    // Between two threads' updates a sum may be below 0 for a moment.
    let sum = |total: &AtomicI64| u64::try_from(total.load(Ordering::Relaxed)).unwrap_or(0);
    KeyspaceTotals {
        shards: sum(&SHARDS),
        links: sum(&LINKS),
        expiring: sum(&EXPIRING),
        pool: sum(&POOL),
        taken: sum(&TAKEN),
        visited: sum(&VISITED),
        bytes: sum(&BYTES),
        largest: LARGEST.load(Ordering::Relaxed),
    }
}

/// Whether there is no shard anywhere.
pub(crate) fn no_shards() -> bool {
    SHARDS.load(Ordering::Relaxed) <= 0
}

/// Whether a shard anywhere remembers a number of the counter.
pub(crate) fn any_number() -> bool {
    NUMBERED.load(Ordering::Relaxed) > 0
}

/// Whether a shard of this slot has a pool, in whatever database.
pub(crate) fn any_pool_in(slot: Slot) -> bool {
    POOLS
        .get(usize::from(slot))
        .is_some_and(|pools| pools.load(Ordering::Relaxed) > 0)
}

/// A shard came into being.
pub(crate) fn shard_made() {
    SHARDS.fetch_add(1, Ordering::Relaxed);
}

/// A shard was freed.
pub(crate) fn shard_freed() {
    SHARDS.fetch_sub(1, Ordering::Relaxed);
}

/// The timer went round, and this is how many links the largest shard had.
pub(crate) fn set_largest(links: u64) {
    LARGEST.store(links, Ordering::Relaxed);
}

/// A shard has this many links: the largest has at least as many. The timer's round lowers it again.
#[inline]
pub(crate) fn raise_largest(links: usize) {
    LARGEST.fetch_max(links as u64, Ordering::Relaxed);
}

/// Adds what a shard of this slot grew by.
#[inline]
pub(crate) fn add(slot: Slot, growth: &Growth) {
    for (total, growth) in each(slot, growth) {
        // An atomic addition costs more than the look.
        if growth != 0 {
            total.fetch_add(growth, Ordering::Relaxed);
        }
    }
}

/// Takes off what a shard of this slot holds.
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
        (&TAKEN, growth.reserved),
        (&VISITED, growth.visited),
        (&BYTES, growth.bytes),
    ]
    .into_iter()
    .chain(pools)
}
