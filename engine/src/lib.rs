//! The thinking of redis-shorten, without a server.
#![forbid(unsafe_code)]

pub mod address;
pub mod base62;
pub mod base_url;
pub mod code;
pub mod digest;
pub mod error;
pub mod settings;
pub mod slot;
