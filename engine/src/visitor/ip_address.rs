//! Parsing of IP addresses as proxies write them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Length of the longest form of an IP address: `0000:0000:0000:0000:0000:ffff:255.255.255.255`.
const MAX_ADDRESS: usize = 45;

/// Maximum number of bytes that are read of an address as a proxy writes it.
const MAX_LIST: usize = 512;

/// Parses an IP address, plain or as proxies write it. In a list the first address is the
/// visitor's. An IPv4-mapped IPv6 address is converted to IPv4, so that one visitor has one id.
pub(super) fn parse(text: &[u8]) -> Option<IpAddr> {
    let address = plain(text).or_else(|| listed(text));
    address.map(|address| address.to_canonical())
}

/// Parses a plain address.
fn plain(text: &[u8]) -> Option<IpAddr> {
    let text = Some(text).filter(|text| text.len() <= MAX_ADDRESS)?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Parses the first address of a list, as in the headers `X-Forwarded-For` and `Forwarded` (RFC
/// 7239).
#[cold]
fn listed(text: &[u8]) -> Option<IpAddr> {
    let text = match text.get(..MAX_LIST) {
        Some(head) if head.len() < text.len() => {
            // The cut can leave the beginning of another address, so the last element is dropped.
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

/// Returns the value of a parameter `for`.
fn forwarded_for(parameter: &[u8]) -> Option<&[u8]> {
    let at = parameter.iter().position(|&byte| byte == b'=')?;
    let (name, value) = parameter.split_at_checked(at)?;
    bare(name)
        .eq_ignore_ascii_case(b"for")
        .then(|| bare(value.get(1..).unwrap_or_default()))
}

/// Removes blanks and quotes at both ends.
fn bare(text: &[u8]) -> &[u8] {
    let is_around = |byte: &u8| b" \t\"'".contains(byte);
    let start = text.iter().position(|byte| !is_around(byte));
    let end = text.iter().rposition(|byte| !is_around(byte));
    start
        .zip(end)
        .and_then(|(start, end)| text.get(start..=end))
        .unwrap_or_default()
}

/// Parses `address`, `address:port`, `[address]` or `[address]:port`, with or without a zone
/// (`%eth0`).
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
    // An IPv6 address without brackets contains colons, so it is parsed as a whole first.
    without_zone(node).or_else(|| {
        let colon = node.iter().rposition(|&byte| byte == b':')?;
        let (head, port) = node.split_at_checked(colon)?;
        without_zone(head).filter(|_| is_port(port.get(1..).unwrap_or_default()))
    })
}

/// Returns whether this can be a port, or what a proxy writes instead (RFC 7239, 6.2).
fn is_port(text: &[u8]) -> bool {
    match text.strip_prefix(b"_") {
        Some(name) => name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte)),
        None => text.len() <= 5 && text.iter().all(u8::is_ascii_digit),
    }
}

/// Anonymizes an address: IPv4 without its last octet, IPv6 without its last 80 bits.
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

#[cfg(test)]
mod tests;
