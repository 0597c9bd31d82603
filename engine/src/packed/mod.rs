//! Packed structures: bytes, rows, tables, and strings compressed by FSST.

pub(crate) mod bytes;
pub(crate) mod fsst;
pub(crate) mod page_list;
pub(crate) mod rows;
pub(crate) mod table;
