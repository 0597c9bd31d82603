//! The list of a structure's pages.
//!
//! Most shards are small and have one page of each kind: that one lies in the shard itself, which saves an allocation, and a trip to memory on every
//! look-up.

use smallvec::SmallVec;

/// Pages in order.
pub(crate) type PageList<T> = SmallVec<[T; 1]>;

/// Makes room for one more. Directories grow by an eighth: doubling ones would stand half empty in every shard at once.
pub(crate) fn grow<T>(pages: &mut PageList<T>) {
    if pages.len() == pages.capacity() {
        pages.reserve_exact((pages.len() / 8).max(1));
    }
}

/// Bytes of memory held beside the struct itself.
pub(crate) fn heap_size<T>(pages: &PageList<T>) -> usize {
    if pages.spilled() {
        pages.capacity().saturating_mul(size_of::<T>())
    } else {
        0
    }
}
