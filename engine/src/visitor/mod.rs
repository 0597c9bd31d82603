//! Who comes: what a caller says of a visit, and what of it is kept.
//!
//! Everything here happens on the master, once. What comes out are facts ([`Seen`]): effects carry them, so that replicas and replay need
//! neither a GeoIP file nor the settings of that moment.

mod agent;
mod coarse;
mod geo;
mod identity;
mod privacy;

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use crate::error::{Error, quote};
use crate::settings::Settings;

use coarse::{Coarse, Coarsened};

pub use agent::{Agent, Agents};
pub use geo::{Geo, Place};
pub use privacy::Mode;

/// What a shard's client ids are salted with.
pub type Salt = [u8; 16];

/// What a caller says of a visit, as it came: any of it may be missing, too long, or nonsense.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// The visitor's IP address, as text: as it is, or as proxies write it.
    pub ip: Option<&'a [u8]>,
    /// The visitor's user agent. An empty one is a program's: no browser leaves it out.
    pub agent: Option<&'a [u8]>,
    /// Where the visitor comes from.
    pub referer: Option<&'a [u8]>,
    /// The visitor's country, two letters (ISO 3166-1), where the caller knows it (from a CDN's header, say). Goes before the GeoIP file's.
    /// `XX` and what else CDNs say where there is none stand for unknown.
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

    /// Whether what the calling program says of its own makes sense. What comes from a visitor may
    /// be anything.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.country {
            Some(country) if !privacy::is_country(country) => Err(Error::other(format!(
                "COUNTRY must be two letters (ISO 3166-1) or XX for unknown, got {}",
                quote(country)
            ))),
            _ => Ok(()),
        }
    }
}

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
            agent: unknown_agent(false),
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

/// An agent of which nothing is known, or nothing but that it is a bot.
fn unknown_agent(bot: bool) -> Arc<Agent> {
    static UNKNOWN: LazyLock<[Arc<Agent>; 2]> = LazyLock::new(|| {
        [false, true].map(|bot| {
            Arc::new(Agent {
                bot,
                ..Agent::default()
            })
        })
    });
    let [human, robot] = &*UNKNOWN;
    Arc::clone(if bot { robot } else { human })
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
    pub fn see(&mut self, said: &Said<'_>, settings: &Settings, salt: &Salt) -> Seen {
        let mut seen = Seen::default();
        let user_agent = said.agent.unwrap_or_default();
        if said.agent.is_some() {
            self.see_agent(&mut seen, user_agent, settings);
        }
        if let Some(ip) = said.ip
            && settings.ip_mode != Mode::None
        {
            match privacy::address(ip) {
                Some(address) => self.see_address(&mut seen, address, user_agent, settings, salt),
                None => seen.unreadable_ip = true,
            }
        }
        if let Some(country) = said.country.and_then(privacy::country) {
            seen.place.country = country;
        }
        if let Some(referer) = said
            .referer
            .and_then(|referer| privacy::text(referer, KEPT))
            && settings.referer_mode != Mode::None
        {
            seen.referer_host = privacy::host(referer).unwrap_or_default();
            seen.whole_referer = (settings.referer_mode == Mode::Full).then(|| referer.to_owned());
        }
        seen
    }

    fn see_address(
        &self,
        seen: &mut Seen,
        address: IpAddr,
        user_agent: &[u8],
        settings: &Settings,
        salt: &Salt,
    ) {
        seen.place = match &self.geo {
            Some(geo) => geo.place(address),
            None => Place::default(),
        };
        let is_whole = settings.ip_mode == Mode::Full;
        let ip = if is_whole {
            address
        } else {
            privacy::network(address)
        };
        seen.ip = Some(ip);
        let text = match settings.ua_mode {
            Mode::Full => privacy::text(user_agent, LOOKED_AT).unwrap_or_default(),
            Mode::Anonymized | Mode::None => &seen.agent_text,
        };
        let salt = match settings.ua_mode {
            Mode::Full if is_whole => &[],
            _ => salt_of(settings, salt),
        };
        seen.client_id = Some(identity::client_id(salt, ip, text));
    }

    /// A bot is told by its bytes, whatever they are; a text that has control characters is not kept.
    fn see_agent(&mut self, seen: &mut Seen, user_agent: &[u8], settings: &Settings) {
        let told = self.agents.tell(user_agent, &settings.bot_patterns);
        (seen.agent, seen.agent_text) = match settings.ua_mode {
            Mode::Full => {
                let text = privacy::text(user_agent, KEPT).unwrap_or_default();
                (told, text.into())
            }
            Mode::Anonymized => {
                let Coarse { agent, text } = self.coarsened.of(&told);
                (agent, text)
            }
            Mode::None => (unknown_agent(told.bot), Arc::default()),
        };
    }
}

/// What client ids are salted with.
fn salt_of<'a>(settings: &'a Settings, salt: &'a Salt) -> &'a [u8] {
    match settings.visit_salt.as_bytes() {
        [] => salt,
        own => own,
    }
}

#[cfg(test)]
mod tests;
