//! The module's allocator: the server's own, so that links count in `used_memory`, obey `maxmemory`
//! and can be defragmented.
//!
//! `redis_module::alloc::RedisAlloc` has no `realloc`, so each growth of a `Vec` would copy it. It
//! rounds a size up to its alignment, which guarantees an alignment under jemalloc only.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

use redis_module::raw;

/// The alignment of all blocks of the server's allocator. jemalloc aligns by size class, and a
/// layout of alignment 16 has at least 16 bytes. glibc aligns all blocks to 16.
const SERVER_ALIGN: usize = 16;

/// Passes every request to the server.
struct ServerAlloc;

#[global_allocator]
static ALLOCATOR: ServerAlloc = ServerAlloc;

// SAFETY: blocks come from the server's malloc family, which fulfills GlobalAlloc's contract:
// distinct blocks of at least the requested size, valid until freed. Before the server has passed
// its functions, allocation fails (null).
unsafe impl GlobalAlloc for ServerAlloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > SERVER_ALIGN {
            // SAFETY: the caller's layout has a size above 0.
            return unsafe { alloc_aligned(layout) };
        }
        // SAFETY: the function pointer is either absent or the server's; any size is allowed.
        unsafe {
            raw::RedisModule_Alloc.map_or(ptr::null_mut(), |alloc| alloc(layout.size()).cast())
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let start = if layout.align() > SERVER_ALIGN {
            // SAFETY: an over-aligned block was made by alloc_aligned. All others are the server's
            // own.
            unsafe { start_of_aligned(block) }
        } else {
            block
        };
        // SAFETY: `start` came from the server's allocator and is freed once.
        unsafe {
            if let Some(free) = raw::RedisModule_Free {
                free(start.cast());
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() > SERVER_ALIGN {
            // SAFETY: the block, when there is one, is `layout.size()` bytes long.
            unsafe {
                let block = alloc_aligned(layout);
                if !block.is_null() {
                    ptr::write_bytes(block, 0, layout.size());
                }
                return block;
            }
        }
        // SAFETY: as in alloc.
        unsafe {
            raw::RedisModule_Calloc
                .map_or(ptr::null_mut(), |calloc| calloc(1, layout.size()).cast())
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.align() > SERVER_ALIGN {
            // SAFETY: the caller guarantees that new_size, rounded up to the alignment, does not
            // overflow isize.
            unsafe {
                let fresh =
                    alloc_aligned(Layout::from_size_align_unchecked(new_size, layout.align()));
                if !fresh.is_null() {
                    ptr::copy_nonoverlapping(block, fresh, layout.size().min(new_size));
                    self.dealloc(block, layout);
                }
                return fresh;
            }
        }
        // SAFETY: the block is the server's, and stays valid if the server cannot move it.
        unsafe {
            raw::RedisModule_Realloc.map_or(ptr::null_mut(), |realloc| {
                realloc(block.cast(), new_size).cast()
            })
        }
    }
}

/// Returns a block of an alignment that the server does not guarantee. The block is part of a
/// larger one, whose start is stored just before it.
///
/// # Safety
/// `layout` must be a valid layout of non-zero size.
unsafe fn alloc_aligned(layout: Layout) -> *mut u8 {
    let Some(size) = layout.size().checked_add(layout.align()) else {
        return ptr::null_mut();
    };
    // SAFETY: as in alloc.
    let start: *mut u8 =
        unsafe { raw::RedisModule_Alloc.map_or(ptr::null_mut(), |alloc| alloc(size).cast()) };
    if start.is_null() {
        return start;
    }
    // The server aligns to at least 8, and the alignment is above 16, so there are 8 bytes or more
    // before the block.
    let skip = layout
        .align()
        .wrapping_sub(start.addr() & layout.align().wrapping_sub(1));
    // SAFETY: skip <= align, so block + layout.size() lies within `size` bytes. skip >= 8 leaves
    // room for the pointer.
    unsafe {
        let block = start.add(skip);
        block.cast::<*mut u8>().sub(1).write(start);
        block
    }
}

/// Returns the start of the server's block that a block of [`alloc_aligned`] is part of.
///
/// # Safety
/// `block` must come from [`alloc_aligned`].
unsafe fn start_of_aligned(block: *mut u8) -> *mut u8 {
    // SAFETY: alloc_aligned wrote the start there. The block has more than a pointer's alignment.
    unsafe { block.cast::<*mut u8>().sub(1).read() }
}
