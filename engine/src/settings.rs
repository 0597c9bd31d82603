//! What an administrator can set, each value checked when it is set.
//!
//! [`DEFINITIONS`] is the one list of settings: the module registers them by it, reads load arguments by it and documents them by it.
//! Values travel as text, as they do in `redis.conf` and `CONFIG SET`.

mod arguments;
mod definition;

pub use arguments::Arguments;
pub use definition::{
    DAYS_LIMIT, DEFINITIONS, Definition, HOURS_LIMIT, Kind, LOG_LIMIT, POOL_LIMIT, RETENTION_LIMIT,
    URL_LIMIT,
};

use crate::base_url::BaseUrl;
use crate::scheme;
use crate::visitor::Mode;

/// How a code is made for a URL that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// The next number, in Base62.
    #[default]
    Counter,
    /// From the URL's MD5.
    Hash,
    /// A random code made ahead of time.
    Pool,
}

impl Strategy {
    /// All of them, as they are listed to people.
    pub const ALL: [Self; 3] = [Self::Counter, Self::Hash, Self::Pool];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Hash => "hash",
            Self::Pool => "pool",
        }
    }

    /// The strategy of this name, in whatever case.
    #[must_use]
    pub fn parse(name: impl AsRef<[u8]>) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| {
            strategy
                .as_str()
                .as_bytes()
                .eq_ignore_ascii_case(name.as_ref())
        })
    }
}

/// The settings as the engine reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How a code is made when the call does not say.
    pub strategy: Strategy,
    /// The first number of a fresh counter, below 62^8.
    pub counter_start: u64,
    /// The pool is refilled when it holds fewer codes than this; at most [`POOL_LIMIT`].
    pub pool_min: u64,
    /// The pool is filled up to this many codes; 0: no pool. At most [`POOL_LIMIT`].
    pub pool_max: u64,
    /// The schemes a URL may have, in lower case, at least one.
    pub allowed_schemes: Vec<String>,
    /// The longest URL accepted, in bytes: 1 to [`URL_LIMIT`].
    pub max_url_length: usize,
    /// What `SHORTEN` puts before each code.
    pub base_url: Option<BaseUrl>,
    /// For how long an expired link is kept, in seconds; at most [`RETENTION_LIMIT`].
    pub expired_retention: u64,
    /// Whether the module, in cluster mode, puts the key of the shard before a bare code or URL.
    pub cluster_filter: bool,
    /// For how many days a link's visits are counted by day; at most [`DAYS_LIMIT`].
    pub visit_days: u16,
    /// For how many hours a link's visits are counted by hour; at most [`HOURS_LIMIT`].
    pub visit_hours: u16,
    /// The cap of the log of visits, in entries; 0: no log. At most [`LOG_LIMIT`].
    pub visit_log_maxlen: u64,
    /// What client ids are salted with; empty: the shard's own salt.
    pub visit_salt: String,
    /// How much of a visitor's IP address is used.
    pub ip_mode: Mode,
    /// How much of a visitor's user agent is used.
    pub ua_mode: Mode,
    /// How much of a visit's referer is used.
    pub referer_mode: Mode,
    /// The path of a file of MaxMind's format; empty: none.
    pub geoip_db: String,
    /// What else marks a user agent as a bot's, in lower case.
    pub bot_patterns: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            strategy: Strategy::Counter,
            counter_start: 1000,
            pool_min: 1000,
            pool_max: 10_000,
            allowed_schemes: vec!["http".into(), "https".into()],
            max_url_length: 2048,
            base_url: None,
            expired_retention: 0,
            cluster_filter: true,
            visit_days: 60,
            visit_hours: 48,
            visit_log_maxlen: 0,
            visit_salt: String::new(),
            ip_mode: Mode::Anonymized,
            ua_mode: Mode::Anonymized,
            referer_mode: Mode::Anonymized,
            geoip_db: String::new(),
            bot_patterns: Vec::new(),
        }
    }
}

impl Settings {
    /// The definition of the setting of this name, in whatever case.
    #[must_use]
    pub fn definition(name: &str) -> Option<&'static Definition> {
        DEFINITIONS
            .iter()
            .find(|definition| definition.name.eq_ignore_ascii_case(name))
    }

    /// Gives one setting the value written in `text`. Rules between settings are [`Settings::check`]'s, since several may be set together.
    ///
    /// # Errors
    /// A reason for people, naming the setting, the value and what it may be; nothing is changed then.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let definition = Self::definition(name).ok_or_else(|| unknown(name))?;
        let refuse = |what: String| {
            format!(
                "{} {what}, got {}",
                definition.name,
                crate::error::quote(text.as_bytes())
            )
        };
        let number = match definition.kind {
            Kind::Number { min, max } => number(text, min, max)
                .ok_or_else(|| refuse(format!("must be an integer between {min} and {max}")))?,
            Kind::Choice { words, synonyms } => {
                let mut known = words
                    .iter()
                    .chain(synonyms.iter().map(|(synonym, _)| synonym));
                if !known.any(|word| word.eq_ignore_ascii_case(text)) {
                    return Err(refuse(format!("must be {}", listed(words))));
                }
                0
            }
            Kind::Text => 0,
        };
        match definition.name {
            "strategy" => self.strategy = Strategy::parse(text).unwrap_or_default(),
            "counter-start" => self.counter_start = number,
            "pool-min" => self.pool_min = number,
            "pool-max" => self.pool_max = number,
            "allowed-schemes" => self.allowed_schemes = schemes(text).map_err(refuse)?,
            "max-url-length" => self.max_url_length = usize::try_from(number).unwrap_or(usize::MAX),
            "base-url" if text.is_empty() => self.base_url = None,
            "base-url" => self.base_url = Some(BaseUrl::parse(text).map_err(refuse)?),
            "expired-retention" => self.expired_retention = number,
            "cluster-filter" => self.cluster_filter = text.eq_ignore_ascii_case("yes"),
            "visit-days" => self.visit_days = u16::try_from(number).unwrap_or(u16::MAX),
            "visit-hours" => self.visit_hours = u16::try_from(number).unwrap_or(u16::MAX),
            "visit-log-maxlen" => self.visit_log_maxlen = number,
            "visit-salt" => self.visit_salt = text.to_owned(),
            "visit-ip-mode" => self.ip_mode = Mode::parse(text).unwrap_or_default(),
            "visit-ua-mode" => self.ua_mode = Mode::parse(text).unwrap_or_default(),
            "visit-referer-mode" => self.referer_mode = Mode::parse(text).unwrap_or_default(),
            "geoip-db" => self.geoip_db = text.to_owned(),
            "bot-patterns" => self.bot_patterns = patterns(text).map_err(refuse)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    /// The value of a setting as text, which [`Settings::set`] reads back to the same value; `None` for an unknown name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        Some(match Self::definition(name)?.name {
            "strategy" => self.strategy.as_str().to_owned(),
            "counter-start" => self.counter_start.to_string(),
            "pool-min" => self.pool_min.to_string(),
            "pool-max" => self.pool_max.to_string(),
            "allowed-schemes" => self.allowed_schemes.join(" "),
            "max-url-length" => self.max_url_length.to_string(),
            "base-url" => self
                .base_url
                .as_ref()
                .map(|base| base.as_str().to_owned())
                .unwrap_or_default(),
            "expired-retention" => self.expired_retention.to_string(),
            "cluster-filter" => if self.cluster_filter { "yes" } else { "no" }.to_owned(),
            "visit-days" => self.visit_days.to_string(),
            "visit-hours" => self.visit_hours.to_string(),
            "visit-log-maxlen" => self.visit_log_maxlen.to_string(),
            "visit-salt" => self.visit_salt.clone(),
            "visit-ip-mode" => self.ip_mode.as_str().to_owned(),
            "visit-ua-mode" => self.ua_mode.as_str().to_owned(),
            "visit-referer-mode" => self.referer_mode.as_str().to_owned(),
            "geoip-db" => self.geoip_db.clone(),
            "bot-patterns" => self.bot_patterns.join(","),
            _ => return None,
        })
    }

    /// The rules between settings: the pool's lower mark is not above its upper one, unless the pool is switched off.
    ///
    /// # Errors
    /// A reason for people, naming both settings and their values.
    pub fn check(&self) -> Result<(), String> {
        if self.pool_max != 0 && self.pool_min > self.pool_max {
            return Err(format!(
                "pool-min {} must not exceed pool-max {}",
                self.pool_min, self.pool_max
            ));
        }
        Ok(())
    }
}

/// `a, b or c`.
fn listed(words: &[&str]) -> String {
    match words {
        [head @ .., last] if !head.is_empty() => format!("{} or {last}", head.join(", ")),
        _ => words.concat(),
    }
}

/// Decimal digits alone: no sign, no space.
fn number(text: &str, min: u64, max: u64) -> Option<u64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse()
        .ok()
        .filter(|number| (min..=max).contains(number))
}

/// Schemes by RFC 3986, section 3.1, in lower case, each once.
fn schemes(text: &str) -> Result<Vec<String>, String> {
    let mut schemes: Vec<String> = Vec::new();
    for scheme in text
        .split([' ', ','])
        .filter(|scheme| !scheme.is_empty())
        .map(str::to_ascii_lowercase)
    {
        let tail = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.bytes().all(tail) {
            return Err("must be a list of URL schemes, such as http https".into());
        }
        if let Some(reason) = scheme::never_allowed(&scheme) {
            return Err(format!("must not contain {scheme}, {reason}"));
        }
        if !schemes.contains(&scheme) {
            schemes.push(scheme);
        }
    }
    if schemes.is_empty() {
        Err("must contain at least one URL scheme, such as https".into())
    } else {
        Ok(schemes)
    }
}

/// Shortest pattern of a bot, in bytes: a letter or two would call every browser one.
const SHORTEST_PATTERN: usize = 3;

/// Words of user agents, in lower case, each once.
fn patterns(text: &str) -> Result<Vec<String>, String> {
    let mut patterns: Vec<String> = Vec::new();
    for pattern in text
        .split(',')
        .map(|pattern| pattern.trim().to_ascii_lowercase())
        .filter(|pattern| !pattern.is_empty())
    {
        if pattern.len() < SHORTEST_PATTERN {
            return Err(format!(
                "must be a comma-separated list of substrings of at least {SHORTEST_PATTERN} bytes"
            ));
        }
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    Ok(patterns)
}

fn unknown(name: &str) -> String {
    let names: Vec<_> = DEFINITIONS
        .iter()
        .map(|definition| definition.name)
        .collect();
    format!(
        "unknown setting {}; valid settings: {}",
        crate::error::quote(name.as_bytes()),
        names.join(", ")
    )
}

#[cfg(test)]
mod tests;
