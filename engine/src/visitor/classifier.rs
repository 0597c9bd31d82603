//! Classification of visitors: from a client's hints to what is kept of a visit.
//!
//! This happens on the master, once. The results ([`Visitor`]) are facts, which effects carry. So
//! replicas and replay need neither a GeoIP file nor the settings of that time.

use std::net::IpAddr;
use std::sync::Arc;

use super::agent::{Agent, Agents, AnonymizedAgent};
use super::client_id::client_id;
use super::geo::{Geo, GeoLocation};
use super::hints::VisitorHints;
use super::ip_address;
use super::policy::{Policy, PrivacyLevel, Salt};
use super::sanitize;

/// What is kept of a visit. An empty text means unknown. Texts are valid UTF-8, have no control
/// characters, and are bounded.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The user agent, as far as `visit-ua-mode` allows. `bot` is set for a bot.
    pub agent: Arc<Agent>,
    /// The visitor's location.
    pub location: GeoLocation,
    /// The IP address, as far as `visit-ip-mode` allows.
    pub ip: Option<IpAddr>,
    /// Whether an address was given and `visit-ip-mode` allows it, but it cannot be read.
    pub unreadable_ip: bool,
    /// The user agent's text, as far as `visit-ua-mode` allows: at most 512 bytes of it, or
    /// `Chrome/104 (Mac OS X)`.
    pub agent_text: Arc<str>,
    /// The referer, if `visit-referer-mode` is `full`: at most 512 bytes. See [`Visitor::referer`].
    pub whole_referer: Option<String>,
    /// The referer's host, for the statistics: at most 253 bytes.
    pub referer_host: String,
    /// SHA-1 of the allowed parts of IP address and user agent, salted unless both modes are
    /// `full`. `None` if the IP address is unknown.
    pub client_id: Option<[u8; 20]>,
}

impl Visitor {
    /// Returns the referer, as far as `visit-referer-mode` allows.
    #[must_use]
    pub fn referer(&self) -> &str {
        self.whole_referer.as_deref().unwrap_or(&self.referer_host)
    }
}

impl Default for Visitor {
    /// Returns an unknown visitor.
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

/// Maximum number of a user agent's bytes that are part of the client id. The longest user agents
/// of real browsers have 500.
const MAX_HASHED: usize = 1024;
/// Maximum number of bytes that are kept of a user agent or a referer.
const MAX_KEPT: usize = 512;

/// Classifies visitors.
#[derive(Default)]
pub struct VisitorClassifier {
    /// The cache of user agents.
    pub agents: Agents,
    /// The GeoIP file.
    pub geo: Option<Arc<Geo>>,
}

impl VisitorClassifier {
    /// Returns what is kept of a visit under this policy. `salt` is that of the link's shard.
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
            .and_then(|referer| sanitize::text(referer, MAX_KEPT))
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

    /// Classifies the user agent. Bots are detected in any bytes; a text with control characters is
    /// not kept.
    fn classify_agent(&mut self, visitor: &mut Visitor, user_agent: &[u8], policy: &Policy) {
        let patterns = &policy.bot_patterns;
        (visitor.agent, visitor.agent_text) = match policy.ua {
            PrivacyLevel::Full => {
                let text = sanitize::text(user_agent, MAX_KEPT).unwrap_or_default();
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

/// Returns the salt of client ids.
fn salt_of<'a>(policy: &'a Policy, salt: &'a Salt) -> &'a [u8] {
    match policy.salt.as_bytes() {
        [] => salt,
        own => own,
    }
}

#[cfg(test)]
mod tests;
