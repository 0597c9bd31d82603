//! The symbol tables, by number.

use super::table_1;

/// The number of a symbol table, from 1.
pub(crate) type TableId = u8;

/// The table that memory and new chunks are packed with.
pub(crate) const CURRENT_TABLE: TableId = 1;

/// The symbols of every table ever released, by number less 1.
pub(super) const TABLES: &[&[&[u8]]] = &[
    table_1::SYMBOLS,
    // One that no release has, so that the tests can read what another version wrote.
    #[cfg(test)]
    &[b"ex", b"ampl", b"http://e", b"e"],
];
