//! Which URLs are accepted.
//!
//! The rules, in the order in which they are checked: not empty; UTF-8; no control character and no space anywhere (the parser would drop
//! a CR or LF in silence, and a stored one is header injection in a redirect); not too long; accepted by the WHATWG URL standard's parser
//! (<https://url.spec.whatwg.org>, the crate `url`); an allowed scheme; written in the one form that every reader takes for the same URL
//! (the module `scheme`); not under our own base URL (a redirect loop).
//! What is stored is what was given, byte for byte: the parser's own spelling is looked at and thrown away.

use url::Url;

use super::base_url::BaseUrl;
use super::clean::{is_graphic, violation};
use super::scheme;
use crate::error::Error;

/// The settings that decide which URLs are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The schemes a URL may have, in lower case, at least one.
    pub schemes: Vec<String>,
    /// The longest URL accepted, in bytes.
    pub max_length: usize,
    /// What `SHORTEN` puts before each code.
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
    /// Checks a URL against all the rules.
    ///
    /// # Errors
    /// `BADURL`, with the first rule broken and the URL.
    pub fn check(&self, url: &[u8]) -> Result<(), Error> {
        if is_plain(url, self) {
            return Ok(());
        }
        reason(url, self).map_or(Ok(()), |reason| Err(Error::bad_url(&reason, url)))
    }
}

/// The first rule the URL breaks.
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

/// Whether the URL is one of the many that can be seen to keep all the rules without the parser, which costs as much as the rest of a
/// `SHORTEN`: `http://` or `https://`, then a [`plain_host`] and nothing more, or a path, query or fragment, in which the parser takes
/// anything. False says nothing.
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

/// The host at the beginning, if it ends the URL or stands before `/`, `?` or `#`, and is made of labels of lower-case letters, digits and
/// single hyphens inside, the last one beginning with a letter: then it is neither an IP address nor Punycode, has no user name before
/// it and no port after it, and the parser takes it as it is.
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
