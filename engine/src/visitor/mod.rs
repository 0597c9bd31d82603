//! Visitors: what a caller says of a visit, and what of it is kept.

mod agent;
mod anonymize;
mod classifier;
mod client_id;
mod geo;
mod hints;
mod ip_address;
mod policy;
mod sanitize;

pub use agent::{Agent, Agents};
pub use classifier::{Observer, Seen};
pub use geo::{Geo, Place};
pub use hints::Said;
pub use policy::{Mode, Policy, Salt};
