//! How many different visitors there were, in bounded memory: exactly up to 580, from there on with a standard error of 1.2 %.
//!
//! A visitor is a token of 32 bits, made of a hash of 64; a sketch is a range of bytes that tokens are put into, one after the other:
//!
//! ```text
//! nothing                                                                     nobody came
//! 1   tokens 4 each, big-endian, ascending                                    a sorted list: up to 580 visitors, at most 2,321 bytes
//! 2   chance 8   visitors 8   registers 768 × 3, all little-endian            an ExaLogLog: 2,321 bytes, however many come
//! ```
//!
//! Otmar Ertl: "ExaLogLog: Space-Efficient and Practical Approximate Distinct Counting up to the Exa-Scale" (2024), with its parameters
//! t = 2 and d = 16. (Tokens are its hash tokens: they tell registers no less than whole hashes would. Two visitors of 580 have the same token
//! once in 1,200 lists.) Each token falls upon one of the 768 registers and has a value there, from 1 to 156: the leading zeros of its hash four
//! times, plus two more of its bits. A register is the largest value that it met (8 bits) and which of the sixteen values below that one it
//! met as well (16 bits). So a visitor who came before never changes a byte.
//!
//! The count is kept by the martingale estimator (Ting 2014; section 3.3 of the paper): `chance` is the probability that somebody new changes
//! the registers, and whoever does change them stands for 1 / `chance` visitors. The error to be expected is sqrt(2.77 / (24 bits × 768)) =
//! 1.23 %, smaller than that of any estimate from the registers alone. Its price is that two sketches cannot be merged, and
//! here they never are: visits are counted once, in one order, on one master. The tests measure the error.
//!
//! All of it is in integers, the same on every machine. `chance` counts in 2⁻⁶⁴, which is exact: hashes have 64 bits. `visitors` counts
//! in 2⁻¹⁶. The number of registers is no power of two: by its 24 bits of hash a register's share is known exactly, too.
//!
//! Not by a crate: `ultraloglog` keeps registers in a vector of its own, in powers of two, and at 2,048 of them errs by 1.7 %; those of
//! HyperLogLog err by 2 % in that room.

mod register;

use register::{LOW_BITS, REGISTER, Register, ZEROS_MAX};

use crate::packed::bytes::reserve_class;

/// A list of tokens.
const SPARSE: u8 = 1;
/// Registers.
const DENSE: u8 = 2;

const TOKEN: usize = 4;
/// How many registers there are.
const REGISTERS: u32 = 768;
/// How many of a token's bits choose the register.
const INDEX_BITS: u32 = 24;

/// The form, the chance and the visitors.
const HEAD: usize = 1 + 8 + 8;
const DENSE_LEN: usize = HEAD + REGISTER * REGISTERS as usize;
/// As many tokens as fit into no more bytes than the registers take.
const SPARSE_MAX: usize = (DENSE_LEN - 1) / TOKEN;
/// Bits after the point of `visitors`.
const POINT: u32 = 16;

/// What a sketch keeps of a visitor's hash: its 26 low bits, and the number of leading zeros of the rest in six bits.
#[allow(
    clippy::cast_possible_truncation,
    clippy::arithmetic_side_effects,
    reason = "26 bits and 6"
)]
pub(crate) fn token(hash: u64) -> u32 {
    const LOW: u64 = (1 << LOW_BITS) - 1;
    ((hash & LOW) as u32) << 6 | (hash | LOW).leading_zeros()
}

/// Whether a hash has this token.
fn is_token(token: u32) -> bool {
    token & 63 <= ZEROS_MAX
}

/// Puts a token into the sketch that `bytes` has from `start` to its end. Whether that changed it: a token seen before never does, nor one that
/// no hash has.
pub(crate) fn insert(bytes: &mut Vec<u8>, start: usize, token: u32) -> bool {
    let Some(sketch) = bytes.get_mut(start..).filter(|_| is_token(token)) else {
        return false;
    };
    match sketch {
        [] => {
            reserve_class(bytes, 1 + TOKEN);
            bytes.push(SPARSE);
            bytes.extend_from_slice(&token.to_be_bytes());
            true
        }
        [SPARSE, list @ ..] => {
            let tokens = list.as_chunks::<TOKEN>().0;
            match tokens.binary_search(&token.to_be_bytes()) {
                Ok(_) => false,
                Err(_) if tokens.len() >= SPARSE_MAX => {
                    let dense = to_dense(tokens, token);
                    bytes.truncate(start);
                    reserve_class(bytes, DENSE_LEN);
                    bytes.extend_from_slice(&dense);
                    true
                }
                Err(place) => {
                    let behind = tokens.len().saturating_sub(place).saturating_mul(TOKEN);
                    reserve_class(bytes, TOKEN);
                    bytes.extend_from_slice(&token.to_be_bytes());
                    let from = bytes.len().saturating_sub(TOKEN).saturating_sub(behind);
                    if let Some(moved) = bytes.get_mut(from..) {
                        moved.rotate_right(TOKEN);
                    }
                    true
                }
            }
        }
        [DENSE, dense @ ..] => Dense::of(dense).is_some_and(|mut dense| dense.count(token)),
        _ => false,
    }
}

/// By how many bytes the next token lets a sketch grow, at most.
pub(crate) fn growth(sketch: &[u8]) -> usize {
    match sketch {
        [] => 1 + TOKEN,
        [DENSE, ..] => 0,
        // A full list becomes an ExaLogLog of no more bytes than one token more would take.
        _ => TOKEN,
    }
}

/// How many different tokens were put into a sketch.
pub(crate) fn estimate(sketch: &[u8]) -> u64 {
    match sketch {
        [SPARSE, list @ ..] => list.as_chunks::<TOKEN>().0.len() as u64,
        [DENSE, _, _, _, _, _, _, _, _, rest @ ..] => rest.first_chunk().map_or(0, |visitors| {
            let half = 1 << (POINT - 1);
            u64::from_le_bytes(*visitors).saturating_add(half) >> POINT
        }),
        _ => 0,
    }
}

/// Whether [`insert`] could have built it: what a payload from outside must satisfy. Of an ExaLogLog's count this knows that it is not below
/// what fits into a list: how it came about, the registers don't tell.
pub(crate) fn is_valid(sketch: &[u8]) -> bool {
    match sketch {
        [] => true,
        [SPARSE, list @ ..] => {
            let (tokens, rest) = list.as_chunks::<TOKEN>();
            rest.is_empty()
                && (1..=SPARSE_MAX).contains(&tokens.len())
                && tokens.is_sorted_by(|one, next| one < next)
                && tokens
                    .iter()
                    .all(|&[.., low]| u32::from(low & 63) <= ZEROS_MAX)
        }
        [DENSE, rest @ ..] if sketch.len() == DENSE_LEN => {
            let mut copy = rest.to_vec();
            Dense::of(&mut copy).is_some_and(|dense| {
                let registers = dense.registers.iter();
                registers
                    .map(|&bytes| Register::read(bytes))
                    .all(Register::is_valid)
                    && u128::from(u64::from_le_bytes(*dense.chance)) == dense.chance_by_registers()
                    && u64::from_le_bytes(*dense.visitors) >> POINT > SPARSE_MAX as u64
            })
        }
        _ => false,
    }
}

/// The ExaLogLog of a full list and one token more. It begins with the exact count.
fn to_dense(tokens: &[[u8; TOKEN]], last: u32) -> [u8; DENSE_LEN] {
    let mut bytes = [0; DENSE_LEN];
    bytes[0] = DENSE;
    if let Some(mut dense) = bytes.get_mut(1..).and_then(Dense::of) {
        let listed = tokens.iter().map(|&token| u32::from_be_bytes(token));
        for token in listed.chain([last]) {
            dense.note(token);
        }
        let chance = u64::try_from(dense.chance_by_registers()).unwrap_or(u64::MAX);
        *dense.chance = chance.to_le_bytes();
        *dense.visitors = ((tokens.len() as u64).saturating_add(1) << POINT).to_le_bytes();
    }
    bytes
}

/// The parts of an ExaLogLog.
struct Dense<'a> {
    chance: &'a mut [u8; 8],
    visitors: &'a mut [u8; 8],
    registers: &'a mut [[u8; REGISTER]],
}

impl<'a> Dense<'a> {
    /// Of what follows the form's byte.
    fn of(bytes: &'a mut [u8]) -> Option<Self> {
        let (chance, bytes) = bytes.split_first_chunk_mut()?;
        let (visitors, bytes) = bytes.split_first_chunk_mut()?;
        let (registers, _) = bytes.as_chunks_mut();
        Some(Self {
            chance,
            visitors,
            registers,
        })
    }

    /// Notes a token; if that is news, it stands for as many visitors as were needed, on average, until somebody changed something.
    fn count(&mut self, token: u32) -> bool {
        let Some(lost) = self.note(token) else {
            return false;
        };
        let chance = u64::from_le_bytes(*self.chance);
        let stands_for = (1_u128 << (u64::BITS + POINT)).checked_div(u128::from(chance));
        let stands_for = stands_for.and_then(|count| u64::try_from(count).ok());
        let visitors = u64::from_le_bytes(*self.visitors).saturating_add(stands_for.unwrap_or(0));
        *self.visitors = visitors.to_le_bytes();
        *self.chance = chance.saturating_sub(lost).to_le_bytes();
        true
    }

    /// Notes a token in its register; if that changes it, by how much the chance of a further change is smaller, in 2⁻⁶⁴.
    fn note(&mut self, token: u32) -> Option<u64> {
        let (index, value) = place(token);
        let bytes = self.registers.get_mut(index as usize)?;
        let before = Register::read(*bytes);
        let after = before.with(value)?;
        *bytes = after.write();
        let lost = before.chance().saturating_sub(after.chance());
        Some(lost.saturating_mul(u64::from(share(index))))
    }

    /// The chance that somebody new changes a register, in 2⁻⁶⁴: all of 2⁶⁴ if nobody came yet.
    fn chance_by_registers(&self) -> u128 {
        (0..)
            .zip(self.registers.iter())
            .fold(0, |sum: u128, (index, &bytes)| {
                let chance = u128::from(Register::read(bytes).chance());
                sum.saturating_add(chance.saturating_mul(u128::from(share(index))))
            })
    }
}

/// The register a token falls upon, and its value there, 1 to [`VALUE_MAX`].
#[allow(
    clippy::cast_possible_truncation,
    clippy::arithmetic_side_effects,
    reason = "a product of 24 bits and 10, shifted to 10; at most 63 × 4 + 4"
)]
fn place(token: u32) -> (u32, u32) {
    let index_bits = u64::from(token >> 6) & ((1 << INDEX_BITS) - 1);
    let index = (index_bits * u64::from(REGISTERS)) >> INDEX_BITS;
    let zeros = (token & 63).min(ZEROS_MAX);
    (index as u32, 4 * zeros + (token >> (6 + INDEX_BITS)) + 1)
}

/// How many of the 2²⁴ index bits fall upon a register.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "at most 2^24 × 768, which has 34 bits"
)]
fn share(index: u32) -> u32 {
    let first = |index: u32| (u64::from(index) << INDEX_BITS).div_ceil(u64::from(REGISTERS));
    u32::try_from(first(index + 1) - first(index)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
