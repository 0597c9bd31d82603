//! The server that a URL leads to.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

const LOCALHOST: &str = "localhost";

/// The web server of an http or https URL, whichever of its names is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    host: String,
    /// `None` for ports 80 and 443. They count as one, because the usual server on one redirects to
    /// the other.
    port: Option<u16>,
}

impl Site {
    /// Returns `None` if the URL's scheme is not http or https.
    pub(super) fn of(url: &Url) -> Option<Self> {
        if !["http", "https"].contains(&url.scheme()) {
            return None;
        }
        let port = url
            .port_or_known_default()
            .filter(|port| ![80, 443].contains(port));
        Some(Self {
            host: name(&url.host()?),
            port,
        })
    }

    /// Returns whether a host, spelled as the parser spells it, is this site's.
    #[inline]
    pub(super) fn has_host(&self, host: &[u8]) -> bool {
        self.host.as_bytes() == host || (self.host == LOCALHOST && host.ends_with(b".localhost"))
    }
}

/// Returns one name for all spellings of a host. The parser has normalized case, Punycode,
/// percent-encoding and the numbers of an IPv4 address.
fn name(host: &Host<&str>) -> String {
    match host {
        Host::Domain(domain) => {
            let domain = domain.trim_end_matches('.');
            // RFC 6761: all names under localhost are the machine itself.
            if domain.ends_with(".localhost") {
                return LOCALHOST.into();
            }
            domain.to_owned()
        }
        Host::Ipv4(address) => name_v4(*address),
        Host::Ipv6(address) => match inner_v4(*address) {
            _ if address.is_loopback() || address.is_unspecified() => LOCALHOST.into(),
            Some(inner) => name_v4(inner),
            None => address.to_string(),
        },
    }
}

fn name_v4(address: Ipv4Addr) -> String {
    // Connecting to 0.0.0.0 reaches the machine itself.
    if address.is_loopback() || address.is_unspecified() {
        return LOCALHOST.into();
    }
    address.to_string()
}

/// Returns the IPv4 address that an IPv6 address reaches: mapped (`::ffff:a.b.c.d`), compatible
/// (`::a.b.c.d`), translated (`::ffff:0:a.b.c.d`), or by NAT64 (`64:ff9b::a.b.c.d`).
fn inner_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}
