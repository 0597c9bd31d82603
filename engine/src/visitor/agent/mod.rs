//! User agents: browser, system, device, and whether it is a bot.

mod agent;
mod agents;
mod anonymize;
mod bot_patterns;
mod bots;
mod cache;
mod case;
mod foreign;
mod matcher;
mod overrides;
mod parse;
mod position;
#[cfg(test)]
mod samples;

pub use agent::Agent;
pub use agents::Agents;
pub(in crate::visitor) use anonymize::AnonymizedAgent;
