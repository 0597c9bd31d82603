//! Sanitizing of untrusted texts: the results are bounded and have no control characters.

use std::net::Ipv6Addr;

/// Returns the first `most` bytes, cut between characters. Returns `None` if they are not UTF-8 or
/// have a control character.
pub(super) fn text(bytes: &[u8], most: usize) -> Option<&str> {
    let head = bytes.get(..most).unwrap_or(bytes);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(cut) if cut.error_len().is_none() && head.len() < bytes.len() => {
            std::str::from_utf8(head.get(..cut.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    // No early exit, so that many bytes are compared at once.
    let has_ascii = text
        .bytes()
        .fold(false, |found, byte| found | byte.is_ascii_control());
    let has_control = has_ascii || !text.is_ascii() && text.contains(char::is_control);
    (!has_control).then_some(text)
}

/// What CDNs and GeoIP files use instead of a country: unknown, Tor, anonymous proxy, satellite,
/// other.
const NO_COUNTRY: [&str; 6] = ["XX", "ZZ", "T1", "A1", "A2", "O1"];

fn is_no_country(stated: &[u8]) -> bool {
    let mut all = NO_COUNTRY.iter();
    all.any(|none| stated.eq_ignore_ascii_case(none.as_bytes()))
}

/// Returns whether a client may state this country: two letters, or a code for no country.
pub(super) fn is_country(stated: &[u8]) -> bool {
    stated.len() == 2 && stated.iter().all(u8::is_ascii_alphabetic) || is_no_country(stated)
}

/// Returns the stated country in capitals. Returns `None` if it is a code for no country, or
/// invalid.
pub(super) fn country(stated: &[u8]) -> Option<String> {
    let code = Some(stated).filter(|stated| is_country(stated) && !is_no_country(stated))?;
    Some(std::str::from_utf8(code).ok()?.to_ascii_uppercase())
}

/// Maximum length of a host, in bytes (RFC 1035).
const MAX_HOST: usize = 253;
/// Maximum length of a scheme, and of user, password, host and port together, in bytes. Referers
/// are cut before they are parsed; these bounds make sure that the host was not cut.
const MAX_SCHEME: usize = 32;
const MAX_AUTHORITY: usize = 320;

/// Returns the host of a URL of any scheme, in lower case, without user, password and port. Returns
/// `None` if it has none.
pub(super) fn host(url: &str) -> Option<String> {
    // All delimiters are ASCII, and searching bytes is much faster than searching texts.
    let (scheme, rest) = url.split_at_checked(url.bytes().position(|byte| byte == b':')?)?;
    let rest = rest.strip_prefix("://")?;
    let is_scheme = scheme.len() <= MAX_SCHEME
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let end = rest.bytes().position(|byte| b"/?#\\".contains(&byte));
    let authority = rest.get(..end.unwrap_or(rest.len()))?;
    if authority.len() > MAX_AUTHORITY {
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
    (is_scheme && host.len() <= MAX_HOST).then_some(host)
}

#[cfg(test)]
mod tests;
