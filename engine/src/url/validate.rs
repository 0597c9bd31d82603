//! Which URLs are accepted.
//!
//! The rules, in the order in which they are checked:
//!
//! 1. The URL is not empty, is UTF-8, and has no control character and no space. The parser would
//!    drop a CR or LF silently, and a stored one is header injection in a redirect.
//! 2. It is not too long.
//! 3. The parser of the WHATWG URL standard accepts it (<https://url.spec.whatwg.org>, the crate
//!    `url`).
//! 4. Its scheme is allowed.
//! 5. All readers take it for the same URL (the module `scheme`).
//! 6. It is not under the base URL, which would be a redirect loop.
//!
//! The URL is stored byte for byte as it was given. The parser's spelling is only compared.

use url::Url;

use super::base_url::BaseUrl;
use super::clean::{is_graphic, violation};
use super::scheme;
use crate::error::Error;

/// The settings that decide which URLs are accepted.
///
/// ```
/// use shorten_engine::url::Rules;
///
/// let rules = Rules::default();
/// assert!(rules.check(b"https://example.com/").is_ok());
/// assert!(rules.check(b"ftp://example.com/").is_err());
/// assert!(rules.check(b"https:/example.com/").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Accepted schemes, in lower case, at least one.
    pub schemes: Vec<String>,
    /// Maximum length of a URL, in bytes.
    pub max_length: usize,
    /// The prefix of short URLs.
    pub base_url: Option<BaseUrl>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            schemes: vec!["http".into(), "https".into()],
            max_length: 2048,
            base_url: None,
        }
    }
}

impl Rules {
    /// Checks a URL against all rules.
    ///
    /// # Errors
    /// `BADURL` with the first rule that the URL breaks, and the URL.
    pub fn check(&self, url: &[u8]) -> Result<(), Error> {
        if is_plain(url, self) {
            return Ok(());
        }
        reason(url, self).map_or(Ok(()), |reason| Err(Error::bad_url(&reason, url)))
    }
}

/// Returns the first rule that the URL breaks.
fn reason(url: &[u8], rules: &Rules) -> Option<String> {
    if let Some(violation) = violation(url) {
        return Some(violation.into());
    }
    if url.len() > rules.max_length {
        return Some(format!(
            "URL is {} bytes long, but max-url-length is {}",
            url.len(),
            rules.max_length
        ));
    }
    let Ok(text) = std::str::from_utf8(url) else {
        return Some("URL is not UTF-8".into());
    };
    let parsed = match Url::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => return Some(format!("invalid URL ({error})")),
    };
    if !rules.schemes.iter().any(|scheme| scheme == parsed.scheme()) {
        return Some(format!(
            "URL scheme is not allowed (allowed-schemes: {})",
            rules.schemes.join(", ")
        ));
    }
    if let Some(fault) = scheme::violation(text) {
        return Some(fault.into());
    }
    let base = rules
        .base_url
        .as_ref()
        .filter(|base| base.is_redirect_loop(&parsed))?;
    Some(format!(
        "URL is under base-url {}, which causes a redirect loop",
        base.as_str()
    ))
}

/// Returns whether a URL follows all rules for sure, without calling the parser, which costs as
/// much as the rest of a `SHORTEN`.
///
/// Such a URL has `http://` or `https://` and a [`plain_host`]. A path, query or fragment may
/// follow, in which the parser accepts anything. If `false` is returned, the URL may be valid or
/// not.
fn is_plain(url: &[u8], rules: &Rules) -> bool {
    let (scheme, rest) = match (url.strip_prefix(b"https://"), url.strip_prefix(b"http://")) {
        (Some(rest), _) => ("https", rest),
        (None, Some(rest)) => ("http", rest),
        (None, None) => return false,
    };
    let host = plain_host(rest);
    let ours = |host| {
        rules
            .base_url
            .as_ref()
            .is_some_and(|base| base.has_host(host))
    };
    url.len() <= rules.max_length
        && rules.schemes.iter().any(|allowed| allowed == scheme)
        && host.is_some_and(|host| !ours(host))
        && is_graphic(url)
}

/// Returns the host at the beginning if the parser takes it unchanged.
///
/// The host ends the URL or precedes `/`, `?` or `#`. It consists of labels of lower-case letters,
/// digits and single hyphens inside, and the last label begins with a letter. So it is neither an
/// IP address nor Punycode, and has no user name before it and no port after it.
fn plain_host(rest: &[u8]) -> Option<&[u8]> {
    let end = rest
        .iter()
        .position(|byte| b"/?#".contains(byte))
        .unwrap_or(rest.len());
    let host = rest.get(..end)?;
    let (mut before, mut label) = (b'.', b'.');
    for &byte in host {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' if before == b'.' => label = byte,
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'-' | b'.' if before.is_ascii_alphanumeric() => {}
            _ => return None,
        }
        before = byte;
    }
    (before.is_ascii_alphanumeric() && label.is_ascii_alphabetic()).then_some(host)
}

#[cfg(test)]
mod tests;
