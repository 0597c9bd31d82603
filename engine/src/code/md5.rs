//! MD5, as the strategy `hash` uses it: to spread codes, not for security.
//!
//! MD5 is RFC 1321, by the crate `md-5`. The folding of 128 bits to 48 follows the published
//! design.

use md5::{Digest as _, Md5};

/// Returns the MD5 of the bytes.
#[must_use]
pub fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

/// Returns the MD5 of the bytes as 32 lower-case hex digits.
#[must_use]
pub fn md5_hex(bytes: &[u8]) -> [u8; 32] {
    let mut hex = [0; 32];
    for (pair, byte) in hex.as_chunks_mut::<2>().0.iter_mut().zip(md5(bytes)) {
        *pair = [hex_digit(byte >> 4), hex_digit(byte & 15)];
    }
    hex
}

/// The MD5 state after a URL, shared by all rounds. The URL is hashed once, so a round of a long
/// URL costs no more than a round of a short one.
#[derive(Clone, Debug)]
pub(crate) struct Rounds(Md5);

impl Rounds {
    pub(crate) fn of(url: &[u8]) -> Rounds {
        Rounds(Md5::new_with_prefix(url))
    }

    /// Returns what [`fold`] returns.
    pub(crate) fn fold(&self, round: u64) -> u64 {
        let mut hasher = self.0.clone();
        if round > 0 {
            hasher.update(round.to_string());
        }
        let digest = u128::from_be_bytes(hasher.finalize().into());
        let (first, middle, last) = (
            digest >> 88,
            digest >> 40 & 0xffff_ffff_ffff,
            digest & 0xff_ffff_ffff,
        );
        #[allow(clippy::cast_possible_truncation, reason = "48 bits")]
        let folded = (first ^ middle ^ last) as u64;
        folded
    }
}

/// Returns the URL's hash in 48 bits: the first 10, the middle 12 and the last 10 of the MD5's 32
/// hex digits, read as numbers and XORed.
///
/// Round 0 hashes the URL. A later round hashes the URL followed by the round in decimal.
#[must_use]
pub fn fold(url: &[u8], round: u64) -> u64 {
    Rounds::of(url).fold(round)
}

/// Returns the hex digit of a value below 16.
fn hex_digit(value: u8) -> u8 {
    let zero = if value < 10 {
        b'0'
    } else {
        const { b'a' - 10 }
    };
    zero.wrapping_add(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    #[test]
    fn the_hex_form_is_rfc_1321_s() {
        for (text, hex) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ] {
            assert_eq!(md5_hex(text.as_bytes()), hex.as_bytes());
        }
    }

    #[test]
    fn a_code_follows_from_the_hex_digits_alone() {
        // MD5, folding and Base62 were computed in another language.
        let url = b"https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems";
        assert_eq!(&md5_hex(url), b"9dfb328a150e878bb8b82bb17b24a24e");
        for (round, folded, code) in [
            (0, 16_127_798_186_096, "4zWdfBx6"),
            (1, 186_692_420_610_189, "R0P8n3LT"),
            (2, 277_649_379_796_254, "gQaJ8nPo"),
        ] {
            assert_eq!(fold(url, round), folded);
            assert_eq!(Code::from_hash(folded).as_str(), code);
        }
    }

    #[test]
    fn ten_twelve_and_ten_hex_digits_are_xored() {
        for round in 0..12 {
            let url = "https://example.com/some/page";
            let hashed = if round == 0 {
                url.to_owned()
            } else {
                format!("{url}{round}")
            };
            let hex = String::from_utf8(md5_hex(hashed.as_bytes()).to_vec()).unwrap();
            let part =
                |range: std::ops::Range<usize>| u64::from_str_radix(&hex[range], 16).unwrap();
            assert_eq!(
                fold(url.as_bytes(), round),
                part(0..10) ^ part(10..22) ^ part(22..32)
            );
        }
    }
}
