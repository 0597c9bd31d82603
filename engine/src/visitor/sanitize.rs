//! How much of what a visitor shows is used at all.
//!
//! What comes here may be anything; what leaves is text without control characters, of bounded length, or nothing.

use std::net::Ipv6Addr;

/// The first `most` bytes, less a character that they would cut; none if they are not UTF-8 or have a control character.
pub(super) fn text(bytes: &[u8], most: usize) -> Option<&str> {
    let head = bytes.get(..most).unwrap_or(bytes);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(cut) if cut.error_len().is_none() && head.len() < bytes.len() => {
            std::str::from_utf8(head.get(..cut.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    // Without a way out at the first one, many bytes are looked at at once.
    let has_ascii = text
        .bytes()
        .fold(false, |found, byte| found | byte.is_ascii_control());
    let has_control = has_ascii || !text.is_ascii() && text.contains(char::is_control);
    (!has_control).then_some(text)
}

/// What CDNs and GeoIP files say in the place of a country: unknown, Tor, a proxy that hides it, a
/// satellite, elsewhere.
const NO_COUNTRY: [&str; 6] = ["XX", "ZZ", "T1", "A1", "A2", "O1"];

fn is_no_country(said: &[u8]) -> bool {
    let mut all = NO_COUNTRY.iter();
    all.any(|none| said.eq_ignore_ascii_case(none.as_bytes()))
}

/// Whether a caller may say this of a country: two letters, or that there is none.
pub(super) fn is_country(said: &[u8]) -> bool {
    said.len() == 2 && said.iter().all(u8::is_ascii_alphabetic) || is_no_country(said)
}

/// The country that a caller names, in capitals; none if that says there is none, or makes no
/// sense.
pub(super) fn country(said: &[u8]) -> Option<String> {
    let code = Some(said).filter(|said| is_country(said) && !is_no_country(said))?;
    Some(std::str::from_utf8(code).ok()?.to_ascii_uppercase())
}

/// The longest host there is, in bytes (RFC 1035).
const LONGEST_HOST: usize = 253;
/// The longest scheme, and the longest user, password, host and port that are looked at: what was cut off a long URL is not one of those.
const LONGEST_SCHEME: usize = 32;
const LONGEST_AUTHORITY: usize = 320;

/// The host of a URL of any scheme, in lower case, without user, password and port; none if it has none.
pub(super) fn host(url: &str) -> Option<String> {
    // By bytes, all ASCII: a search for a text costs more than all the rest.
    let (scheme, rest) = url.split_at_checked(url.bytes().position(|byte| byte == b':')?)?;
    let rest = rest.strip_prefix("://")?;
    let is_scheme = scheme.len() <= LONGEST_SCHEME
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let end = rest.bytes().position(|byte| b"/?#\\".contains(&byte));
    let authority = rest.get(..end.unwrap_or(rest.len()))?;
    if authority.len() > LONGEST_AUTHORITY {
        return None;
    }
    let place = match authority.bytes().rposition(|byte| byte == b'@') {
        Some(at) => authority.split_at_checked(at)?.1.strip_prefix('@')?,
        None => authority,
    };
    let host = match place.strip_prefix('[') {
        Some(inner) => {
            let (inner, _) = inner.split_once(']')?;
            inner.parse::<Ipv6Addr>().ok()?.to_string()
        }
        None => {
            let end = place.bytes().position(|byte| byte == b':');
            let name = place.get(..end.unwrap_or(place.len()))?;
            let name = name.strip_suffix('.').unwrap_or(name);
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            if name.is_empty() {
                return None;
            } else if name.bytes().all(is_name) {
                name.to_ascii_lowercase()
            } else {
                let is_name = |c: char| c.is_alphanumeric() || "-._".contains(c);
                Some(name)
                    .filter(|name| name.chars().all(is_name))?
                    .to_lowercase()
            }
        }
    };
    (is_scheme && host.len() <= LONGEST_HOST).then_some(host)
}

#[cfg(test)]
mod tests;
