//! The engine's only `unsafe` code: the two loops of FSST, without bounds checks and without an
//! allocation per symbol.
//!
//! Decompression is a fifth of the engine's work for a redirect, and bounds checks were a third of
//! that. The crate compresses into uninitialized memory, which safe code cannot read. Miri runs the
//! tests of `fsst` over both loops.
#![expect(unsafe_code, reason = "see the head of the file")]

use std::mem::MaybeUninit;
use std::slice;

use fsst::{Compressor, ESCAPE_CODE};

use super::symbols::{MAX_SYMBOL_LEN, Symbols};

/// Maximum length of a text that is compressed on the stack, in bytes.
const PACKED_ON_STACK: usize = 256;

/// The highest and the lowest bit of each byte of a word.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const LOW_BITS: u64 = 0x0101_0101_0101_0101;

/// Calls `take` with the compressed form of `text`, which is at most twice as long.
pub(super) fn with_packed<R>(
    compressor: &Compressor,
    text: &[u8],
    take: impl FnOnce(&[u8]) -> R,
) -> R {
    if text.len() > PACKED_ON_STACK {
        return take(&compressor.compress(text));
    }
    let mut buffer = [MaybeUninit::<u8>::uninit(); 2 * PACKED_ON_STACK];
    // SAFETY: the crate writes at most two bytes for each byte of the text, an escape and the byte.
    // The buffer has room for them.
    let length = unsafe { compressor.compress_into(text, &mut buffer) };
    // SAFETY: the crate has written the first `length` bytes of the buffer.
    take(unsafe { slice::from_raw_parts(buffer.as_ptr().cast(), length) })
}

/// Decompresses `packed` to the start of `text`. Returns the length of the text, or 0 if `text` has
/// no room for [`MAX_SYMBOL_LEN`] bytes per code.
#[inline(never)]
pub(super) fn unpack(symbols: &Symbols, packed: &[u8], text: &mut [u8]) -> usize {
    if text.len() / MAX_SYMBOL_LEN < packed.len() {
        return 0;
    }
    let mut writer = Writer {
        symbols,
        text: text.as_mut_ptr(),
        length: 0,
    };
    let mut rest = packed;
    // SAFETY: every call of `symbol` or `byte` consumes a code of `packed` and adds at most eight
    // to the length. So it writes within the eight bytes that were checked for that code.
    unsafe {
        while let Some((codes, behind)) = rest.split_first_chunk::<8>() {
            let word = u64::from_le_bytes(*codes);
            let escapes = (!word).wrapping_sub(LOW_BITS) & word & HIGH_BITS;
            if escapes == 0 {
                codes.iter().for_each(|&code| writer.symbol(code));
                rest = behind;
                continue;
            }
            let before = escapes.trailing_zeros() as usize / 8;
            let (plain, escaped) = rest.split_at(before);
            plain.iter().for_each(|&code| writer.symbol(code));
            let [_, byte, behind @ ..] = escaped else {
                break;
            };
            writer.byte(*byte);
            rest = behind;
        }
        while let [code, behind @ ..] = rest {
            rest = behind;
            if *code != ESCAPE_CODE {
                writer.symbol(*code);
            } else if let [byte, behind @ ..] = behind {
                writer.byte(*byte);
                rest = behind;
            }
        }
    }
    writer.length
}

struct Writer<'a> {
    symbols: &'a Symbols,
    text: *mut u8,
    length: usize,
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "the length stays within the text"
)]
impl Writer<'_> {
    /// Writes all eight bytes of a symbol. The next symbol overwrites the excess.
    ///
    /// # Safety
    /// The text must have room for [`MAX_SYMBOL_LEN`] bytes after `length`.
    #[inline(always)]
    unsafe fn symbol(&mut self, code: u8) {
        let (symbol, size) = self.symbols.get(code);
        // SAFETY: the caller guarantees the room.
        unsafe {
            let place = self.text.add(self.length).cast::<[u8; MAX_SYMBOL_LEN]>();
            place.write_unaligned(*symbol);
        }
        self.length += size;
    }

    /// Writes an escaped byte.
    ///
    /// # Safety
    /// The text must have room for one byte after `length`.
    #[inline(always)]
    unsafe fn byte(&mut self, byte: u8) {
        // SAFETY: the caller guarantees the room.
        unsafe { self.text.add(self.length).write(byte) };
        self.length += 1;
    }
}
