//! Who comes: what a caller says of a visit, and what of it is kept.
//!
//! Everything here happens on the master, once. What comes out are facts ([`Seen`]): effects carry them, so that replicas and replay need
//! neither a GeoIP file nor the settings of that moment.

mod agent;
mod geo;
mod identity;
mod privacy;

use std::net::IpAddr;
use std::sync::Arc;

use crate::settings::Settings;

pub use agent::{Agent, Agents};
pub use geo::{Geo, Place};
pub use privacy::Mode;

/// What a shard's client ids are salted with.
pub type Salt = [u8; 16];

/// What a caller says of a visit, as it came: any of it may be missing, too long, or nonsense.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// The visitor's IP address, as text.
    pub ip: Option<&'a [u8]>,
    /// The visitor's user agent.
    pub agent: Option<&'a [u8]>,
    /// Where the visitor comes from.
    pub referer: Option<&'a [u8]>,
    /// The visitor's country, two letters (ISO 3166-1), where the caller knows it (from a CDN's header, say). Goes before the GeoIP file's.
    pub country: Option<&'a [u8]>,
}

impl Said<'_> {
    /// Whether nothing was said.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.ip.is_none()
            && self.agent.is_none()
            && self.referer.is_none()
            && self.country.is_none()
    }
}

/// What is kept of a visit. An empty text stands for unknown. Texts are valid UTF-8 without control characters, and bounded.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What the user agent tells. For a bot, `bot` is set.
    pub agent: Arc<Agent>,
    /// Where the visitor is.
    pub place: Place,
    /// The IP address, as far as `ip-mode` lets it through.
    pub ip: Option<IpAddr>,
    /// The user agent, as far as `ua-mode` lets it through.
    pub agent_text: String,
    /// The referer, as far as `referer-mode` lets it through.
    pub referer: String,
    /// The referer's host, for the statistics.
    pub referer_host: String,
    /// SHA-1 of what is let through of IP address and user agent, salted unless both modes are full. None if the IP address is unknown.
    pub client_id: Option<[u8; 20]>,
}

/// Turns what is said into what is kept.
#[derive(Default)]
pub struct Observer {
    /// User agents seen before.
    pub agents: Agents,
    /// Where IP addresses are.
    pub geo: Option<Arc<Geo>>,
}

impl Observer {
    /// What is kept of a visit under these settings; `salt` is that of the link's shard.
    pub fn see(&mut self, said: &Said<'_>, settings: &Settings, salt: &Salt) -> Seen {
        let _ = (said, settings, salt);
        Seen::default()
    }
}
