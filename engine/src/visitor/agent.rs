//! User agents: browser, system, device, and whether it is a bot.

use std::sync::Arc;

/// What a user agent tells. An empty text stands for unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// A bot, a link preview, a program.
    pub bot: bool,
    /// Such as `Chrome`.
    pub browser: String,
    /// Such as `104.0.0.0`.
    pub browser_version: String,
    /// Such as `Mac OS X`.
    pub os: String,
    /// Such as `10.15.7`.
    pub os_version: String,
    /// `Computer`, `Mobile`, `Tablet`, `TV`, `Console` ...
    pub device: String,
}

/// Tells user agents, and remembers those told last.
#[derive(Default)]
pub struct Agents {}

impl Agents {
    /// What this user agent tells; `patterns` are words that mark a bot, in lower case.
    pub fn tell(&mut self, user_agent: &[u8], patterns: &[String]) -> Arc<Agent> {
        let _ = (user_agent, patterns);
        Arc::default()
    }
}
