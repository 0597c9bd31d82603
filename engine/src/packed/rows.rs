//! Sorted rows of two small numbers, packed to the byte: the basis of all tables.
//!
//! Hash tables in sixteen thousand shards waste the space that their load factor leaves free, in
//! all of them at once, and need a seed against flooding. Sorted rows in pages of a few hundred
//! need neither: a lookup takes nine steps in two kilobytes, an insertion moves at most as much,
//! and no choice of keys makes them slower.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "indices are below a page's few hundred rows and widths at most 8"
)]

use crate::packed::bytes::{reserve_class, shrink_to_class};

/// Bytes after the last row, so that each number can be read with one load of eight bytes.
const TAIL: usize = 8;

/// Rows of (key, value) in ascending order of keys, then of values. Both can repeat.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    len: u32,
    key_width: u8,
    value_width: u8,
    bytes: Vec<u8>,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the heap memory, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        self.bytes.capacity()
    }

    pub(crate) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Returns the key of row `at`, or 0 if there is no such row.
    #[inline]
    pub(crate) fn key(&self, at: usize) -> u64 {
        self.number(at * self.stride(), self.key_width)
    }

    /// Returns the value of row `at`, or 0 if there is no such row.
    #[inline]
    pub(crate) fn value(&self, at: usize) -> u64 {
        self.number(
            at * self.stride() + usize::from(self.key_width),
            self.value_width,
        )
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, u64)> + '_ {
        (0..self.len()).map(|at| (self.key(at), self.value(at)))
    }

    /// Returns the first row whose key is at least `key`, or `len` if there is none.
    #[inline]
    pub(crate) fn lower_bound(&self, key: u64) -> usize {
        let (mut low, mut size) = (0, self.len());
        while size > 0 {
            let half = size / 2;
            let middle = low + half;
            if self.key(middle) < key {
                low = middle + 1;
                size -= half + 1;
            } else {
                size = half;
            }
        }
        low
    }

    /// Returns the rows with exactly this key, and their values.
    pub(crate) fn values_of(&self, key: u64) -> impl Iterator<Item = (usize, u64)> + '_ {
        (self.lower_bound(key)..self.len())
            .take_while(move |&at| self.key(at) == key)
            .map(|at| (at, self.value(at)))
    }

    /// Returns the row where (key, value) belongs.
    pub(crate) fn place(&self, key: u64, value: u64) -> usize {
        self.values_of(key)
            .find(|&(_, other)| other >= value)
            .map_or_else(|| self.lower_bound(key.saturating_add(1)), |(at, _)| at)
    }

    /// Inserts a row at the position that [`Rows::place`] returns for it.
    pub(crate) fn insert(&mut self, at: usize, key: u64, value: u64) {
        self.widen(key, value);
        let stride = self.stride();
        let tail = if self.bytes.is_empty() { TAIL } else { 0 };
        reserve_class(&mut self.bytes, stride + tail);
        self.bytes.resize(self.bytes.len() + tail, 0);
        let start = at * stride;
        let end = self.bytes.len();
        self.bytes.resize(end + stride, 0);
        self.bytes.copy_within(start..end, start + stride);
        self.len += 1;
        self.write(start, key, value);
    }

    pub(crate) fn set_value(&mut self, at: usize, value: u64) {
        let key = self.key(at);
        self.widen(key, value);
        self.write(at * self.stride(), key, value);
    }

    pub(crate) fn remove(&mut self, at: usize) {
        if at >= self.len() {
            return;
        }
        let stride = self.stride();
        self.bytes.drain(at * stride..(at + 1) * stride);
        self.len -= 1;
        shrink_to_class(&mut self.bytes);
    }

    /// Removes the rows from `at` on and returns them, with `rebase` subtracted from their keys.
    pub(crate) fn split_off(&mut self, at: usize, rebase: u64) -> Rows {
        let tail = Rows::collect(
            (at..self.len()).map(|at| (self.key(at).wrapping_sub(rebase), self.value(at))),
        );
        *self = Rows::collect((0..at.min(self.len())).map(|at| (self.key(at), self.value(at))));
        tail
    }

    /// Builds rows from sorted pairs, in the narrowest form that holds them.
    pub(crate) fn collect(rows: impl Iterator<Item = (u64, u64)> + Clone) -> Rows {
        let (keys, values, len) = rows
            .clone()
            .fold((0, 0, 0_usize), |(keys, values, len), (key, value)| {
                (keys | key, values | value, len + 1)
            });
        let mut all = Rows {
            len: 0,
            key_width: width(keys).max(1),
            value_width: width(values),
            bytes: Vec::new(),
        };
        let size = len * all.stride() + TAIL;
        reserve_class(&mut all.bytes, size);
        for (at, (key, value)) in rows.enumerate() {
            all.insert(at, key, value);
        }
        all
    }

    #[inline]
    fn stride(&self) -> usize {
        usize::from(self.key_width) + usize::from(self.value_width)
    }

    #[inline]
    fn number(&self, start: usize, width: u8) -> u64 {
        let word = self.bytes.get(start..).and_then(<[u8]>::first_chunk::<8>);
        word.map_or(0, |word| u64::from_le_bytes(*word)) & mask(width)
    }

    fn write(&mut self, start: usize, key: u64, value: u64) {
        let (keys, values) = (usize::from(self.key_width), usize::from(self.value_width));
        let Some(row) = self.bytes.get_mut(start..start + keys + values) else {
            return;
        };
        let (key_bytes, value_bytes) = row.split_at_mut(keys);
        key_bytes
            .iter_mut()
            .zip(key.to_le_bytes())
            .for_each(|(to, byte)| *to = byte);
        value_bytes
            .iter_mut()
            .zip(value.to_le_bytes())
            .for_each(|(to, byte)| *to = byte);
    }

    /// Makes the rows wide enough for this pair.
    fn widen(&mut self, key: u64, value: u64) {
        let (keys, values) = (width(key).max(1), width(value));
        if keys <= self.key_width && values <= self.value_width {
            return;
        }
        let old = std::mem::take(self);
        self.key_width = keys.max(old.key_width);
        self.value_width = values.max(old.value_width);
        let size = (old.len() + 1) * self.stride() + TAIL;
        reserve_class(&mut self.bytes, size);
        for (at, (key, value)) in old.iter().enumerate() {
            self.insert(at, key, value);
        }
    }
}

/// Returns the number of bytes that `value` needs.
fn width(value: u64) -> u8 {
    u8::try_from((u64::BITS - value.leading_zeros()).div_ceil(8)).unwrap_or(8)
}

#[inline]
fn mask(width: u8) -> u64 {
    if width == 0 {
        0
    } else {
        u64::MAX >> (64 - u32::from(width) * 8)
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 256 }, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn rows_behave_as_a_sorted_list(ops in prop::collection::vec((any::<bool>(), any::<u64>(), any::<u64>(), 0_u32..64, 0_u32..64), 0..60)) {
            let mut rows = Rows::default();
            let mut model: Vec<(u64, u64)> = Vec::new();
            for (insert, key, value, narrow, thin) in ops {
                let (key, value) = (key >> narrow, value >> thin);
                if insert || model.is_empty() {
                    rows.insert(rows.place(key, value), key, value);
                    model.push((key, value));
                    model.sort_unstable();
                } else {
                    let at = usize::try_from(key % model.len() as u64).unwrap();
                    rows.remove(at);
                    model.remove(at);
                }
                prop_assert_eq!(rows.iter().collect::<Vec<_>>(), model.clone());
                prop_assert_eq!(rows.lower_bound(key), model.iter().filter(|row| row.0 < key).count());
            }
            let half = rows.len() / 2;
            let base = if half < rows.len() { rows.key(half) } else { 0 };
            let tail = rows.split_off(half, base);
            let tail = tail.iter().map(|(key, value)| (key.wrapping_add(base), value));
            prop_assert_eq!(rows.iter().chain(tail).collect::<Vec<_>>(), model);
        }
    }
}
