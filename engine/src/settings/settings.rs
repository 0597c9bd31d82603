//! The settings as the engine reads them.

use crate::url::Rules;
use crate::visitor::Policy;

use super::strategy::Strategy;

/// The settings as the engine reads them. [`DEFINITIONS`](super::DEFINITIONS) has their names,
/// bounds and defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How a code is created if the command does not specify it.
    pub strategy: Strategy,
    /// First number of a new counter, below 62^8.
    pub counter_start: u64,
    /// Number of codes below which the pool is refilled. At most [`POOL_LIMIT`](super::POOL_LIMIT).
    pub pool_min: u64,
    /// Number of codes up to which the pool is filled, or 0 for no pool. At most
    /// [`POOL_LIMIT`](super::POOL_LIMIT).
    pub pool_max: u64,
    /// Which URLs are accepted, and the prefix of short URLs.
    pub url: Rules,
    /// Seconds for which an expired link is kept. At most
    /// [`RETENTION_LIMIT`](super::RETENTION_LIMIT).
    pub expired_retention: u64,
    /// Whether the module, in cluster mode, inserts the shard's key before a bare code or URL.
    pub cluster_filter: bool,
    /// Number of days for which visits are counted by day. At most
    /// [`DAYS_LIMIT`](super::DAYS_LIMIT).
    pub visit_days: u16,
    /// Number of hours for which visits are counted by hour. At most
    /// [`HOURS_LIMIT`](super::HOURS_LIMIT).
    pub visit_hours: u16,
    /// Maximum length of the visit log, in entries, or 0 for no log. At most
    /// [`LOG_LIMIT`](super::LOG_LIMIT).
    pub visit_log_maxlen: u64,
    /// How much of a visitor is used, and which substrings identify a bot.
    pub visitor: Policy,
    /// The path of a MaxMind DB file, or empty.
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
    /// Checks the rules between settings: `pool-min` must not exceed `pool-max`, unless the pool is
    /// disabled.
    ///
    /// # Errors
    /// A description with both settings and their values.
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
