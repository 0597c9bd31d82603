//! The settings as the engine reads them.

use crate::url::Rules;
use crate::visitor::Policy;

use super::strategy::Strategy;

/// The settings as the engine reads them. [`DEFINITIONS`](super::DEFINITIONS) has their names, bounds and defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How a code is made when the call does not say.
    pub strategy: Strategy,
    /// The first number of a fresh counter, below 62^8.
    pub counter_start: u64,
    /// The pool is refilled when it holds fewer codes than this; at most [`POOL_LIMIT`](super::POOL_LIMIT).
    pub pool_min: u64,
    /// The pool is filled up to this many codes; 0: no pool. At most [`POOL_LIMIT`](super::POOL_LIMIT).
    pub pool_max: u64,
    /// Which URLs are accepted, and what `SHORTEN` puts before each code.
    pub url: Rules,
    /// For how long an expired link is kept, in seconds; at most [`RETENTION_LIMIT`](super::RETENTION_LIMIT).
    pub expired_retention: u64,
    /// Whether the module, in cluster mode, puts the key of the shard before a bare code or URL.
    pub cluster_filter: bool,
    /// For how many days a link's visits are counted by day; at most [`DAYS_LIMIT`](super::DAYS_LIMIT).
    pub visit_days: u16,
    /// For how many hours a link's visits are counted by hour; at most [`HOURS_LIMIT`](super::HOURS_LIMIT).
    pub visit_hours: u16,
    /// The cap of the log of visits, in entries; 0: no log. At most [`LOG_LIMIT`](super::LOG_LIMIT).
    pub visit_log_maxlen: u64,
    /// How much of a visitor is used, and what marks a bot.
    pub visitor: Policy,
    /// The path of a MaxMind DB file; empty: none.
    pub geoip_db: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strategy: Strategy::Counter,
            counter_start: 1000,
            pool_min: 1000,
            pool_max: 10_000,
            url: Rules::default(),
            expired_retention: 0,
            cluster_filter: true,
            visit_days: 60,
            visit_hours: 48,
            visit_log_maxlen: 0,
            visitor: Policy::default(),
            geoip_db: String::new(),
        }
    }
}

impl Settings {
    /// The rules between settings: the pool's lower mark is not above its upper one, unless the pool is switched off.
    ///
    /// # Errors
    /// A reason for people, naming both settings and their values.
    pub fn check(&self) -> Result<(), String> {
        if self.pool_max != 0 && self.pool_min > self.pool_max {
            return Err(format!(
                "pool-min {} must not exceed pool-max {}",
                self.pool_min, self.pool_max
            ));
        }
        Ok(())
    }
}
