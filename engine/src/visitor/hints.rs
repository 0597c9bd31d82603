//! What a caller says of a visit.

use crate::error::{Error, quote};

use super::sanitize::is_country;

/// What a caller says of a visit, as it came: any of it may be missing, too long, or nonsense.
#[derive(Clone, Copy, Debug, Default)]
pub struct VisitorHints<'a> {
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

impl VisitorHints<'_> {
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
            Some(country) if !is_country(country) => Err(Error::other(format!(
                "COUNTRY must be two letters (ISO 3166-1) or XX for unknown, got {}",
                quote(country)
            ))),
            _ => Ok(()),
        }
    }
}
