//! The raw call boundary: everything `unsafe` that a command needs, behind types that cannot be misused.
//!
//! Nothing here thinks about links. The rest of `src/` speaks of contexts, arguments, keys and replies, and holds no pointer.
//! Functions a server may lack are looked up once, when the module is loaded (they are `None` then), and done without.

#[macro_use]
mod api;
pub(crate) mod acl;
pub(crate) mod args;
pub(crate) mod command;
pub(crate) mod config;
pub(crate) mod ctx;
pub(crate) mod entry;
pub(crate) mod event;
pub(crate) mod filter;
pub(crate) mod headers;
pub(crate) mod info;
pub(crate) mod io;
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod module;
pub(crate) mod open_keys;
pub(crate) mod register;
pub(crate) mod reply;
pub(crate) mod shard_cache;
pub(crate) mod shared;
pub(crate) mod stream;
pub(crate) mod string;

pub(crate) use args::Args;
pub(crate) use ctx::Ctx;
