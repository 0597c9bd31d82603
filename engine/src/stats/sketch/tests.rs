#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "numbers of the tests' own making"
)]

use std::collections::HashSet;

use proptest::prelude::*;

use super::register::VALUE_MAX;
use super::*;

/// SplitMix64: hashes of visitors 1, 2, 3 ...
struct Hashes(u64);

impl Iterator for Hashes {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(z ^ (z >> 31))
    }
}

/// Returns hashes that differ from those of other seeds.
fn hashes(seed: u64) -> Hashes {
    Hashes(Hashes(seed).next().unwrap())
}

fn sketch_of(tokens: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut sketch = Vec::new();
    for token in tokens {
        insert(&mut sketch, 0, token);
    }
    sketch
}

/// Returns the bias and the root mean square of the errors of many sketches, in percent, after each
/// of these numbers of visitors.
fn errors(sketches: u64, marks: &[u32]) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); marks.len()];
    for seed in 0..sketches {
        let mut sketch = Vec::new();
        let mut hashes = hashes(seed);
        let mut seen = 0;
        for (&mark, (sum, squares)) in marks.iter().zip(&mut sums) {
            for hash in hashes.by_ref().take((mark - seen) as usize) {
                insert(&mut sketch, 0, token(hash));
            }
            seen = mark;
            let error = 100.0 * (estimate(&sketch) as f64 / f64::from(mark) - 1.0);
            *sum += error;
            *squares += error * error;
        }
        assert!(is_valid(&sketch), "seed {seed}");
        assert_eq!(sketch.len(), DENSE_LEN);
    }
    let mean = |sum: f64| sum / sketches as f64;
    sums.into_iter()
        .map(|(sum, squares)| (mean(sum), mean(squares).sqrt()))
        .collect()
}

fn check_errors(sketches: u64, marks: &[u32]) {
    for (mark, (bias, rms)) in marks.iter().zip(errors(sketches, marks)) {
        println!("{mark:>10} visitors: error {rms:.3} %, bias {bias:+.3} % ({sketches} sketches)");
        // Three standard errors of a mean whose terms have an error of 1.23 %, and some tolerance
        // for that figure itself.
        let leeway = 3.0 * 1.23 / (sketches as f64).sqrt();
        assert!(bias.abs() < leeway, "{mark}: bias {bias} %");
        assert!(
            rms < 1.23 + leeway / std::f64::consts::SQRT_2,
            "{mark}: error {rms} %"
        );
        assert!(rms < 1.5, "{mark}: error {rms} %");
    }
}

#[test]
#[cfg_attr(miri, ignore = "two hundred million visitors")]
fn counts_err_by_less_than_one_and_a_half_per_cent_up_to_a_million_visitors() {
    check_errors(200, &[1_000, 10_000, 100_000, 1_000_000]);
}

#[test]
#[ignore = "a minute or two"]
fn counts_err_by_less_than_one_and_a_half_per_cent_up_to_twenty_million_visitors() {
    check_errors(
        5_000,
        &[600, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000],
    );
    check_errors(100, &[1_000_000, 20_000_000]);
}

#[test]
fn a_list_counts_exactly_and_turning_it_into_registers_keeps_the_count() {
    let (mut sketch, mut seen) = (Vec::new(), HashSet::new());
    for token in hashes(1).map(token) {
        assert!(insert(&mut sketch, 0, token));
        seen.insert(token);
        assert_eq!(estimate(&sketch), seen.len() as u64);
        assert!(sketch.len() <= DENSE_LEN);
        assert!(is_valid(&sketch));
        if sketch[0] == DENSE {
            break;
        }
    }
    assert_eq!(seen.len(), SPARSE_MAX + 1);
    assert_eq!(sketch.len(), 2_321);
}

#[test]
fn the_order_of_a_list_s_visitors_makes_no_difference() {
    let tokens: Vec<_> = hashes(2).map(token).take(SPARSE_MAX).collect();
    let forwards = sketch_of(tokens.iter().copied());
    assert_eq!(sketch_of(tokens.iter().rev().copied()), forwards);
    assert_eq!(forwards[0], SPARSE);
}

#[test]
fn a_returning_visitor_changes_nothing() {
    let most = if cfg!(miri) { 1_000 } else { 100_000 };
    let tokens: Vec<_> = hashes(3).map(token).take(most).collect();
    let mut sketch = Vec::new();
    for (count, &token) in tokens.iter().enumerate() {
        let before = sketch.clone();
        let changed = insert(&mut sketch, 0, token);
        assert_eq!(changed, before != sketch);
        assert!(!insert(&mut sketch, 0, token));
        assert!(!insert(&mut sketch, 0, tokens[count / 2]));
    }
    let before = sketch.clone();
    assert!(!tokens.iter().any(|&token| insert(&mut sketch, 0, token)));
    assert_eq!(sketch, before);
}

#[test]
fn the_chance_of_a_change_is_kept_to_the_last_bit() {
    let mut sketch = sketch_of(hashes(4).map(token).take(1_000));
    for token in hashes(5)
        .map(token)
        .take(if cfg!(miri) { 100 } else { 20_000 })
    {
        insert(&mut sketch, 0, token);
        let dense = Dense::of(&mut sketch[1..]).unwrap();
        let kept = u64::from_le_bytes(*dense.chance);
        assert_eq!(u128::from(kept), dense.chance_by_registers());
    }
}

#[test]
fn the_registers_share_all_hashes_almost_equally() {
    let shares = || (0..REGISTERS).map(share);
    assert_eq!(shares().sum::<u32>(), 1 << INDEX_BITS);
    assert!(shares().max().unwrap() - shares().min().unwrap() <= 1);
    for index in 0..REGISTERS {
        let first: u32 = (0..index).map(share).sum();
        assert_eq!(place(first << 6).0, index);
        assert_eq!(place((first + share(index) - 1) << 6).0, index);
    }
}

#[test]
fn a_token_says_what_its_hash_says() {
    assert_eq!(token(0), ZEROS_MAX);
    assert_eq!(token(u64::MAX), u32::MAX << 6);
    assert_eq!(token(1 << 26 | 5), 5 << 6 | 37);
    assert_eq!(place(token(0)), (0, 4 * ZEROS_MAX + 1));
    assert_eq!(place(token(3 << 24)), (0, VALUE_MAX));
    assert_eq!(place(token(u64::MAX)), (REGISTERS - 1, 4));
}

#[test]
fn what_stands_before_a_sketch_is_left_alone() {
    let tokens: Vec<_> = hashes(6).map(token).take(700).collect();
    let alone = sketch_of(tokens.iter().copied());
    let mut bytes = b"before".to_vec();
    for &token in &tokens {
        insert(&mut bytes, 6, token);
    }
    assert_eq!(&bytes[..6], b"before");
    assert_eq!(bytes[6..], alone);
    assert!(!insert(&mut bytes, 1 << 20, 1), "a start behind the end");
}

#[test]
fn a_sketch_that_no_visits_build_is_invalid() {
    let list = sketch_of([1 << 6, 2 << 6, 3 << 6]);
    let registers = sketch_of(hashes(7).map(token).take(2_000));
    let broken = |sketch: &[u8], change: fn(&mut Vec<u8>)| {
        let mut sketch = sketch.to_vec();
        change(&mut sketch);
        !is_valid(&sketch)
    };
    assert!(is_valid(&[]) && is_valid(&list) && is_valid(&registers));
    assert!(broken(&list, |it| it[0] = 0), "a form there is not");
    assert!(broken(&list, |it| it.truncate(1)), "an empty list");
    assert!(broken(&list, |it| it.truncate(12)), "cut short");
    assert!(broken(&list, |it| it[7] = 64), "twice the same");
    assert!(
        broken(&list, |it| it[12] |= 39),
        "more zeros than there are"
    );
    assert!(broken(&list, |it| it[0] = DENSE), "a list called registers");
    assert!(broken(&registers, |it| it.push(0)), "too long");
    assert!(
        broken(&registers, |it| it.truncate(DENSE_LEN - 1)),
        "cut short"
    );
    assert!(broken(&registers, |it| it[1] ^= 1), "another chance");
    assert!(
        broken(&registers, |it| it[9..17].fill(0)),
        "a count below a list's"
    );
    assert!(
        broken(&registers, |it| it[19] = 157),
        "a value there is not"
    );
    let long = (0..=SPARSE_MAX as u32).flat_map(|token| (token << 6).to_be_bytes());
    assert!(!is_valid(
        &[SPARSE].into_iter().chain(long).collect::<Vec<_>>()
    ));
    let nobody = [DENSE].into_iter().chain([0xff; 16]).chain([0; 2304]);
    assert!(!is_valid(&nobody.collect::<Vec<_>>()));
}

#[test]
fn a_saturated_sketch_keeps_counting() {
    let mut sketch = sketch_of((0..=SPARSE_MAX as u32).map(|token| token << 6));
    let every = (0..REGISTERS).flat_map(|index| {
        let first: u32 = (0..index).map(share).sum();
        (0..4).flat_map(move |bits| {
            (0..=ZEROS_MAX).map(move |zeros| (bits << 24 | first) << 6 | zeros)
        })
    });
    for token in every {
        insert(&mut sketch, 0, token);
    }
    assert!(is_valid(&sketch));
    assert_eq!(sketch[1..9], [0; 8], "no chance of a change is left");
    assert!(estimate(&sketch) > 1 << 40);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 200 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_sketch_counts_as_a_set_of_tokens_does(seed in any::<u64>(), crowd in 1_u64..3_000, visits in 0_usize..if cfg!(miri) { 800 } else { 6_000 }) {
        let (mut sketch, mut seen) = (Vec::new(), HashSet::new());
        for hash in hashes(seed).take(visits) {
            let token = token(hashes(hash % crowd).next().unwrap());
            let fresh = seen.insert(token);
            let changed = insert(&mut sketch, 0, token);
            prop_assert!(fresh || !changed, "seen before");
            if seen.len() <= SPARSE_MAX + 1 {
                prop_assert_eq!(fresh, changed);
                prop_assert_eq!(estimate(&sketch), seen.len() as u64);
            }
        }
        prop_assert!(is_valid(&sketch));
        let (count, truth) = (estimate(&sketch) as f64, seen.len() as f64);
        prop_assert!((count - truth).abs() <= 0.07 * truth, "{} for {}", count, truth);
    }

    #[test]
    fn broken_sketches_never_fault(seed in any::<u64>(), visitors in 0_usize..1_500, hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), cut in any::<prop::sample::Index>()) {
        let mut sketch = sketch_of(hashes(seed).map(token).take(visitors));
        for (at, byte) in hits {
            if !sketch.is_empty() {
                let at = at.index(sketch.len());
                sketch[at] = byte;
            }
        }
        if seed % 4 == 0 {
            sketch.truncate(cut.index(sketch.len() + 1));
        }
        let sound = is_valid(&sketch);
        for hash in hashes(!seed).take(if cfg!(miri) { 20 } else { 700 }) {
            insert(&mut sketch, 0, token(hash));
            insert(&mut sketch, 0, hash as u32);
            estimate(&sketch);
        }
        prop_assert!(is_valid(&sketch) || !sound, "what is sound stays so");
    }
}
