//! Bytes: varints, growth by size classes, a shared buffer, and a reader of untrusted input.

use std::cell::Cell;

/// The largest number that fits into six bytes.
pub(crate) const U48_MAX: u64 = (1 << 48) - 1;

/// Maximum capacity of a buffer that is kept for reuse, in bytes.
const MAX_KEPT: usize = 16 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Calls `fill` with an empty buffer that is reused from call to call, which saves an allocation. A
/// nested call gets a buffer of its own.
pub(crate) fn with_buffer<R>(fill: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    let mut buffer = BUFFER.take();
    let result = fill(&mut buffer);
    if buffer.capacity() <= MAX_KEPT {
        buffer.clear();
        BUFFER.set(buffer);
    }
    result
}

/// Reserves room for `extra` more bytes. The capacity grows to the next size class of the
/// allocator, not by doubling.
///
/// Shards fill in lockstep, so doubling would leave a third of all memory unused at once. Size
/// classes are a quarter of a power of two apart, as in jemalloc. No memory is lost to rounding,
/// and the average slack is 12 %.
pub(crate) fn reserve_class(bytes: &mut Vec<u8>, extra: usize) {
    let needed = bytes.len().saturating_add(extra);
    if needed > bytes.capacity() {
        bytes.reserve_exact(size_class(needed).saturating_sub(bytes.len()));
    }
}

/// Frees the capacity that is more than one size class above the length.
pub(crate) fn shrink_to_class(bytes: &mut Vec<u8>) {
    let class = size_class(bytes.len());
    if bytes.capacity() > class {
        bytes.shrink_to(class);
    }
}

/// Returns the smallest allocator size class that holds `size` bytes.
fn size_class(size: usize) -> usize {
    if size <= 16 {
        return if size == 0 { 0 } else { 16 };
    }
    let step = (size.saturating_sub(1).checked_ilog2().unwrap_or(0))
        .saturating_sub(2)
        .max(4);
    let mask = (1_usize << step).saturating_sub(1);
    size.saturating_add(mask) & !mask
}

/// Appends `value` in LEB128: seven bits per byte, least significant first.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

/// Maps small numbers of either sign to small unsigned numbers: 0, -1, 1, -2 … become 0, 1, 2, 3 …
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// The inverse of [`zigzag`].
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg()
}

/// Reads packed fields from untrusted input. Every method returns `None` if the data is truncated
/// or malformed.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns the number of unread bytes.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*head)
    }

    /// Reads a LEB128 number. Returns `None` if it does not fit into 64 bits or is not in its
    /// shortest form.
    pub(crate) fn varint(&mut self) -> Option<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Some(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return None;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return (byte != 0).then_some(value);
            }
        }
        None
    }

    /// Reads six bytes, least significant first.
    pub(crate) fn u48(&mut self) -> Option<u64> {
        let [a, b, c, d, e, f] = self.array::<6>()?;
        Some(u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
    }

    /// Reads a length as a varint, and as many bytes.
    pub(crate) fn string(&mut self) -> Option<&'a [u8]> {
        let len = self.varint()?;
        self.take(usize::try_from(len).ok()?)
    }
}

/// Appends a string as [`Reader::string`] reads it.
pub(crate) fn put_string(out: &mut Vec<u8>, text: &[u8]) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_are_a_quarter_of_a_power_of_two_apart() {
        let classes: Vec<usize> = [1, 17, 129, 161, 257, 1025, 5000, 33_000, 65_536]
            .map(size_class)
            .to_vec();
        assert_eq!(classes, [16, 32, 160, 192, 320, 1280, 5120, 40_960, 65_536]);
        let most = if cfg!(miri) { 2_000 } else { 100_000 };
        assert!((1..most).all(
            |size| size_class(size) >= size && size_class(size_class(size)) == size_class(size)
        ));
    }

    #[test]
    fn varints_come_back_and_only_in_their_shortest_form() {
        for value in [
            0,
            1,
            127,
            128,
            300,
            u64::from(u32::MAX),
            u64::MAX >> 1,
            u64::MAX,
        ] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(Reader::new(&out).varint(), Some(value));
            assert_eq!(
                Reader::new(&out[..out.len() - 1]).varint(),
                None,
                "cut short"
            );
        }
        assert_eq!(
            Reader::new(&[0x80, 0x00]).varint(),
            None,
            "zero in two bytes"
        );
        assert_eq!(Reader::new(&[0xff; 11]).varint(), None, "too long");
        let overflow = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert_eq!(Reader::new(&overflow).varint(), None, "65 bits");
    }

    #[test]
    fn zigzag_keeps_both_ends() {
        for value in [0, -1, 1, -2, i64::MIN, i64::MAX] {
            assert_eq!(unzigzag(zigzag(value)), value);
        }
        assert_eq!([0, -1, 1, -2].map(zigzag), [0, 1, 2, 3]);
    }
}
