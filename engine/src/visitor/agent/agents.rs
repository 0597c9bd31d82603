//! Parsing of user agents, with a cache: browser, OS, device, and whether it is a bot.
//!
//! The crate `woothee` knows browsers up to 2021. The tables in `overrides` add what it does not
//! know or names differently, the table in `bot_patterns` has the bots. To support a new user
//! agent, add a line to a table, and a real user agent to `samples`.

use std::sync::{Arc, LazyLock};

use super::agent::Agent;
use super::anonymize::AnonymizedAgent;
use super::cache::{AgentCache, KnownAgent};
use super::parse;

/// Maximum number of a user agent's bytes that are parsed. Browsers send 80 to 300.
pub(crate) const MAX_LOOKED_AT: usize = 1024;
/// Parses user agents and caches the results: at most 4,096 of them, in at most about 4 MiB.
#[derive(Default)]
pub struct Agents {
    cache: AgentCache,
    /// The patterns with which the cached user agents were parsed.
    patterns: Vec<String>,
}

impl Agents {
    /// Parses a user agent. `patterns` are substrings that identify a bot, in lower case.
    ///
    /// An empty or blank user agent belongs to a program, because every browser sends one.
    ///
    /// The first 1,024 bytes are parsed; any bytes are allowed. A user agent that is not cached
    /// takes microseconds, and the first one of the process milliseconds: see [`Agents::warm`].
    pub fn parse(&mut self, user_agent: &[u8], patterns: &[String]) -> Arc<Agent> {
        Arc::clone(&self.lookup(user_agent, patterns).agent)
    }

    /// Parses a user agent as [`Agents::parse`] does, and returns its anonymized form.
    pub(in crate::visitor) fn parse_anonymized(
        &mut self,
        user_agent: &[u8],
        patterns: &[String],
    ) -> AnonymizedAgent {
        self.lookup(user_agent, patterns).anonymized().clone()
    }

    fn lookup(&mut self, user_agent: &[u8], patterns: &[String]) -> Arc<KnownAgent> {
        static PROGRAM: LazyLock<Arc<KnownAgent>> =
            LazyLock::new(|| Arc::new(KnownAgent::new(Agent::unknown(true))));
        let (looked_at, whole) = match user_agent.get(..MAX_LOOKED_AT) {
            Some(start) => (start, user_agent.len() == MAX_LOOKED_AT),
            None => (user_agent, true),
        };
        if looked_at.trim_ascii().is_empty() {
            return Arc::clone(&PROGRAM);
        }
        if self.patterns != patterns {
            self.patterns = patterns.to_vec();
            self.cache.clear();
        }
        let key = self.cache.key(looked_at, whole);
        if let Some(agent) = self.cache.get(key) {
            return agent;
        }
        let agent = Arc::new(parse::agent(looked_at, whole, patterns));
        let agent = Arc::new(KnownAgent::new(agent));
        self.cache.put(key, Arc::clone(&agent));
        agent
    }

    /// Builds the tables that are built on first use, so that no visit waits for them.
    pub fn warm() {
        for user_agent in [
            "Mozilla/5.0 (Linux; Android 10; K; wv) AppleWebKit/537.36 Version/4.0 \
             Chrome/120.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 \
             Version/17.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Windows NT 10.0; rv:120.0) Gecko/20100101 Firefox/120.0",
            "Mozilla/5.0 (X11) AppleWebKit/537.36 unheard of",
        ] {
            let _ = parse::agent(user_agent.as_bytes(), true, &[]);
        }
    }

    /// Returns the number of cached user agents.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.cache.len()
    }
}

#[cfg(test)]
mod tests;
