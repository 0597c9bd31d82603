//! Codes: their digits, their hash slots, and how they are generated. The slots of a cluster node.

pub mod base62;
pub mod cluster_slots;
mod code;
pub mod md5;
pub mod slot;
pub mod slot_codes;

pub use code::{Code, RANK_LIMIT, SHORT_RANKS};
pub(crate) use code::{POOL_DIGITS, is_pool_rank};
