//! The list of settings: names, kinds, bounds, defaults, descriptions and access.
//!
//! The module registers the settings by this list, reads load arguments by it and documents them by
//! it.

use crate::code::base62::LIMIT;
use crate::stats;
use crate::url::BaseUrl;
use crate::visitor::PrivacyLevel;

use super::settings::Settings;
use super::strategy::Strategy;
use super::values::{patterns, schemes};

/// The kind of a setting's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these words, in any case.
    Choice {
        /// The words, as [`super::Settings::get`] returns them.
        words: &'static [&'static str],
        /// Other spellings that are accepted, each with the word it stands for.
        synonyms: &'static [(&'static str, &'static str)],
    },
    /// An integer within these bounds, both included.
    Number {
        /// The smallest value.
        min: u64,
        /// The largest value.
        max: u64,
    },
    /// Text with rules of its own.
    Text,
}

/// A setting: `shorten.NAME` in `redis.conf` and `CONFIG`, `NAME` in the load arguments.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// The name without `shorten.`.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: Kind,
    /// The default value.
    pub default: &'static str,
    /// A description in one line.
    pub doc: &'static str,
    /// Returns the value as text.
    pub(super) get: fn(&Settings) -> String,
    /// Sets the value. The error is a clause that says what the value must be.
    pub(super) set: fn(&mut Settings, Value<'_>) -> Result<(), String>,
}

/// A value of the setting's kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    /// The text. For a choice, the word that it stands for.
    pub(super) text: &'a str,
    /// The number, or 0 for other kinds.
    pub(super) number: u64,
}

/// Maximum of `pool-min` and `pool-max`, in codes.
pub const POOL_LIMIT: u64 = 10_000_000;

/// Maximum of `max-url-length`, in bytes.
pub const URL_LIMIT: u64 = 65_536;

/// Maximum of `expired-retention`, in seconds: ten years of 365 days.
pub const RETENTION_LIMIT: u64 = 10 * 365 * 86_400;

/// Maximum of `visit-days`, given by the format of stored statistics.
pub const DAYS_LIMIT: u64 = stats::MAX_DAYS;

/// Maximum of `visit-hours`, given by the format of stored statistics.
pub const HOURS_LIMIT: u64 = stats::MAX_HOURS;

/// Maximum of `visit-log-maxlen`, in entries.
pub const LOG_LIMIT: u64 = 1_000_000_000;

const MODES: Kind = Kind::Choice {
    words: &["full", "anonymized", "none"],
    synonyms: &[("anonymised", "anonymized")],
};

/// All settings, in the order in which they are shown.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        name: "strategy",
        kind: Kind::Choice {
            words: &["counter", "hash", "pool"],
            synonyms: &[],
        },
        default: "counter",
        doc: "How a code is created if the command does not specify it: counter, hash or pool.",
        get: |settings| settings.strategy.as_str().to_owned(),
        set: |settings, value| {
            settings.strategy = Strategy::parse(value.text).unwrap_or_default();
            Ok(())
        },
    },
    Definition {
        name: "counter-start",
        kind: Kind::Number {
            min: 0,
            max: LIMIT - 1,
        },
        default: "1000",
        doc: "First number of a new counter (1000 is the code g8).",
        get: |settings| settings.counter_start.to_string(),
        set: |settings, value| {
            settings.counter_start = value.number;
            Ok(())
        },
    },
    Definition {
        name: "pool-min",
        kind: Kind::Number {
            min: 0,
            max: POOL_LIMIT,
        },
        default: "1000",
        doc: "Number of codes below which the pool is refilled.",
        get: |settings| settings.pool_min.to_string(),
        set: |settings, value| {
            settings.pool_min = value.number;
            Ok(())
        },
    },
    Definition {
        name: "pool-max",
        kind: Kind::Number {
            min: 0,
            max: POOL_LIMIT,
        },
        default: "10000",
        doc: "Number of codes up to which the pool is filled; 0 disables the pool.",
        get: |settings| settings.pool_max.to_string(),
        set: |settings, value| {
            settings.pool_max = value.number;
            Ok(())
        },
    },
    Definition {
        name: "allowed-schemes",
        kind: Kind::Text,
        default: "http https",
        doc: "URL schemes that are accepted, separated by spaces or commas; javascript, vbscript, \
            data, blob and filesystem are never accepted.",
        get: |settings| settings.url.schemes.join(" "),
        set: |settings, value| {
            settings.url.schemes = schemes(value.text)?;
            Ok(())
        },
    },
    Definition {
        name: "max-url-length",
        kind: Kind::Number {
            min: 1,
            max: URL_LIMIT,
        },
        default: "2048",
        doc: "Maximum length of a URL, in bytes.",
        get: |settings| settings.url.max_length.to_string(),
        set: |settings, value| {
            settings.url.max_length = usize::try_from(value.number).unwrap_or(usize::MAX);
            Ok(())
        },
    },
    Definition {
        name: "base-url",
        kind: Kind::Text,
        default: "",
        doc: "Prefix of the short URLs that SHORTEN returns, such as https://sho.rt/; if empty, \
            SHORTEN returns codes.",
        get: |settings| {
            let base = settings.url.base_url.as_ref();
            base.map(|base| base.as_str().to_owned())
                .unwrap_or_default()
        },
        set: |settings, value| {
            settings.url.base_url = match value.text {
                "" => None,
                text => Some(BaseUrl::parse(text)?),
            };
            Ok(())
        },
    },
    Definition {
        name: "expired-retention",
        kind: Kind::Number {
            min: 0,
            max: RETENTION_LIMIT,
        },
        default: "0",
        doc: "Seconds for which an expired link is kept before it is removed.",
        get: |settings| settings.expired_retention.to_string(),
        set: |settings, value| {
            settings.expired_retention = value.number;
            Ok(())
        },
    },
    Definition {
        name: "cluster-filter",
        kind: Kind::Choice {
            words: &["yes", "no"],
            synonyms: &[],
        },
        default: "yes",
        doc: "In cluster mode, whether the module inserts the shard key into commands that name \
            only a code or URL.",
        get: |settings| if settings.cluster_filter { "yes" } else { "no" }.to_owned(),
        set: |settings, value| {
            settings.cluster_filter = value.text == "yes";
            Ok(())
        },
    },
    Definition {
        name: "visit-days",
        kind: Kind::Number {
            min: 0,
            max: DAYS_LIMIT,
        },
        default: "60",
        doc: "Number of days for which visits are counted by day.",
        get: |settings| settings.visit_days.to_string(),
        set: |settings, value| {
            settings.visit_days = u16::try_from(value.number).unwrap_or(u16::MAX);
            Ok(())
        },
    },
    Definition {
        name: "visit-hours",
        kind: Kind::Number {
            min: 0,
            max: HOURS_LIMIT,
        },
        default: "48",
        doc: "Number of hours for which visits are counted by hour.",
        get: |settings| settings.visit_hours.to_string(),
        set: |settings, value| {
            settings.visit_hours = u16::try_from(value.number).unwrap_or(u16::MAX);
            Ok(())
        },
    },
    Definition {
        name: "visit-log-maxlen",
        kind: Kind::Number {
            min: 0,
            max: LOG_LIMIT,
        },
        default: "0",
        doc: "Approximate maximum length of the stream shorten:visits, to which every visit is \
            added; 0 disables the log.",
        get: |settings| settings.visit_log_maxlen.to_string(),
        set: |settings, value| {
            settings.visit_log_maxlen = value.number;
            Ok(())
        },
    },
    Definition {
        name: "visit-salt",
        kind: Kind::Text,
        default: "",
        doc: "Salt of client ids; if empty, each hash slot has its own random salt.",
        get: |settings| settings.visitor.salt.clone(),
        set: |settings, value| {
            settings.visitor.salt = value.text.to_owned();
            Ok(())
        },
    },
    Definition {
        name: "visit-ip-mode",
        kind: MODES,
        default: "anonymized",
        doc: "How much of a visitor's IP address is used: full, anonymized (IPv4 without its last \
            octet, IPv6 without its last 80 bits) or none.",
        get: |settings| settings.visitor.ip.as_str().to_owned(),
        set: |settings, value| {
            settings.visitor.ip = PrivacyLevel::parse(value.text).unwrap_or_default();
            Ok(())
        },
    },
    Definition {
        name: "visit-ua-mode",
        kind: MODES,
        default: "anonymized",
        doc: "How much of a visitor's user agent is used: full, anonymized (browser, OS and \
            device without minor versions) or none.",
        get: |settings| settings.visitor.ua.as_str().to_owned(),
        set: |settings, value| {
            settings.visitor.ua = PrivacyLevel::parse(value.text).unwrap_or_default();
            Ok(())
        },
    },
    Definition {
        name: "visit-referer-mode",
        kind: MODES,
        default: "anonymized",
        doc: "How much of a visit's referer is used: full, anonymized (its host) or none.",
        get: |settings| settings.visitor.referer.as_str().to_owned(),
        set: |settings, value| {
            settings.visitor.referer = PrivacyLevel::parse(value.text).unwrap_or_default();
            Ok(())
        },
    },
    Definition {
        name: "geoip-db",
        kind: Kind::Text,
        default: "",
        doc: "Path of a MaxMind DB file for GeoIP lookups; if empty, lookups are disabled.",
        get: |settings| settings.geoip_db.clone(),
        set: |settings, value| {
            settings.geoip_db = value.text.to_owned();
            Ok(())
        },
    },
    Definition {
        name: "bot-patterns",
        kind: Kind::Text,
        default: "",
        doc: "Additional substrings that identify a bot's user agent, case-insensitive, separated \
            by commas.",
        get: |settings| settings.visitor.bot_patterns.join(","),
        set: |settings, value| {
            settings.visitor.bot_patterns = patterns(value.text)?;
            Ok(())
        },
    },
];
