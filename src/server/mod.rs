//! The boundary to the server: all that is `unsafe`, behind types that cannot be misused.
//!
//! Nothing here knows links. The rest of `src/` uses contexts, arguments, keys and replies, and holds no pointer.
//! A function that the server may lack is `None` after the module was loaded, and is done without.

#[macro_use]
mod api;
pub(crate) mod acl;
mod alloc;
pub(crate) mod args;
pub(crate) mod command;
pub(crate) mod config;
pub(crate) mod ctx;
pub(crate) mod data_type;
pub(crate) mod event;
mod exclusive;
pub(crate) mod filter;
mod headers;
pub(crate) mod info;
pub(crate) mod io;
pub(crate) mod key;
pub(crate) mod log;
pub(crate) mod module;
pub(crate) mod open_keys;
pub(crate) mod panic;
pub(crate) mod register;
pub(crate) mod reply;
mod signal;
pub(crate) mod snapshot;
pub(crate) mod stream;
pub(crate) mod string;
pub(crate) mod timer;
pub(crate) mod value_cache;

pub(crate) use args::Args;
pub(crate) use ctx::Ctx;
