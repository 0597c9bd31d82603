//! Statistics: what is counted of one link's visits.

mod dimension;
mod sections;
mod series;
pub(crate) mod sketch;
mod top;
mod visit_stats;

pub use dimension::Dimension;
pub(crate) use series::{MAX_DAYS, MAX_HOURS};
pub(crate) use top::{as_name, is_name};
pub(crate) use visit_stats::{DAY_MS, HOUR_MS, VisitSample, VisitStats};
