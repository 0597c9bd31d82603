//! The client id: who is the same visitor as before.

use std::io::Write as _;
use std::net::IpAddr;

use sha1::{Digest as _, Sha1};

/// Room for an IP address, with some to spare.
const ADDRESS: usize = 48;

/// The SHA-1 of salt, IP address, `&` and user agent. Without salt, that is the article's client id.
pub(super) fn client_id(salt: &[u8], ip: IpAddr, user_agent: &str) -> [u8; 20] {
    let room = ADDRESS
        .saturating_add(salt.len())
        .saturating_add(user_agent.len());
    let mut text = Vec::with_capacity(room);
    text.extend_from_slice(salt);
    // To write into memory cannot fail.
    let _ = write!(text, "{ip}&");
    text.extend_from_slice(user_agent.as_bytes());
    Sha1::digest(&text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_the_sha_1_of_its_parts_in_a_row() {
        let ip = "10.8.4.7".parse().unwrap();
        for (salt, parts) in [("", "10.8.4.7&agent"), ("salt", "salt10.8.4.7&agent")] {
            let id = client_id(salt.as_bytes(), ip, "agent");
            assert_eq!(id, <[u8; 20]>::from(Sha1::digest(parts)), "{parts}");
        }
        let ip = "2001:DB8:0:0::1".parse().unwrap();
        let text = "2001:db8::1&";
        assert_eq!(
            client_id(b"", ip, ""),
            <[u8; 20]>::from(Sha1::digest(text)),
            "one spelling for each address"
        );
    }
}
