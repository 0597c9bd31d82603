//! Lists of pages.
//!
//! Most shards are small and have one page of each kind. That page is stored inline, which saves an
//! allocation, and a memory access per lookup.

use smallvec::SmallVec;

/// Pages in order.
pub(crate) type PageList<T> = SmallVec<[T; 1]>;

/// Reserves room for one more page. The list grows by an eighth. Doubling would leave every list
/// half empty at once.
pub(crate) fn grow<T>(pages: &mut PageList<T>) {
    if pages.len() == pages.capacity() {
        pages.reserve_exact((pages.len() / 8).max(1));
    }
}

/// Returns the heap memory of the list, in bytes.
pub(crate) fn heap_size<T>(pages: &PageList<T>) -> usize {
    if pages.spilled() {
        pages.capacity().saturating_mul(size_of::<T>())
    } else {
        0
    }
}
