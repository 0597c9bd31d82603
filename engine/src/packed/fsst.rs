//! FSST compression of URLs to 58 % of their size (Boncz, Neumann, Leis: "FSST: Fast Random Access
//! String Compression", VLDB 2020), with symbol tables that are trained ahead.
//!
//! The crate `fsst-rs` compresses. Decompression looks up each code in a table; it is done here,
//! because it needs no allocation.
//!
//! A symbol table replaces up to eight bytes by one. Other bytes are escaped, so any byte sequence
//! can be stored. Tables are numbered and never change. Records in memory are compressed with
//! [`CURRENT_TABLE`]. A saved chunk names its table; if that is another one, its URLs are
//! compressed anew when it is loaded. `examples/train.rs` trains tables.

use std::borrow::Cow;
use std::sync::OnceLock;

use fsst::{Compressor, ESCAPE_CODE, Symbol};
use smallvec::SmallVec;

mod raw;
mod symbols;
mod table_1;
mod tables;

use symbols::{MAX_SYMBOL_LEN, symbols};
use tables::TABLES;
pub(crate) use tables::{CURRENT_TABLE, TableId};

/// A URL as a record holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UrlBytes<'a> {
    /// Not compressed.
    Plain(&'a [u8]),
    /// Compressed with a table.
    Packed(&'a [u8], TableId),
}

impl<'a> UrlBytes<'a> {
    /// Returns the URL's text.
    pub(crate) fn text(&self) -> Cow<'a, [u8]> {
        match *self {
            UrlBytes::Plain(text) => Cow::Borrowed(text),
            UrlBytes::Packed(packed, table) => Cow::Owned(unpack(packed, table)),
        }
    }

    /// Calls `take` with the URL's text. Allocates only if the URL is long.
    #[inline]
    pub(crate) fn with_text<R>(&self, take: impl FnOnce(&[u8]) -> R) -> R {
        match *self {
            UrlBytes::Plain(text) => take(text),
            UrlBytes::Packed(packed, table) if packed.len() <= SHORT => {
                let mut text = [0; SHORT * MAX_SYMBOL_LEN];
                let length =
                    symbols(table).map_or(0, |symbols| raw::unpack(symbols, packed, &mut text));
                take(text.get(..length).unwrap_or_default())
            }
            UrlBytes::Packed(packed, table) => take(&unpack(packed, table)),
        }
    }

    /// Replaces the contents of `buffer` by the URL's text. Allocates only if the URL is long.
    #[inline]
    pub(crate) fn copy_to(&self, buffer: &mut UrlBuffer) {
        buffer.clear();
        self.with_text(|text| buffer.extend_from_slice(text));
    }

    /// Returns the approximate length of the text, in bytes.
    pub(crate) fn size_hint(&self) -> usize {
        match self {
            UrlBytes::Plain(text) => text.len(),
            UrlBytes::Packed(packed, _) => packed.len().saturating_mul(2),
        }
    }

    /// Returns whether the URL's text is `text`.
    pub(crate) fn is(&self, text: &[u8]) -> bool {
        match *self {
            UrlBytes::Plain(plain) => plain == text,
            UrlBytes::Packed(packed, _) => {
                packed.len().saturating_mul(MAX_SYMBOL_LEN) >= text.len()
                    && self.with_text(|unpacked| unpacked == text)
            }
        }
    }

    /// Returns whether the URL can be decompressed.
    pub(crate) fn is_valid(&self) -> bool {
        match *self {
            UrlBytes::Plain(_) => true,
            UrlBytes::Packed(packed, table) => {
                symbols(table).is_some_and(|symbols| is_sequence_of(symbols.count, packed))
            }
        }
    }
}

/// Calls `take` with the text compressed with [`CURRENT_TABLE`], or with `None` if that is not
/// shorter.
pub(crate) fn with_packed<R>(text: &[u8], take: impl FnOnce(Option<&[u8]>) -> R) -> R {
    match compressor(CURRENT_TABLE) {
        None => take(None),
        Some(compressor) => raw::with_packed(compressor, text, |packed| {
            take(Some(packed).filter(|packed| packed.len() < text.len()))
        }),
    }
}

/// Maximum length of a compressed URL that is decompressed on the stack, in bytes: nine of ten
/// URLs.
const SHORT: usize = 60;

/// The bytes of a URL, on the stack unless it is long.
pub type UrlBuffer = SmallVec<[u8; 512]>;

fn unpack(packed: &[u8], table: TableId) -> Vec<u8> {
    let Some(symbols) = symbols(table) else {
        return Vec::new();
    };
    let mut text = vec![0; packed.len().saturating_mul(MAX_SYMBOL_LEN)];
    let length = raw::unpack(symbols, packed, &mut text);
    text.truncate(length);
    text
}

/// Returns whether all bytes are codes below `symbols`, and each escape is followed by a byte.
fn is_sequence_of(symbols: usize, packed: &[u8]) -> bool {
    let mut codes = packed.iter();
    while let Some(&code) = codes.next() {
        let known = if code == ESCAPE_CODE {
            codes.next().is_some()
        } else {
            usize::from(code) < symbols
        };
        if !known {
            return false;
        }
    }
    true
}

/// Returns whether this version of the engine has the table.
pub(crate) fn is_known(table: TableId) -> bool {
    symbols(table).is_some()
}

/// Returns a table in the crate's form, for compression. It is built on first use: about 130 KiB,
/// in a fraction of a millisecond.
pub(crate) fn compressor(table: TableId) -> Option<&'static Compressor> {
    static BUILT: [OnceLock<Compressor>; TABLES.len()] = [const { OnceLock::new() }; TABLES.len()];
    let symbols = TABLES.get(usize::from(table.checked_sub(1)?))?;
    let built = BUILT.get(usize::from(table.checked_sub(1)?))?;
    Some(built.get_or_init(|| {
        let padded = |symbol: &&[u8]| {
            let mut bytes = [0; 8];
            bytes
                .iter_mut()
                .zip(symbol.iter())
                .for_each(|(to, byte)| *to = *byte);
            Symbol::from_slice(&bytes)
        };
        let lengths: Vec<u8> = symbols
            .iter()
            .filter_map(|symbol| u8::try_from(symbol.len()).ok())
            .collect();
        Compressor::rebuild_from(symbols.iter().map(padded).collect::<Vec<_>>(), lengths)
    }))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pack(text: &[u8]) -> Option<Vec<u8>> {
        with_packed(text, |packed| packed.map(<[u8]>::to_vec))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 8 } else { 2000 }, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn every_byte_sequence_comes_back(text in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Some(packed) = pack(&text) {
                let url = UrlBytes::Packed(&packed, CURRENT_TABLE);
                prop_assert!(url.is_valid() && url.is(&text) && packed.len() < text.len());
                prop_assert_eq!(&url.text()[..], &text[..]);
            }
            for table in 1..=2 {
                let packed = compressor(table).unwrap().compress(&text);
                prop_assert!(UrlBytes::Packed(&packed, table).is_valid());
                prop_assert_eq!(unpack(&packed, table), text.clone());
                prop_assert_eq!(compressor(table).unwrap().decompressor().decompress(&packed), text.clone(), "as the crate unpacks it");
                let url = UrlBytes::Packed(&packed, table);
                prop_assert!(url.with_text(|unpacked| unpacked == text) && url.is(&text));
                prop_assert!(!url.is(&[&text[..], b"x"].concat()) && (text.is_empty() || !url.is(&text[1..])));
            }
        }

        #[test]
        fn urls_come_back(url in "https?://[a-z0-9.]{1,30}\\.(com|org|net)/[ -~é]{0,120}") {
            let packed = compressor(CURRENT_TABLE).unwrap().compress(url.as_bytes());
            prop_assert_eq!(unpack(&packed, CURRENT_TABLE), url.as_bytes());
        }

        #[test]
        fn what_is_valid_is_decompressed_without_a_panic(packed in prop::collection::vec(any::<u8>(), 0..60), table in 0_u8..4) {
            let url = UrlBytes::Packed(&packed, table);
            if url.is_valid() {
                prop_assert!(url.text().len() <= packed.len() * 8);
            }
        }
    }

    #[test]
    fn a_text_without_room_for_eight_bytes_a_code_is_not_written() {
        let symbols = symbols(CURRENT_TABLE).unwrap();
        let mut text = [b'-'; 23];
        assert_eq!(raw::unpack(symbols, &[0, 1, 2], &mut text), 0);
        assert_eq!(text, [b'-'; 23]);
        assert_eq!(
            raw::unpack(symbols, &[ESCAPE_CODE], &mut text),
            0,
            "a cut escape"
        );
    }

    #[test]
    fn texts_around_the_stack_buffers_length_come_back() {
        for length in [0, 1, 255, 256, 257, 600] {
            for byte in [b'a', 0xff] {
                let text = vec![byte; length];
                let packed = compressor(CURRENT_TABLE).unwrap().compress(&text);
                raw::with_packed(compressor(CURRENT_TABLE).unwrap(), &text, |same| {
                    assert_eq!(same, packed);
                });
                assert_eq!(unpack(&packed, CURRENT_TABLE), text);
            }
        }
    }

    #[test]
    fn a_common_url_takes_less_than_two_thirds() {
        let url = b"https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems";
        let packed = pack(url).unwrap();
        assert!(
            packed.len() * 3 < url.len() * 2,
            "{} of {}",
            packed.len(),
            url.len()
        );
        assert_eq!(pack(b""), None);
        assert_eq!(pack(b"\xff\xfe\xfd"), None, "no gain");
    }

    #[test]
    fn a_cut_escape_an_unknown_code_and_an_unknown_table_are_invalid() {
        assert!(!UrlBytes::Packed(&[ESCAPE_CODE], CURRENT_TABLE).is_valid());
        assert!(!UrlBytes::Packed(&[200], 2).is_valid());
        assert!(!UrlBytes::Packed(&[0], 0).is_valid());
        assert!(!UrlBytes::Packed(&[0], 9).is_valid());
    }
}
