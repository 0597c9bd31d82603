//! How much of what a visitor shows is used at all.
//!
//! What comes here may be anything; what leaves is text without control characters, of bounded length, or nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How much of something is used, everywhere: in the log, in client ids, in the statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// All of it.
    Full,
    /// What does not point to one person.
    #[default]
    Anonymized,
    /// Nothing.
    None,
}

impl Mode {
    /// All of them, as they are listed to people.
    pub const ALL: [Self; 3] = [Self::Full, Self::Anonymized, Self::None];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Anonymized => "anonymized",
            Self::None => "none",
        }
    }

    /// The mode of this name, in any case. `anonymised` is accepted too.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("anonymised") {
            return Some(Self::Anonymized);
        }
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str().eq_ignore_ascii_case(name))
    }
}

/// The longest spelling of an IP address: `0000:0000:0000:0000:0000:ffff:255.255.255.255`.
const LONGEST_ADDRESS: usize = 45;

/// How much of an address, as a proxy writes it, is looked at, in bytes.
const LONGEST_LIST: usize = 512;

/// The IP address that a text names: as it is, or as proxies write it. Of a list it is the first,
/// the visitor's. An IPv4 address in the clothes of IPv6 is taken for what it is, so that nobody is
/// two visitors.
pub(super) fn address(text: &[u8]) -> Option<IpAddr> {
    let address = plain(text).or_else(|| listed(text));
    address.map(|address| address.to_canonical())
}

/// The address that a text is, and nothing else.
fn plain(text: &[u8]) -> Option<IpAddr> {
    let text = Some(text).filter(|text| text.len() <= LONGEST_ADDRESS)?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The first address of a list, as in the headers `X-Forwarded-For` and `Forwarded` (RFC 7239).
#[cold]
fn listed(text: &[u8]) -> Option<IpAddr> {
    let text = match text.get(..LONGEST_LIST) {
        Some(head) if head.len() < text.len() => {
            // What the cut goes through may be the start of another address.
            let end = head.iter().rposition(|byte| b",;".contains(byte))?;
            head.get(..end)?
        }
        _ => text,
    };
    let mut elements = text.split(|&byte| byte == b',').map(bare);
    let first = elements.find(|element| !element.is_empty())?;
    if first.contains(&b'=') {
        node(first.split(|&byte| byte == b';').find_map(forwarded_for)?)
    } else {
        node(first)
    }
}

/// The value of a parameter `for`.
fn forwarded_for(parameter: &[u8]) -> Option<&[u8]> {
    let at = parameter.iter().position(|&byte| byte == b'=')?;
    let (name, value) = parameter.split_at_checked(at)?;
    bare(name)
        .eq_ignore_ascii_case(b"for")
        .then(|| bare(value.get(1..).unwrap_or_default()))
}

/// Text without the blanks and quotes around it.
fn bare(text: &[u8]) -> &[u8] {
    let is_around = |byte: &u8| b" \t\"'".contains(byte);
    let start = text.iter().position(|byte| !is_around(byte));
    let end = text.iter().rposition(|byte| !is_around(byte));
    start
        .zip(end)
        .and_then(|(start, end)| text.get(start..=end))
        .unwrap_or_default()
}

/// The address of `address`, `address:port`, `[address]` or `[address]:port`, each with a zone
/// (`%eth0`) or without.
fn node(node: &[u8]) -> Option<IpAddr> {
    let without_zone = |text: &[u8]| {
        let end = text.iter().position(|&byte| byte == b'%');
        plain(text.get(..end.unwrap_or(text.len()))?)
    };
    if let Some(inner) = node.strip_prefix(b"[") {
        let end = inner.iter().position(|&byte| byte == b']')?;
        let (inner, behind) = inner.split_at_checked(end)?;
        return match behind {
            [b']'] => without_zone(inner),
            [b']', b':', port @ ..] if is_port(port) => without_zone(inner),
            _ => None,
        };
    }
    // An address of IPv6 without brackets has colons of its own: first it is taken as a whole.
    without_zone(node).or_else(|| {
        let colon = node.iter().rposition(|&byte| byte == b':')?;
        let (head, port) = node.split_at_checked(colon)?;
        without_zone(head).filter(|_| is_port(port.get(1..).unwrap_or_default()))
    })
}

/// Whether this may be a port, or what a proxy writes in its place (RFC 7239, 6.2).
fn is_port(text: &[u8]) -> bool {
    match text.strip_prefix(b"_") {
        Some(name) => name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte)),
        None => text.len() <= 5 && text.iter().all(u8::is_ascii_digit),
    }
}

/// An address without what points to one person: IPv4 without its last octet, IPv6 without its last 80 bits.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
        }
    }
}

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
