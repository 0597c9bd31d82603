//! The setting `base-url`: what `SHORTEN` puts before a code, and which URLs would therefore lead back to us.
//!
//! A link whose URL lies under the base URL is a redirect loop, or a chain of redirects at best. Two URLs count as the same place when a
//! web server may be asked for the same thing, however they are spelt: the [`Site`] is compared, and [`readings`] of the path. When in
//! doubt a URL is refused: nobody needs a short link to a short link.

mod readings;
mod site;

use url::Url;

use self::readings::{decoded, readings, without_dots};
use self::site::Site;
use super::clean::is_clean;
use super::scheme;

/// What `SHORTEN` puts before a code: the text as it was given, and the place on the web it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    site: Site,
    /// All that a server may read the path as.
    paths: Vec<Vec<u8>>,
}

impl BaseUrl {
    /// Reads a base URL: http or https, a host, no user name, query or fragment, and such that a code put after it lengthens its path.
    ///
    /// # Errors
    /// What it has to be, to be said after the setting's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rule = "must be an http or https URL without user name, query and fragment, such as https://sho.rt/";
        let good = is_clean(text.as_bytes())
            && text.len() <= 1024
            && !text.contains(['?', '#', '@'])
            && scheme::violation(text).is_none();
        let url = Url::parse(text).ok().filter(|_| good).ok_or(rule)?;
        let site = Site::of(&url).ok_or(rule)?;
        // https://sho.rt and g8 make https://sho.rtg8, another host.
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

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is our host's name, spelt as the parser spells it.
    #[inline]
    #[must_use]
    pub fn has_host(&self, host: &[u8]) -> bool {
        self.site.has_host(host)
    }

    /// Whether a redirect to this URL would come back to us.
    #[must_use]
    pub fn is_redirect_loop(&self, url: &Url) -> bool {
        if Site::of(url).as_ref() != Some(&self.site) {
            return false;
        }
        // A path with dot segments is on the way to another: no code has them.
        let under = |reading: &Vec<u8>| {
            self.paths.iter().any(|path| reading.starts_with(path))
                && without_dots(reading) == *reading
        };
        readings(url.path()).is_none_or(|readings| readings.iter().any(under))
    }
}

#[cfg(test)]
mod tests;
