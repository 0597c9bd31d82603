//! The setting `base-url`: the prefix of short URLs, and which URLs it rules out.
//!
//! A link to a URL under the base URL is a redirect loop, or at best a chain of redirects. Two URLs
//! count as the same place if a web server can receive the same request for both, however they are
//! spelled. Compared are the [`Site`] and the [readings](mod@readings) of the path. If in doubt, the
//! URL is refused.

mod readings;
mod site;

use url::Url;

use self::readings::{decoded, readings, without_dots};
use self::site::Site;
use super::clean::is_clean;
use super::scheme;

/// The prefix of short URLs: its text, and the site and paths that it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    site: Site,
    /// All readings of the path.
    paths: Vec<Vec<u8>>,
}

impl BaseUrl {
    /// Parses a base URL: http or https, with a host, without user name, query and fragment.
    /// Appending a code must extend its path.
    ///
    /// # Errors
    /// What the value must be, as a clause that follows the setting's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rule = "must be an http or https URL without user name, query and fragment, such as \
            https://sho.rt/";
        let good = is_clean(text.as_bytes())
            && text.len() <= 1024
            && !text.contains(['?', '#', '@'])
            && scheme::violation(text).is_none();
        let url = Url::parse(text).ok().filter(|_| good).ok_or(rule)?;
        let site = Site::of(&url).ok_or(rule)?;
        // https://sho.rt and g8 give https://sho.rtg8, which is another host.
        let longer = Url::parse(&format!("{text}0")).ok();
        let lengthens = longer.is_some_and(|longer| {
            let grown = |path: &[u8]| [path, b"0"].concat();
            let (path, longer_path) = (url.path().as_bytes(), longer.path().as_bytes());
            Site::of(&longer).as_ref() == Some(&site)
                && longer_path == grown(path)
                && decoded(longer_path) == grown(&decoded(path))
        });
        if !lengthens {
            return Err("must end with a path that a code can be appended to, such as /".into());
        }
        Ok(Self {
            text: text.to_owned(),
            site,
            paths: readings(url.path()).ok_or(rule)?,
        })
    }

    /// Returns the text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whether this is the base URL's host, spelled as the URL parser spells it.
    #[inline]
    #[must_use]
    pub fn has_host(&self, host: &[u8]) -> bool {
        self.site.has_host(host)
    }

    /// Returns whether a redirect to this URL would lead back to the base URL.
    #[must_use]
    pub fn is_redirect_loop(&self, url: &Url) -> bool {
        if Site::of(url).as_ref() != Some(&self.site) {
            return false;
        }
        // A path with dot segments leads to another path. No code has them.
        let under = |reading: &Vec<u8>| {
            self.paths.iter().any(|path| reading.starts_with(path))
                && without_dots(reading) == *reading
        };
        readings(url.path()).is_none_or(|readings| readings.iter().any(under))
    }
}

#[cfg(test)]
mod tests;
