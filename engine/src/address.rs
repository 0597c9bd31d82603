//! Which URLs are accepted.
//!
//! The rules, in the order in which they are checked: not empty; UTF-8; no control character and no space anywhere (the parser would drop
//! a CR or LF in silence, and a stored one is header injection in a redirect); not too long; accepted by the WHATWG URL standard's parser
//! (<https://url.spec.whatwg.org>, the crate `url`); an allowed scheme; written in the one form that every reader takes for the same URL
//! (the module [`scheme`](crate::scheme)); not under our own base URL (a redirect loop).
//! What is stored is what was given, byte for byte: the parser's own spelling is looked at and thrown away.

use url::Url;

use crate::error::Error;
use crate::scheme;
use crate::settings::Settings;

/// Checks a URL against all the rules.
///
/// # Errors
/// `BADURL`, with the first rule broken and the URL.
pub fn check(url: &[u8], settings: &Settings) -> Result<(), Error> {
    if is_plain(url, settings) {
        return Ok(());
    }
    reason(url, settings).map_or(Ok(()), |reason| Err(Error::bad_url(&reason, url)))
}

/// The rules that depend on no setting and no parser: not empty, UTF-8, no control character (Unicode Cc), no space.
#[must_use]
pub fn is_clean(url: &[u8]) -> bool {
    dirt(url).is_none()
}

/// What [`is_clean`] finds wrong.
fn dirt(url: &[u8]) -> Option<&'static str> {
    if url.is_empty() {
        return Some("URL is empty");
    }
    if is_graphic(url) {
        return None;
    }
    let Ok(text) = std::str::from_utf8(url) else {
        return Some("URL is not UTF-8");
    };
    if text.chars().any(char::is_control) {
        return Some("URL contains a control character");
    }
    text.contains(' ').then_some("URL contains a space")
}

/// The first rule the URL breaks.
fn reason(url: &[u8], settings: &Settings) -> Option<String> {
    if let Some(dirt) = dirt(url) {
        return Some(dirt.into());
    }
    if url.len() > settings.max_url_length {
        return Some(format!(
            "URL is {} bytes long, but max-url-length is {}",
            url.len(),
            settings.max_url_length
        ));
    }
    let Ok(text) = std::str::from_utf8(url) else {
        return Some("URL is not UTF-8".into());
    };
    let parsed = match Url::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => return Some(format!("invalid URL ({error})")),
    };
    if !settings
        .allowed_schemes
        .iter()
        .any(|scheme| scheme == parsed.scheme())
    {
        return Some(format!(
            "URL scheme is not allowed (allowed-schemes: {})",
            settings.allowed_schemes.join(", ")
        ));
    }
    if let Some(fault) = scheme::fault(text) {
        return Some(fault.into());
    }
    let base = settings
        .base_url
        .as_ref()
        .filter(|base| base.leads_back(&parsed))?;
    Some(format!(
        "URL is under base-url {}, which causes a redirect loop",
        base.as_str()
    ))
}

/// Whether there is nothing but ASCII without spaces and control characters.
fn is_graphic(url: &[u8]) -> bool {
    let (blocks, rest) = url.as_chunks::<16>();
    // No early exit within a block: it becomes one vector comparison.
    let whole = |block: &[u8; 16]| {
        block
            .iter()
            .fold(true, |all, byte| all & byte.is_ascii_graphic())
    };
    blocks.iter().all(whole) && rest.iter().all(u8::is_ascii_graphic)
}

/// Whether the URL is one of the many that can be seen to keep all the rules without the parser, which costs as much as the rest of a
/// `SHORTEN`: `http://` or `https://`, then a [`plain_host`] and nothing more, or a path, query or fragment, in which the parser takes
/// anything. False says nothing.
fn is_plain(url: &[u8], settings: &Settings) -> bool {
    let (scheme, rest) = match (url.strip_prefix(b"https://"), url.strip_prefix(b"http://")) {
        (Some(rest), _) => ("https", rest),
        (None, Some(rest)) => ("http", rest),
        (None, None) => return false,
    };
    let host = plain_host(rest);
    let ours = |host| {
        settings
            .base_url
            .as_ref()
            .is_some_and(|base| base.has_host(host))
    };
    url.len() <= settings.max_url_length
        && settings
            .allowed_schemes
            .iter()
            .any(|allowed| allowed == scheme)
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
