//! Settings: what an administrator can set, each value checked when it is set.

mod access;
mod definition;
mod load_arguments;
mod settings;
mod strategy;
mod values;

pub use definition::{
    DAYS_LIMIT, DEFINITIONS, Definition, HOURS_LIMIT, Kind, LOG_LIMIT, POOL_LIMIT, RETENTION_LIMIT,
    URL_LIMIT,
};
pub use load_arguments::LoadArguments;
pub use settings::Settings;
pub use strategy::Strategy;
