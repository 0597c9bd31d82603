//! What the commands do, a file for each group of them.

mod apply;
mod edit;
mod index;
mod look;
mod pool;
mod search;
mod shorten;
mod stats;
mod visit;

pub(crate) use apply::Known;
pub use edit::{Condition, SetLink, Ttl};
pub use look::{LinkInfo, State};
pub use pool::PoolInfo;
pub use shorten::{Shorten, Shortened};
pub use stats::{By, LinkStats, Rows, StatsRequest};
pub use visit::{Outcome, Visit, Visited};
