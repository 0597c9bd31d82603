//! The symbol tables, by number.

use super::table_1;

/// The number of a symbol table, from 1 on.
pub(crate) type TableId = u8;

/// The table with which records in memory and new chunks are compressed.
pub(crate) const CURRENT_TABLE: TableId = 1;

/// The symbols of every released table. The index is the number less 1.
pub(super) const TABLES: &[&[&[u8]]] = &[
    table_1::SYMBOLS,
    // A table of no release, for tests of data that another version wrote.
    #[cfg(test)]
    &[b"ex", b"ampl", b"http://e", b"e"],
];
