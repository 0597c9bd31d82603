//! Visitors: user agents, locations, client ids, and how much of them is kept.

mod agent;
mod classifier;
mod client_id;
mod geo;
mod hints;
mod ip_address;
mod policy;
mod sanitize;

pub use agent::{Agent, Agents};
pub use classifier::{Visitor, VisitorClassifier};
pub use geo::{Geo, GeoLocation};
pub use hints::VisitorHints;
pub use policy::{Policy, PrivacyLevel, Salt};
