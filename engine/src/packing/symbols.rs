//! Symbol tables to read by: unpacking is a look into a table for each code.

use fsst::ESCAPE_CODE;

use super::{TABLES, TableId};

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
pub(super) const LONGEST: usize = 8;

/// How many bytes beyond what is written so far must be there to go on: four symbols.
pub(super) const AHEAD: usize = 4 * LONGEST;

/// A table as it is read by: by code, the symbol's bytes and how many there are.
pub(super) struct Symbols {
    pub(super) count: usize,
    words: [[u8; LONGEST]; 256],
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
            words: [[0; LONGEST]; 256],
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

    /// Writes what `packed` stands for, and how long that is. `text` has room for eight bytes a code, and as many as [`AHEAD`] more.
    #[inline(never)]
    pub(super) fn unpack(&self, packed: &[u8], text: &mut [u8]) -> usize {
        let mut length = 0;
        let mut rest = packed;
        while let Some(place) = text.get_mut(length..).and_then(<[u8]>::first_chunk_mut) {
            match rest {
                [a, b, c, d, behind @ ..]
                    if ![a, b, c, d].into_iter().any(|code| *code == ESCAPE_CODE) =>
                {
                    length += self.write([*a, *b, *c, *d], place);
                    rest = behind;
                }
                [ESCAPE_CODE, byte, behind @ ..] => {
                    place[0] = *byte;
                    length += 1;
                    rest = behind;
                }
                [code, behind @ ..] => {
                    length += self.write([*code], place);
                    rest = behind;
                }
                [] => break,
            }
        }
        length
    }

    /// Writes a few symbols, each with all its eight bytes: what is too much is written over by the next.
    #[inline]
    fn write<const N: usize>(&self, codes: [u8; N], place: &mut [u8; AHEAD]) -> usize {
        let mut length = 0;
        for code in codes {
            let code = usize::from(code);
            // Four symbols are no longer than that; said so, it need not be looked at again.
            let at = length.min(AHEAD - LONGEST);
            place[at..at + LONGEST].copy_from_slice(&self.words[code]);
            length += usize::from(self.sizes[code]);
        }
        length
    }
}
