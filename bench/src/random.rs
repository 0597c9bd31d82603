//! Reproducible pseudo-random numbers.

/// Splitmix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(mix(seed))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Returns a number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// Returns a number from `least` to `most`.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Permutes the numbers below 2^bits. Higher bits are unchanged.
pub(crate) fn scatter(n: u64, bits: u32) -> u64 {
    let mask = (1 << bits) - 1;
    let (above, mut low) = (n & !mask, n & mask);
    // Multiplication by odd factors and XOR with right shifts are invertible.
    low = low.wrapping_mul(0x9e37_79b9_7f4a_7c15) & mask;
    low ^= low >> (bits / 2);
    low = low.wrapping_mul(0xbf58_476d_1ce4_e5b9) & mask;
    low ^= low >> (bits / 2);
    above | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scattering_is_a_permutation() {
        for bits in [8, 13, 16] {
            let mut all: Vec<u64> = (0..1 << bits).map(|n| scatter(n, bits)).collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..1 << bits));
        }
    }
}
