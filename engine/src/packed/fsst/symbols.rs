//! Symbol tables to read by: unpacking is a look into a table for each code.

use super::tables::{TABLES, TableId};

/// The tables to read by.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "runs when this is compiled"
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

/// A table to read by; none of that number.
#[inline]
pub(super) fn symbols(table: TableId) -> Option<&'static Symbols> {
    READ.get(usize::from(table.checked_sub(1)?))
}

/// The bytes of the longest symbol.
pub(super) const MAX_SYMBOL_LEN: usize = 8;

/// A table as it is read by: by code, the symbol's bytes and how many there are.
pub(super) struct Symbols {
    pub(super) count: usize,
    words: [[u8; MAX_SYMBOL_LEN]; 256],
    sizes: [u8; 256],
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "runs when this is compiled; or tables of 256 entries are indexed by a byte"
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

    /// The symbol of a code, padded with zeros, and its length: at most [`MAX_SYMBOL_LEN`] bytes.
    #[inline(always)]
    pub(super) fn get(&self, code: u8) -> (&[u8; MAX_SYMBOL_LEN], usize) {
        let at = usize::from(code);
        (&self.words[at], usize::from(self.sizes[at]))
    }
}
