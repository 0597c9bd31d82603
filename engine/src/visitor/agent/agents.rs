//! User agents: browser, system, device, and whether it is a bot.
//!
//! Crate `woothee` knows the browsers up to 2021, the tables in `mend` what it does not know or calls by another name, the table in
//! `words` the bots. To teach it a new one, add a line to a table and a real user agent to `samples`.

use std::sync::{Arc, LazyLock};

use super::agent::Agent;
use super::anonymize::AnonymizedAgent;
use super::cache::{AgentCache, KnownAgent};
use super::parse;

/// How much of a user agent is looked at, in bytes. Browsers send 80 to 300.
pub(crate) const MAX_LOOKED_AT: usize = 1024;
/// Tells user agents, and remembers those told last: at most 4,096, in at most some 2 MiB.
#[derive(Default)]
pub struct Agents {
    cache: AgentCache,
    /// The patterns by which the remembered ones were told.
    patterns: Vec<String>,
}

impl Agents {
    /// What this user agent tells; `patterns` are words that mark a bot, in lower case.
    ///
    /// An empty or blank one is a program's: every browser says who it is.
    ///
    /// Looks at the first 1,024 bytes; any bytes will do. One not remembered takes microseconds, the very first one of the
    /// process milliseconds: see [`Agents::warm`].
    pub fn parse(&mut self, user_agent: &[u8], patterns: &[String]) -> Arc<Agent> {
        Arc::clone(&self.lookup(user_agent, patterns).agent)
    }

    /// As [`Agents::parse`], without what points to one person.
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

    /// Builds all that is built at first use, so that no visit waits for it.
    pub fn warm() {
        for user_agent in [
            "Mozilla/5.0 (Linux; Android 10; K; wv) AppleWebKit/537.36 Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Windows NT 10.0; rv:120.0) Gecko/20100101 Firefox/120.0",
            "Mozilla/5.0 (X11) AppleWebKit/537.36 unheard of",
        ] {
            let _ = parse::agent(user_agent.as_bytes(), true, &[]);
        }
    }

    /// How many user agents are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.cache.len()
    }
}

#[cfg(test)]
mod tests;
