//! The boundary to the server: all `unsafe` code, behind types that cannot be misused.
//!
//! This layer does not know links. The other layers use contexts, arguments, keys and replies, and
//! hold no pointer. A function that the server may lack is `None` after the load of the module, and
//! is not used then.

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
