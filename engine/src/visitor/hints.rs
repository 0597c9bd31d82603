//! What a client says about a visit.

use crate::error::{Error, quote};

use super::sanitize::is_country;

/// What a client says about a visit, unchecked: fields can be missing, too long, or invalid.
#[derive(Clone, Copy, Debug, Default)]
pub struct VisitorHints<'a> {
    /// The visitor's IP address, as text, plain or as proxies write it.
    pub ip: Option<&'a [u8]>,
    /// The visitor's user agent. An empty one belongs to a program, because every browser sends
    /// one.
    pub agent: Option<&'a [u8]>,
    /// The page that the visitor comes from.
    pub referer: Option<&'a [u8]>,
    /// The visitor's country, two letters (ISO 3166-1), if the client knows it, for example from a
    /// CDN's header. Overrides the GeoIP file. `XX` and other codes of CDNs for no country mean
    /// unknown.
    pub country: Option<&'a [u8]>,
}

impl VisitorHints<'_> {
    /// Returns whether there are no hints.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.ip.is_none()
            && self.agent.is_none()
            && self.referer.is_none()
            && self.country.is_none()
    }

    /// Checks what the client states itself. What comes from a visitor can be anything.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.country {
            Some(country) if !is_country(country) => Err(Error::other(format!(
                "COUNTRY must be two letters (ISO 3166-1) or XX for unknown, got {}",
                quote(country)
            ))),
            _ => Ok(()),
        }
    }
}
