//! A sorted multimap of small numbers in pages of [`Rows`]: the reverse index and the pool's sets.
//!
//! An operation touches one page of at most [`PAGE`] rows, whatever the size of the table. There is
//! no rehashing, and so no pause.

use crate::packed::bytes::shrink_to_class;
use crate::packed::page_list::{self, PageList};
use crate::packed::rows::Rows;

/// Maximum number of rows of a page. A page with more is split in two.
const PAGE: usize = 512;

#[derive(Clone, Default)]
struct TablePage {
    /// At most the least key of the page. Rows hold the difference. 0 in the first page.
    base: u64,
    rows: Rows,
}

/// Pairs of (key, value) in ascending order, without duplicates.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pages: PageList<TablePage>,
    len: usize,
    heap: usize,
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the heap memory, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        self.heap.saturating_add(page_list::heap_size(&self.pages))
    }

    /// Returns the values under `key`, in ascending order.
    pub(crate) fn get(&self, key: u64) -> impl Iterator<Item = u64> + '_ {
        // Pairs of one key can span pages whose base is that key. The walk starts in the last page
        // with a smaller base.
        let first = self
            .pages
            .partition_point(|page| page.base < key)
            .saturating_sub(1);
        self.pages
            .iter()
            .skip(first)
            .take_while(move |page| page.base <= key)
            .flat_map(move |page| {
                page.rows
                    .values_of(key.wrapping_sub(page.base))
                    .map(|(_, value)| value)
            })
    }

    pub(crate) fn contains(&self, key: u64, value: u64) -> bool {
        self.get(key).any(|held| held == value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.pages.iter().flat_map(|page| {
            page.rows
                .iter()
                .map(|(key, value)| (key.wrapping_add(page.base), value))
        })
    }

    /// Returns the pairs from a key on.
    pub(crate) fn iter_from(&self, key: u64) -> impl Iterator<Item = (u64, u64)> + '_ {
        let first = self
            .pages
            .partition_point(|page| page.base < key)
            .saturating_sub(1);
        self.pages.iter().skip(first).flat_map(move |page| {
            let row = page.rows.lower_bound(key.saturating_sub(page.base));
            (row..page.rows.len()).map(move |at| {
                (
                    page.rows.key(at).wrapping_add(page.base),
                    page.rows.value(at),
                )
            })
        })
    }

    /// Returns one pair, chosen by two arbitrary numbers: a page, then a row in it. Returns `None`
    /// if the table is empty.
    pub(crate) fn pick(&self, page: u64, row: u64) -> Option<(u64, u64)> {
        let page = index(page, self.pages.len());
        // Only the first page can be empty; the page after it is not.
        let mut pages = self.pages.iter().skip(page);
        let page = pages.find(|page| !page.rows.is_empty())?;
        let at = index(row, page.rows.len());
        Some((
            page.rows.key(at).wrapping_add(page.base),
            page.rows.value(at),
        ))
    }

    /// Inserts a pair. Returns `false` if the table has it already.
    pub(crate) fn insert(&mut self, key: u64, value: u64) -> bool {
        if self.contains(key, value) {
            return false;
        }
        if self.pages.is_empty() {
            self.pages.push(TablePage::default());
        }
        // The pair belongs after every smaller pair: into the last page that does not begin after
        // it.
        let at = self
            .pages
            .partition_point(|page| {
                page.base < key || (page.base == key && first_value(page) <= value)
            })
            .saturating_sub(1);
        self.edit(at, |page| {
            let key = key.wrapping_sub(page.base);
            page.rows.insert(page.rows.place(key, value), key, value);
        });
        self.len = self.len.saturating_add(1);
        self.split_if_full(at);
        true
    }

    /// Inserts a pair under a key that has none.
    pub(crate) fn insert_new(&mut self, key: u64, value: u64) {
        if self.pages.is_empty() {
            self.pages.push(TablePage::default());
        }
        let at = self
            .pages
            .partition_point(|page| page.base <= key)
            .saturating_sub(1);
        self.edit(at, |page| {
            let key = key.wrapping_sub(page.base);
            page.rows.insert(page.rows.lower_bound(key), key, value);
        });
        self.len = self.len.saturating_add(1);
        self.split_if_full(at);
    }

    /// Removes a pair. Returns `false` if the table does not have it.
    pub(crate) fn remove(&mut self, key: u64, value: u64) -> bool {
        let first = self
            .pages
            .partition_point(|page| page.base < key)
            .saturating_sub(1);
        let found = self
            .pages
            .iter()
            .enumerate()
            .skip(first)
            .take_while(|(_, page)| page.base <= key)
            .find_map(|(at, page)| {
                let row = page
                    .rows
                    .values_of(key.wrapping_sub(page.base))
                    .find(|&(_, held)| held == value)?;
                Some((at, row.0))
            });
        let Some((at, row)) = found else { return false };
        self.edit(at, |page| page.rows.remove(row));
        self.len = self.len.saturating_sub(1);
        if self.len == 0 {
            *self = Table::default();
        } else if at > 0 && self.pages.get(at).is_some_and(|page| page.rows.is_empty()) {
            self.pages.remove(at);
        }
        true
    }

    pub(crate) fn clear(&mut self) {
        *self = Table::default();
    }

    /// Returns the number of buffers.
    pub(crate) fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Returns the buffers from page `from` on, for a defragmenter that moves them.
    pub(crate) fn buffers_mut(&mut self, from: usize) -> impl Iterator<Item = &mut Vec<u8>> {
        self.pages
            .iter_mut()
            .skip(from)
            .map(|page| page.rows.buffer_mut())
    }

    fn edit(&mut self, at: usize, change: impl FnOnce(&mut TablePage)) {
        if let Some(page) = self.pages.get_mut(at) {
            let before = page.rows.heap_size();
            change(page);
            self.heap = self
                .heap
                .wrapping_add(page.rows.heap_size())
                .wrapping_sub(before);
        }
    }

    fn split_if_full(&mut self, at: usize) {
        let Some(page) = self.pages.get_mut(at).filter(|page| page.rows.len() > PAGE) else {
            return;
        };
        let before = page.rows.heap_size();
        let half = page.rows.len() / 2;
        let shift = page.rows.key(half);
        let tail = TablePage {
            base: page.base.wrapping_add(shift),
            rows: page.rows.split_off(half, shift),
        };
        shrink_to_class(page.rows.buffer_mut());
        let after = page.rows.heap_size().saturating_add(tail.rows.heap_size());
        self.heap = self.heap.wrapping_add(after).wrapping_sub(before);
        page_list::grow(&mut self.pages);
        self.pages.insert(at.saturating_add(1), tail);
    }
}

/// Returns the value of a page's first row.
fn first_value(page: &TablePage) -> u64 {
    if page.rows.key(0) == 0 {
        page.rows.value(0)
    } else {
        u64::MAX
    }
}

/// Maps any number to an index below `len`, or to 0 if `len` is 0.
fn index(number: u64, len: usize) -> usize {
    usize::try_from(number.checked_rem(len as u64).unwrap_or(0)).unwrap_or(0)
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
    use std::collections::BTreeSet;

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 1 } else { 48 }, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_table_behaves_as_a_set_of_pairs(narrow in 1_u64..1 << 20, seed in any::<u64>(), steps in 0_u64..if cfg!(miri) { 60 } else { 4000 }) {
            let mut table = Table::default();
            let mut model = BTreeSet::new();
            let mut state = seed;
            for _ in 0..steps {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let pair = ((state >> 20) % narrow, (state >> 11) % 5);
                if state >> 62 == 0 {
                    prop_assert_eq!(table.remove(pair.0, pair.1), model.remove(&pair));
                } else {
                    prop_assert_eq!(table.insert(pair.0, pair.1), model.insert(pair));
                }
            }
            prop_assert_eq!(table.iter().collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(table.len(), model.len());
            prop_assert_eq!(table.heap, table.pages.iter().map(|page| page.rows.heap_size()).sum::<usize>());
            for key in [0, 1, narrow / 3, narrow / 2, narrow] {
                let expected: Vec<_> = model.range((key, 0)..).copied().collect();
                prop_assert_eq!(table.iter_from(key).collect::<Vec<_>>(), expected);
            }
            for key in 0..narrow.min(50) {
                let expected: Vec<u64> = model.range((key, 0)..=(key, u64::MAX)).map(|pair| pair.1).collect();
                prop_assert_eq!(table.get(key).collect::<Vec<_>>(), expected);
            }
            for pair in &model {
                // Any two numbers pick a pair, as long as there is one.
                let picked = (0..4).map(|page| table.pick(page, state));
                prop_assert!(picked.into_iter().all(|picked| picked.is_some_and(|(key, value)| table.contains(key, value))));
                prop_assert!(table.remove(pair.0, pair.1));
            }
            prop_assert!(table.is_empty() && table.heap_size() == 0);
        }
    }
}
