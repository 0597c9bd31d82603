//! The list of settings: names, bounds, defaults and what each is for.

use crate::base62::LIMIT;

/// The values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these words, in whatever case.
    Choice(&'static [&'static str]),
    /// A whole number within these bounds, both included.
    Number {
        /// The smallest value.
        min: u64,
        /// The largest value.
        max: u64,
    },
    /// Text, by rules of its own.
    Text,
}

/// One setting: `shorten.NAME` in `redis.conf` and `CONFIG`, `NAME` among the load arguments.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name without `shorten.`.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The value it has when nobody sets it.
    pub default: &'static str,
    /// What it is for, in one line.
    pub doc: &'static str,
}

/// The most codes a pool may be told to hold.
pub const POOL_LIMIT: u64 = 10_000_000;

/// The longest URL that can be allowed, in bytes.
pub const URL_LIMIT: u64 = 65_536;

/// The longest time expired links can be kept, in seconds: ten years of 365 days.
pub const RETENTION_LIMIT: u64 = 10 * 365 * 86_400;

/// Every setting, in the order in which they are shown.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        name: "strategy",
        kind: Kind::Choice(&["counter", "hash", "pool"]),
        default: "counter",
        doc: "how a code is made when the call does not say: counter, hash or pool",
    },
    Definition {
        name: "counter-start",
        kind: Kind::Number {
            min: 0,
            max: LIMIT - 1,
        },
        default: "1000",
        doc: "the first number of a fresh counter (1000 gives the code g8)",
    },
    Definition {
        name: "pool-min",
        kind: Kind::Number {
            min: 0,
            max: POOL_LIMIT,
        },
        default: "1000",
        doc: "the pool is refilled when it holds fewer codes than this",
    },
    Definition {
        name: "pool-max",
        kind: Kind::Number {
            min: 0,
            max: POOL_LIMIT,
        },
        default: "10000",
        doc: "the pool is filled up to this many codes; 0 keeps no pool",
    },
    Definition {
        name: "allowed-schemes",
        kind: Kind::Text,
        default: "http https",
        doc: "the schemes a URL may have, separated by spaces or commas",
    },
    Definition {
        name: "max-url-length",
        kind: Kind::Number {
            min: 1,
            max: URL_LIMIT,
        },
        default: "2048",
        doc: "the longest URL accepted, in bytes",
    },
    Definition {
        name: "base-url",
        kind: Kind::Text,
        default: "",
        doc: "what SHORTEN puts before each code, such as https://sho.rt/; empty answers bare codes",
    },
    Definition {
        name: "expired-retention",
        kind: Kind::Number {
            min: 0,
            max: RETENTION_LIMIT,
        },
        default: "0",
        doc: "for how many seconds an expired link is kept before it is removed",
    },
    Definition {
        name: "cluster-filter",
        kind: Kind::Choice(&["yes", "no"]),
        default: "yes",
        doc: "in cluster mode, whether commands with a bare code or URL are given the key of their shard before they are routed",
    },
];
