//! One register of an ExaLogLog: the largest value that it met, and which of the sixteen below it.

/// Bytes of a register.
pub(super) const REGISTER: usize = 3;
/// How many low bits of the hash a token has as they are; of the rest it knows the number of leading zeros.
pub(super) const LOW_BITS: u32 = 26;
/// The most leading zeros that 38 bits have.
pub(super) const ZEROS_MAX: u32 = u64::BITS - LOW_BITS;

/// How many smaller values a register remembers.
const REMEMBERED: u32 = 16;
/// The largest value: four to each number of leading zeros.
pub(super) const VALUE_MAX: u32 = 4 * ZEROS_MAX + 4;
/// How many bits of a hash make a value: two, and those whose leading zeros are counted. Chances of values count in 2⁻⁴⁰.
const VALUE_BITS: u32 = 2 + ZEROS_MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Register {
    /// The largest value so far; 0 if there was none.
    pub(super) max: u32,
    /// From the highest of sixteen bits on: whether `max` - 1, `max` - 2 ... were met. The value 0 counts as met, by whoever is first.
    pub(super) below: u32,
}

#[allow(
    clippy::arithmetic_side_effects,
    reason = "values are at most 255, chances at most 2^40, and every shift is bounded beside it"
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

    /// After it met this value; none if that makes no difference.
    pub(super) fn with(self, value: u32) -> Option<Self> {
        if value > self.max {
            // The bit before the highest stands for `max` itself.
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

    /// The chance that somebody who falls upon it changes it, in 2⁻⁴⁰.
    pub(super) fn chance(self) -> u64 {
        let missed = (1..=REMEMBERED.min(self.max))
            .filter(|&back| bit(back) & self.below == 0)
            .map(|back| chance_of(self.max - back));
        missed.sum::<u64>() + chance_above(self.max)
    }

    /// Whether values could have made it.
    pub(super) fn is_valid(self) -> bool {
        // The value 0 and those under it, which are none.
        let zero = bit(self.max);
        let none = zero.saturating_sub(1);
        match self.max {
            0 => self.below == 0,
            1..=VALUE_MAX => self.below & zero == zero && self.below & none == 0,
            _ => false,
        }
    }
}

/// The bit of the value this far below the largest: none for the largest itself and for those more than sixteen below.
fn bit(back: u32) -> u32 {
    let bit = (1_u32 << REMEMBERED).checked_shr(back).unwrap_or(0);
    bit & ((1 << REMEMBERED) - 1)
}

/// The chance of a value, in 2⁻⁴⁰. The value 0 has none.
#[allow(clippy::arithmetic_side_effects, reason = "the value is not 0")]
fn chance_of(value: u32) -> u64 {
    match value {
        0 => 0,
        // As many zeros as that are all there are: no bit set follows them.
        _ => 1 << (ZEROS_MAX.saturating_sub((value - 1) / 4 + 1)),
    }
}

/// The chance of all larger values, in 2⁻⁴⁰.
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
            // Of 2^40: a half has none, a quarter one, ...; the last has all.
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
