//! Who comes: what a caller says of a visit, and what of it is kept.
//!
//! Everything here happens on the master, once. What comes out are facts ([`Visitor`]): effects carry them, so that replicas and replay need
//! neither a GeoIP file nor the settings of that moment.

use std::net::IpAddr;
use std::sync::Arc;

use super::agent::{Agent, Agents, AnonymizedAgent};
use super::client_id::client_id;
use super::geo::{Geo, GeoLocation};
use super::hints::VisitorHints;
use super::ip_address;
use super::policy::{Policy, PrivacyLevel, Salt};
use super::sanitize;

/// What is kept of a visit. An empty text stands for unknown. Texts are valid UTF-8 without control characters, and bounded.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// What the user agent tells, as far as `visit-ua-mode` lets it through. For a bot, `bot` is set.
    pub agent: Arc<Agent>,
    /// Where the visitor is.
    pub location: GeoLocation,
    /// The IP address, as far as `visit-ip-mode` lets it through.
    pub ip: Option<IpAddr>,
    /// An address was given, `visit-ip-mode` lets it through, and it cannot be read.
    pub unreadable_ip: bool,
    /// The user agent, as far as `visit-ua-mode` lets it through: at most 512 bytes of it, or `Chrome/104 (Mac OS X)`.
    pub agent_text: Arc<str>,
    /// The referer, if `visit-referer-mode` lets all of it through; at most 512 bytes. [`Visitor::referer`] knows what to show if not.
    pub whole_referer: Option<String>,
    /// The referer's host, for the statistics; at most 253 bytes.
    pub referer_host: String,
    /// SHA-1 of what is let through of IP address and user agent, salted unless both modes are full. None if the IP address is unknown.
    pub client_id: Option<[u8; 20]>,
}

impl Visitor {
    /// The referer, as far as `visit-referer-mode` lets it through.
    #[must_use]
    pub fn referer(&self) -> &str {
        self.whole_referer.as_deref().unwrap_or(&self.referer_host)
    }
}

impl Default for Visitor {
    /// Nothing is known.
    fn default() -> Self {
        Self {
            agent: Agent::unknown(false),
            location: GeoLocation::default(),
            ip: None,
            unreadable_ip: false,
            agent_text: Arc::default(),
            whole_referer: None,
            referer_host: String::new(),
            client_id: None,
        }
    }
}

/// How much of a user agent tells visitors apart, in bytes. The longest of real browsers have 500.
const MAX_HASHED: usize = 1024;
/// How much of a user agent or a referer is kept, in bytes.
const KEPT: usize = 512;

/// Turns what is hints into what is kept.
#[derive(Default)]
pub struct VisitorClassifier {
    /// User agents visitor before.
    pub agents: Agents,
    /// Where IP addresses are.
    pub geo: Option<Arc<Geo>>,
}

impl VisitorClassifier {
    /// What is kept of a visit under these settings; `salt` is that of the link's shard.
    pub fn classify(&mut self, hints: &VisitorHints<'_>, policy: &Policy, salt: &Salt) -> Visitor {
        let mut visitor = Visitor::default();
        let user_agent = hints.agent.unwrap_or_default();
        if hints.agent.is_some() {
            self.classify_agent(&mut visitor, user_agent, policy);
        }
        if let Some(ip) = hints.ip
            && policy.ip != PrivacyLevel::None
        {
            match ip_address::parse(ip) {
                Some(address) => {
                    self.classify_address(&mut visitor, address, user_agent, policy, salt)
                }
                None => visitor.unreadable_ip = true,
            }
        }
        if let Some(country) = hints.country.and_then(sanitize::country) {
            visitor.location.country = country;
        }
        if let Some(referer) = hints
            .referer
            .and_then(|referer| sanitize::text(referer, KEPT))
            && policy.referer != PrivacyLevel::None
        {
            visitor.referer_host = sanitize::host(referer).unwrap_or_default();
            visitor.whole_referer =
                (policy.referer == PrivacyLevel::Full).then(|| referer.to_owned());
        }
        visitor
    }

    fn classify_address(
        &self,
        visitor: &mut Visitor,
        address: IpAddr,
        user_agent: &[u8],
        policy: &Policy,
        salt: &Salt,
    ) {
        visitor.location = match &self.geo {
            Some(geo) => geo.locate(address),
            None => GeoLocation::default(),
        };
        let is_whole = policy.ip == PrivacyLevel::Full;
        let ip = if is_whole {
            address
        } else {
            ip_address::network(address)
        };
        visitor.ip = Some(ip);
        let text = match policy.ua {
            PrivacyLevel::Full => sanitize::text(user_agent, MAX_HASHED).unwrap_or_default(),
            PrivacyLevel::Anonymized | PrivacyLevel::None => &visitor.agent_text,
        };
        let salt = match policy.ua {
            PrivacyLevel::Full if is_whole => &[],
            _ => salt_of(policy, salt),
        };
        visitor.client_id = Some(client_id(salt, ip, text));
    }

    /// A bot is told by its bytes, whatever they are; a text that has control characters is not kept.
    fn classify_agent(&mut self, visitor: &mut Visitor, user_agent: &[u8], policy: &Policy) {
        let patterns = &policy.bot_patterns;
        (visitor.agent, visitor.agent_text) = match policy.ua {
            PrivacyLevel::Full => {
                let text = sanitize::text(user_agent, KEPT).unwrap_or_default();
                (self.agents.parse(user_agent, patterns), text.into())
            }
            PrivacyLevel::Anonymized => {
                let anonymized = self.agents.parse_anonymized(user_agent, patterns);
                let AnonymizedAgent { agent, text } = anonymized;
                (agent, text)
            }
            PrivacyLevel::None => {
                let parsed = self.agents.parse(user_agent, patterns);
                (Agent::unknown(parsed.bot), Arc::default())
            }
        };
    }
}

/// What client ids are salted with.
fn salt_of<'a>(policy: &'a Policy, salt: &'a Salt) -> &'a [u8] {
    match policy.salt.as_bytes() {
        [] => salt,
        own => own,
    }
}

#[cfg(test)]
mod tests;
