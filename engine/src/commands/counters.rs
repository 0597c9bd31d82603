//! Counters since the start of the process.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::shard::Origin;

/// Counters since the start of the process.
#[derive(Debug, Default)]
pub struct ProcessCounters {
    created: [AtomicU64; 4],
    collisions: AtomicU64,
    expired: AtomicU64,
    visits: AtomicU64,
    bots: AtomicU64,
    unreadable: AtomicU64,
}

impl ProcessCounters {
    /// Returns counters that are all zero.
    #[must_use]
    pub const fn new() -> ProcessCounters {
        ProcessCounters {
            created: [const { AtomicU64::new(0) }; 4],
            collisions: AtomicU64::new(0),
            expired: AtomicU64::new(0),
            visits: AtomicU64::new(0),
            bots: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
        }
    }

    /// Returns the number of links created with a code of this origin.
    #[must_use]
    pub fn created(&self, origin: Origin) -> u64 {
        self.created
            .get(origin as usize)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Returns the number of generated codes that were in use already.
    #[must_use]
    pub fn collisions(&self) -> u64 {
        self.collisions.load(Ordering::Relaxed)
    }

    /// Returns the number of expired links that were reclaimed.
    #[must_use]
    pub fn expired(&self) -> u64 {
        self.expired.load(Ordering::Relaxed)
    }

    /// Returns the number of visits by humans.
    #[must_use]
    pub fn visits(&self) -> u64 {
        self.visits.load(Ordering::Relaxed)
    }

    /// Returns the number of visits by bots.
    #[must_use]
    pub fn bots(&self) -> u64 {
        self.bots.load(Ordering::Relaxed)
    }

    /// Returns the number of visits with an unreadable address.
    #[must_use]
    pub fn unreadable_addresses(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    pub(crate) fn count_visit(&self, bot: bool, unreadable: bool) {
        let count = if bot { &self.bots } else { &self.visits };
        count.fetch_add(1, Ordering::Relaxed);
        if unreadable {
            self.unreadable.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_created(&self, origin: Origin) {
        if let Some(count) = self.created.get(origin as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn count_collision(&self) {
        self.collisions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_expired(&self, links: usize) {
        self.expired.fetch_add(links as u64, Ordering::Relaxed);
    }
}
