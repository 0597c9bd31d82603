//! Effects: changes as they go to the AOF and the replicas.

mod effect;
mod fields;
mod visit;

pub(crate) use effect::{Effect, Put};
pub(crate) use visit::{VisitDetail, VisitEffect};
