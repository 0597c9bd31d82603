//! URLs in 58 % of their bytes: FSST (Boncz, Neumann, Leis: "FSST: Fast Random Access String Compression", VLDB 2020) with symbol tables
//! trained ahead. The crate `fsst-rs` packs; unpacking is a look into a table, done here without asking for memory.
//!
//! A table replaces up to eight bytes by one; whatever it does not know it escapes, so every byte sequence comes back as it was. Tables are
//! numbered and never change: memory is packed with the one that [`CURRENT_TABLE`], a saved chunk says which one it is packed with, and is
//! packed anew when that is another. `examples/train.rs` trains them.

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

/// A URL as a record has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UrlBytes<'a> {
    /// As it was given.
    Plain(&'a [u8]),
    /// Packed with a table.
    Packed(&'a [u8], TableId),
}

impl<'a> UrlBytes<'a> {
    /// The URL as it was given.
    pub(crate) fn text(&self) -> Cow<'a, [u8]> {
        match *self {
            UrlBytes::Plain(text) => Cow::Borrowed(text),
            UrlBytes::Packed(packed, table) => Cow::Owned(unpack(packed, table)),
        }
    }

    /// Hands out the URL as it was given, without asking for memory unless it is long.
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

    /// Replaces what `buffer` holds by the URL as it was given. Asks for memory only if it is long.
    #[inline]
    pub(crate) fn copy_to(&self, buffer: &mut UrlBuffer) {
        buffer.clear();
        self.with_text(|text| buffer.extend_from_slice(text));
    }

    /// About how many bytes it has.
    pub(crate) fn size_hint(&self) -> usize {
        match self {
            UrlBytes::Plain(text) => text.len(),
            UrlBytes::Packed(packed, _) => packed.len().saturating_mul(2),
        }
    }

    /// Whether this is that URL.
    pub(crate) fn is(&self, text: &[u8]) -> bool {
        match *self {
            UrlBytes::Plain(plain) => plain == text,
            UrlBytes::Packed(packed, _) => {
                packed.len().saturating_mul(MAX_SYMBOL_LEN) >= text.len()
                    && self.with_text(|unpacked| unpacked == text)
            }
        }
    }

    /// Whether it can be unpacked.
    pub(crate) fn is_valid(&self) -> bool {
        match *self {
            UrlBytes::Plain(_) => true,
            UrlBytes::Packed(packed, table) => {
                symbols(table).is_some_and(|symbols| is_sequence_of(symbols.count, packed))
            }
        }
    }
}

/// Hands out the text packed with the table that [`CURRENT_TABLE`]; `None` if that would not be shorter.
pub(crate) fn with_packed<R>(text: &[u8], take: impl FnOnce(Option<&[u8]>) -> R) -> R {
    match compressor(CURRENT_TABLE) {
        None => take(None),
        Some(compressor) => raw::with_packed(compressor, text, |packed| {
            take(Some(packed).filter(|packed| packed.len() < text.len()))
        }),
    }
}

/// Packed URLs up to this length, in bytes, are unpacked on the stack: nine of ten.
const SHORT: usize = 60;

/// A URL's bytes, on the stack unless they are many.
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

/// Whether bytes are codes below `symbols`, each escape followed by the byte it stands for.
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

/// Whether this version of the engine has a table.
pub(crate) fn is_known(table: TableId) -> bool {
    symbols(table).is_some()
}

/// The tables in the crate's form, to pack with, each built when it is first needed: some 130 kilobytes, a fraction of a millisecond.
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
        fn what_is_whole_unpacks_without_a_panic(packed in prop::collection::vec(any::<u8>(), 0..60), table in 0_u8..4) {
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
    fn a_cut_escape_an_unknown_code_and_an_unknown_table_are_not_whole() {
        assert!(!UrlBytes::Packed(&[ESCAPE_CODE], CURRENT_TABLE).is_valid());
        assert!(!UrlBytes::Packed(&[200], 2).is_valid());
        assert!(!UrlBytes::Packed(&[0], 0).is_valid());
        assert!(!UrlBytes::Packed(&[0], 9).is_valid());
    }
}
