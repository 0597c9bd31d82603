//! Symbol tables for decompression.

use super::tables::{TABLES, TableId};

/// The tables for decompression.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated at compile time"
)]
static READ: [Symbols; TABLES.len()] = {
    let mut read = [const { Symbols::new(&[]) }; TABLES.len()];
    let mut table = 0;
    while table < TABLES.len() {
        read[table] = Symbols::new(TABLES[table]);
        table += 1;
    }
    read
};

/// Returns a table, or `None` if there is none of this number.
#[inline]
pub(super) fn symbols(table: TableId) -> Option<&'static Symbols> {
    READ.get(usize::from(table.checked_sub(1)?))
}

/// Maximum length of a symbol, in bytes.
pub(super) const MAX_SYMBOL_LEN: usize = 8;

/// A table for decompression: for each code, the symbol's bytes and length.
pub(super) struct Symbols {
    pub(super) count: usize,
    words: [[u8; MAX_SYMBOL_LEN]; 256],
    sizes: [u8; 256],
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "evaluated at compile time, or tables of 256 entries are indexed by a byte"
)]
impl Symbols {
    const fn new(list: &[&[u8]]) -> Symbols {
        let mut symbols = Symbols {
            count: list.len(),
            words: [[0; MAX_SYMBOL_LEN]; 256],
            sizes: [0; 256],
        };
        let mut code = 0;
        while code < list.len() {
            let mut at = 0;
            while at < list[code].len() {
                symbols.words[code][at] = list[code][at];
                at += 1;
            }
            symbols.sizes[code] = at as u8;
            code += 1;
        }
        symbols
    }

    /// Returns the symbol of a code, padded with zeros, and its length, which is at most
    /// [`MAX_SYMBOL_LEN`].
    #[inline(always)]
    pub(super) fn get(&self, code: u8) -> (&[u8; MAX_SYMBOL_LEN], usize) {
        let at = usize::from(code);
        (&self.words[at], usize::from(self.sizes[at]))
    }
}
