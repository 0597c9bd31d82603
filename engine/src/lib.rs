//! The thinking of redis-shorten, without a server.
#![forbid(unsafe_code)]
