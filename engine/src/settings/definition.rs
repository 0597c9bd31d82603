//! The list of settings: names, bounds, defaults and what each is for.

use crate::base62::LIMIT;
use crate::stats;

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

/// The upper bound of `visit-days`: what stored statistics can hold.
pub const DAYS_LIMIT: u64 = stats::MAX_DAYS;

/// The upper bound of `visit-hours`: what stored statistics can hold.
pub const HOURS_LIMIT: u64 = stats::MAX_HOURS;

/// The most entries that the log of visits can be capped at.
pub const LOG_LIMIT: u64 = 1_000_000_000;

const MODES: Kind = Kind::Choice(&["full", "anonymised", "none"]);

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
        doc: "the schemes a URL may have, separated by spaces or commas; never javascript, vbscript, data, blob, filesystem",
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
    Definition {
        name: "visit-days",
        kind: Kind::Number {
            min: 0,
            max: DAYS_LIMIT,
        },
        default: "60",
        doc: "for how many days a link's visits are counted by day",
    },
    Definition {
        name: "visit-hours",
        kind: Kind::Number {
            min: 0,
            max: HOURS_LIMIT,
        },
        default: "48",
        doc: "for how many hours a link's visits are counted by hour",
    },
    Definition {
        name: "visit-log-maxlen",
        kind: Kind::Number {
            min: 0,
            max: LOG_LIMIT,
        },
        default: "0",
        doc: "every visit is added to the stream shorten:visits, capped at about this many entries; 0 keeps no log",
    },
    Definition {
        name: "visit-salt",
        kind: Kind::Text,
        default: "",
        doc: "what client ids are salted with; empty uses a random salt kept with the links of each slot",
    },
    Definition {
        name: "ip-mode",
        kind: MODES,
        default: "anonymised",
        doc: "how much of a visitor's IP address is used: full, anonymised (IPv4 without its last octet, IPv6 without its last 80 bits) or none",
    },
    Definition {
        name: "ua-mode",
        kind: MODES,
        default: "anonymised",
        doc: "how much of a visitor's user agent is used: full, anonymised (browser, system and device without their minor versions) or none",
    },
    Definition {
        name: "referer-mode",
        kind: MODES,
        default: "anonymised",
        doc: "how much of a visit's referer is used: full, anonymised (its host) or none",
    },
    Definition {
        name: "geoip-db",
        kind: Kind::Text,
        default: "",
        doc: "a file of MaxMind's format that tells where an IP address is; empty: none",
    },
    Definition {
        name: "bot-patterns",
        kind: Kind::Text,
        default: "",
        doc: "what else marks a user agent as a bot's: words looked for in it in any case, separated by commas",
    },
];
