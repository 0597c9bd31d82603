//! A register of an ExaLogLog: the largest value seen, and which of the sixteen values below it
//! were seen.

/// Bytes of a register.
pub(super) const REGISTER: usize = 3;
/// Number of the hash's low bits that a token holds unchanged. Of the other bits it holds the
/// number of leading zeros.
pub(super) const LOW_BITS: u32 = 26;
/// Maximum number of leading zeros of the other 38 bits.
pub(super) const ZEROS_MAX: u32 = u64::BITS - LOW_BITS;

/// Number of smaller values that a register holds.
const REMEMBERED: u32 = 16;
/// The largest value. Each number of leading zeros has four values.
pub(super) const VALUE_MAX: u32 = 4 * ZEROS_MAX + 4;
/// Number of a hash's bits that determine a value: two, and those whose leading zeros are counted.
/// The chances of values are in units of 2⁻⁴⁰.
const VALUE_BITS: u32 = 2 + ZEROS_MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Register {
    /// The largest value so far, or 0 if there was none.
    pub(super) max: u32,
    /// Whether `max` - 1, `max` - 2 ... were seen, from the highest of sixteen bits on. The value 0
    /// counts as seen after the first value.
    pub(super) below: u32,
}

#[allow(
    clippy::arithmetic_side_effects,
    reason = "values are at most 255, chances at most 2^40, and every shift is bounded where it stands"
)]
impl Register {
    pub(super) fn read([low, high, max]: [u8; REGISTER]) -> Self {
        Self {
            max: u32::from(max),
            below: u32::from(low) | u32::from(high) << 8,
        }
    }

    pub(super) fn write(self) -> [u8; REGISTER] {
        let [low, high, ..] = self.below.to_le_bytes();
        let [max, ..] = self.max.to_le_bytes();
        [low, high, max]
    }

    /// Returns the register after this value. Returns `None` if it does not change.
    pub(super) fn with(self, value: u32) -> Option<Self> {
        if value > self.max {
            // The bit above the highest stands for `max` itself.
            let met = self.below | 1 << REMEMBERED;
            return Some(Self {
                max: value,
                below: met.checked_shr(value - self.max).unwrap_or(0),
            });
        }
        let bit = bit(self.max - value);
        (bit & !self.below != 0).then_some(Self {
            below: self.below | bit,
            ..self
        })
    }

    /// Returns the chance that a visitor of this register changes it, in 2⁻⁴⁰.
    pub(super) fn chance(self) -> u64 {
        let missed = (1..=REMEMBERED.min(self.max))
            .filter(|&back| bit(back) & self.below == 0)
            .map(|back| chance_of(self.max - back));
        missed.sum::<u64>() + chance_above(self.max)
    }

    /// Returns whether a series of values can lead to this register.
    pub(super) fn is_valid(self) -> bool {
        // The bits of the value 0 and of values below it, which do not exist.
        let zero = bit(self.max);
        let none = zero.saturating_sub(1);
        match self.max {
            0 => self.below == 0,
            1..=VALUE_MAX => self.below & zero == zero && self.below & none == 0,
            _ => false,
        }
    }
}

/// Returns the bit of the value this far below the largest. Returns 0 for the largest value and for
/// values more than sixteen below it.
fn bit(back: u32) -> u32 {
    let bit = (1_u32 << REMEMBERED).checked_shr(back).unwrap_or(0);
    bit & ((1 << REMEMBERED) - 1)
}

/// Returns the chance of a value, in 2⁻⁴⁰. It is 0 for the value 0.
#[allow(clippy::arithmetic_side_effects, reason = "the value is not 0")]
fn chance_of(value: u32) -> u64 {
    match value {
        0 => 0,
        // The maximum number of zeros: no set bit follows them.
        _ => 1 << (ZEROS_MAX.saturating_sub((value - 1) / 4 + 1)),
    }
}

/// Returns the chance of all larger values, in 2⁻⁴⁰.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "the value is neither 0 nor above the largest; at most 4 × 2^37 + 2^39"
)]
fn chance_above(value: u32) -> u64 {
    match value {
        0 => 1 << VALUE_BITS,
        VALUE_MAX.. => 0,
        _ => {
            let zeros = (value - 1) / 4;
            let with_as_many = u64::from(3 - (value - 1) % 4) * chance_of(value);
            // Of 2^40 hashes, half have no leading zero, a quarter have one, and so on. The last
            // value has the rest.
            let with_more = if zeros == ZEROS_MAX {
                0
            } else {
                1 << (VALUE_BITS - 1 - zeros)
            };
            with_as_many + with_more
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chances_of_all_values_make_a_whole() {
        assert_eq!((0..=VALUE_MAX).map(chance_of).sum::<u64>(), 1 << VALUE_BITS);
        for value in 0..=VALUE_MAX {
            let above: u64 = (value + 1..=VALUE_MAX).map(chance_of).sum();
            assert_eq!(chance_above(value), above, "{value}");
        }
    }

    #[test]
    fn a_register_remembers_the_largest_value_and_sixteen_below() {
        for values in [
            [1, 2, 3],
            [20, 4, 3],
            [4, 20, 5],
            [156, 140, 139],
            [17, 1, 1],
        ] {
            let mut register = Register { max: 0, below: 0 };
            for value in values {
                register = register.with(value).unwrap_or(register);
                assert!(register.is_valid(), "{values:?}: {register:?}");
                assert_eq!(register.with(value), None, "{values:?}");
                assert_eq!(Register::read(register.write()), register);
            }
            let max = values.into_iter().max().unwrap();
            let below = values
                .into_iter()
                .chain([0])
                .map(|value| bit(max - value))
                .fold(0, |a, b| a | b);
            assert_eq!(register, Register { max, below }, "{values:?}");
        }
    }

    #[test]
    fn the_chance_of_a_change_is_that_of_the_values_that_change_it() {
        let mut register = Register { max: 0, below: 0 };
        for value in [3, 1, 9, 7, 25, 24, 60, 50, 46, 44, 43, 156, 155] {
            register = register.with(value).unwrap_or(register);
            let changing = (1..=VALUE_MAX).filter(|&value| register.with(value).is_some());
            assert_eq!(
                register.chance(),
                changing.map(chance_of).sum::<u64>(),
                "{register:?}"
            );
        }
    }
}
