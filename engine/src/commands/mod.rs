//! Commands: what each one does, given a store of shards, the settings and the time.

mod apply;
mod count_visit;
mod counters;
mod cursor;
mod engine;
mod expiry;
mod free_code;
mod glob;
mod index;
mod integer;
mod pool;
mod query;
mod set;
mod shorten;
mod stats;
mod store;
mod visit;

pub use counters::ProcessCounters;
pub use cursor::parse_cursor;
pub use engine::Engine;
pub use expiry::Expiry;
pub use glob::Glob;
pub use integer::{parse_count, parse_integer};
pub use pool::PoolInfo;
pub use query::{LinkInfo, LinkState};
pub use set::{Condition, SetRequest, Ttl};
pub use shorten::{ShortenRequest, Shortened};
pub use stats::{GroupBy, StatsRequest, StatsRows, VisitReport};
pub use store::{Change, Store};
pub use visit::{VisitOutcome, VisitRequest, Visited};
