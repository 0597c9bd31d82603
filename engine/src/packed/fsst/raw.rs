//! The engine's only `unsafe` code: the two loops of FSST, without a bounds check or an allocation a symbol.
//!
//! Unpacking is a fifth of a redirect's own work, and checks were a third of that. The crate packs into
//! memory that is not initialized, which safe code cannot read. Miri runs the tests of `packing` over both.
#![expect(unsafe_code, reason = "see the head of the file")]

use std::mem::MaybeUninit;
use std::slice;

use fsst::{Compressor, ESCAPE_CODE};

use super::symbols::{MAX_SYMBOL_LEN, Symbols};

/// Texts up to this length, in bytes, are packed on the stack.
const PACKED_ON_STACK: usize = 256;

/// Each bit that marks a byte of a word.
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
const LOW_BITS: u64 = 0x0101_0101_0101_0101;

/// Hands out the packed form of `text`, which is at most twice as long.
pub(super) fn with_packed<R>(
    compressor: &Compressor,
    text: &[u8],
    take: impl FnOnce(&[u8]) -> R,
) -> R {
    if text.len() > PACKED_ON_STACK {
        return take(&compressor.compress(text));
    }
    let mut buffer = [MaybeUninit::<u8>::uninit(); 2 * PACKED_ON_STACK];
    // SAFETY: the crate writes at most two bytes for each byte of the text, an escape and the byte, and the
    // buffer has room for those.
    let length = unsafe { compressor.compress_into(text, &mut buffer) };
    // SAFETY: the crate has written the first `length` bytes of the buffer.
    take(unsafe { slice::from_raw_parts(buffer.as_ptr().cast(), length) })
}

/// Writes what `packed` stands for to the start of `text`. Returns its length; 0 if `text` has not room for
/// [`MAX_SYMBOL_LEN`] bytes a code.
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
    // SAFETY: every call of `symbol` or `byte` takes a code of its own from `packed` and adds at most eight to
    // the length, so what it writes lies in the eight bytes that were checked for that code.
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
    /// Writes a symbol with all its eight bytes: the next one overwrites what is too much.
    ///
    /// # Safety
    /// The text must have room for [`MAX_SYMBOL_LEN`] bytes behind `length`.
    #[inline(always)]
    unsafe fn symbol(&mut self, code: u8) {
        let (symbol, size) = self.symbols.get(code);
        // SAFETY: by the caller's promise.
        unsafe {
            let place = self.text.add(self.length).cast::<[u8; MAX_SYMBOL_LEN]>();
            place.write_unaligned(*symbol);
        }
        self.length += size;
    }

    /// Writes a byte that was escaped.
    ///
    /// # Safety
    /// The text must have room for it behind `length`.
    #[inline(always)]
    unsafe fn byte(&mut self, byte: u8) {
        // SAFETY: by the caller's promise.
        unsafe { self.text.add(self.length).write(byte) };
        self.length += 1;
    }
}
