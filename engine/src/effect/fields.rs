//! Fields that several effects share.

use crate::code::Code;
use crate::packed::bytes::Reader;

pub(super) fn code(reader: &mut Reader<'_>) -> Option<Code> {
    Code::from_bytes(reader.string()?)
}

pub(super) fn number(reader: &mut Reader<'_>, most: u64) -> Option<u64> {
    reader.varint().filter(|&number| number <= most)
}
