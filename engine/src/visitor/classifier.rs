//! Who comes: what a caller says of a visit, and what of it is kept.
//!
//! Everything here happens on the master, once. What comes out are facts ([`Seen`]): effects carry them, so that replicas and replay need
//! neither a GeoIP file nor the settings of that moment.

use std::net::IpAddr;
use std::sync::Arc;

use super::agent::{Agent, Agents};
use super::anonymize::{Coarse, Coarsened};
use super::client_id::client_id;
use super::geo::{Geo, Place};
use super::hints::Said;
use super::ip_address;
use super::policy::{Mode, Policy, Salt};
use super::sanitize;

/// What is kept of a visit. An empty text stands for unknown. Texts are valid UTF-8 without control characters, and bounded.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What the user agent tells, as far as `visit-ua-mode` lets it through. For a bot, `bot` is set.
    pub agent: Arc<Agent>,
    /// Where the visitor is.
    pub place: Place,
    /// The IP address, as far as `visit-ip-mode` lets it through.
    pub ip: Option<IpAddr>,
    /// An address was given, `visit-ip-mode` lets it through, and it cannot be read.
    pub unreadable_ip: bool,
    /// The user agent, as far as `visit-ua-mode` lets it through: at most 512 bytes of it, or `Chrome/104 (Mac OS X)`.
    pub agent_text: Arc<str>,
    /// The referer, if `visit-referer-mode` lets all of it through; at most 512 bytes. [`Seen::referer`] knows what to show if not.
    pub whole_referer: Option<String>,
    /// The referer's host, for the statistics; at most 253 bytes.
    pub referer_host: String,
    /// SHA-1 of what is let through of IP address and user agent, salted unless both modes are full. None if the IP address is unknown.
    pub client_id: Option<[u8; 20]>,
}

impl Seen {
    /// The referer, as far as `visit-referer-mode` lets it through.
    #[must_use]
    pub fn referer(&self) -> &str {
        self.whole_referer.as_deref().unwrap_or(&self.referer_host)
    }
}

impl Default for Seen {
    /// Nothing is known.
    fn default() -> Self {
        Self {
            agent: Agent::unknown(false),
            place: Place::default(),
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
const LOOKED_AT: usize = 1024;
/// How much of a user agent or a referer is kept, in bytes.
const KEPT: usize = 512;

/// Turns what is said into what is kept.
#[derive(Default)]
pub struct Observer {
    /// User agents seen before.
    pub agents: Agents,
    /// Where IP addresses are.
    pub geo: Option<Arc<Geo>>,
    coarsened: Coarsened,
}

impl Observer {
    /// What is kept of a visit under these settings; `salt` is that of the link's shard.
    pub fn see(&mut self, said: &Said<'_>, policy: &Policy, salt: &Salt) -> Seen {
        let mut seen = Seen::default();
        let user_agent = said.agent.unwrap_or_default();
        if said.agent.is_some() {
            self.see_agent(&mut seen, user_agent, policy);
        }
        if let Some(ip) = said.ip
            && policy.ip != Mode::None
        {
            match ip_address::parse(ip) {
                Some(address) => self.see_address(&mut seen, address, user_agent, policy, salt),
                None => seen.unreadable_ip = true,
            }
        }
        if let Some(country) = said.country.and_then(sanitize::country) {
            seen.place.country = country;
        }
        if let Some(referer) = said
            .referer
            .and_then(|referer| sanitize::text(referer, KEPT))
            && policy.referer != Mode::None
        {
            seen.referer_host = sanitize::host(referer).unwrap_or_default();
            seen.whole_referer = (policy.referer == Mode::Full).then(|| referer.to_owned());
        }
        seen
    }

    fn see_address(
        &self,
        seen: &mut Seen,
        address: IpAddr,
        user_agent: &[u8],
        policy: &Policy,
        salt: &Salt,
    ) {
        seen.place = match &self.geo {
            Some(geo) => geo.place(address),
            None => Place::default(),
        };
        let is_whole = policy.ip == Mode::Full;
        let ip = if is_whole {
            address
        } else {
            ip_address::network(address)
        };
        seen.ip = Some(ip);
        let text = match policy.ua {
            Mode::Full => sanitize::text(user_agent, LOOKED_AT).unwrap_or_default(),
            Mode::Anonymized | Mode::None => &seen.agent_text,
        };
        let salt = match policy.ua {
            Mode::Full if is_whole => &[],
            _ => salt_of(policy, salt),
        };
        seen.client_id = Some(client_id(salt, ip, text));
    }

    /// A bot is told by its bytes, whatever they are; a text that has control characters is not kept.
    fn see_agent(&mut self, seen: &mut Seen, user_agent: &[u8], policy: &Policy) {
        let told = self.agents.tell(user_agent, &policy.bot_patterns);
        (seen.agent, seen.agent_text) = match policy.ua {
            Mode::Full => {
                let text = sanitize::text(user_agent, KEPT).unwrap_or_default();
                (told, text.into())
            }
            Mode::Anonymized => {
                let Coarse { agent, text } = self.coarsened.of(&told);
                (agent, text)
            }
            Mode::None => (Agent::unknown(told.bot), Arc::default()),
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
