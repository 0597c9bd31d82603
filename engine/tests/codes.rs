//! The rules of codes against naive versions, over random values.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "in a test a panic is the right answer, and its name is its promise"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use shorten_engine::code::base62::{self, ALPHABET, LIMIT};
use shorten_engine::code::{Code, RANK_LIMIT, SHORT_RANKS};
use shorten_engine::code::{md5, slot};
use shorten_engine::error::Error;
use shorten_engine::settings::{DEFINITIONS, Kind, Settings};

/// A few cases under Miri, which is some hundred times slower. There is no file of failures: the
/// message has the seed.
fn config() -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 8 } else { 2000 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn naive_digits(mut number: u64) -> String {
    let mut digits = vec![];
    loop {
        digits.insert(
            0,
            char::from(ALPHABET[usize::try_from(number % 62).unwrap()]),
        );
        number /= 62;
        if number == 0 {
            return digits.into_iter().collect();
        }
    }
}

fn naive_crc(bytes: &[u8]) -> u16 {
    let mut crc = 0_u16;
    for &byte in bytes {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            };
        }
    }
    crc
}

/// The wording of the specification: the first `{`, the first `}` after it, something between them.
fn naive_slot(key: &[u8]) -> u16 {
    if let Some(open) = key.iter().position(|&byte| byte == b'{')
        && let Some(close) = key[open + 1..].iter().position(|&byte| byte == b'}')
        && close > 0
    {
        return naive_crc(&key[open + 1..open + 1 + close]) % 16_384;
    }
    naive_crc(key) % 16_384
}

/// By length, then by the digits' order in the alphabet.
fn order(code: &Code) -> (usize, Vec<usize>) {
    let place = |byte: &u8| ALPHABET.iter().position(|digit| digit == byte).unwrap();
    (
        code.as_bytes().len(),
        code.as_bytes().iter().map(place).collect(),
    )
}

fn parse(text: &str) -> Code {
    Code::parse(text.as_bytes()).unwrap()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn base62_agrees_with_division_by_hand_and_comes_back(number in prop_oneof![0..LIMIT, 0..100_000_u64]) {
        let digits = naive_digits(number);
        prop_assert_eq!(base62::len(number), digits.len());
        prop_assert_eq!(base62::encode(number), Some(digits.clone()));
        prop_assert_eq!(base62::decode(digits.as_bytes()), Some(number));
        let code = Code::from_id(number).unwrap();
        prop_assert_eq!(code.as_str(), &digits);
        prop_assert_eq!(code.id(), Some(number));
        prop_assert_eq!(Code::from_id(number.saturating_add(LIMIT)), None);
    }

    #[test]
    fn a_fixed_width_code_is_the_number_with_zeros_before_it(number in any::<u64>(), shift in 0..64_u32, len in 0..12_usize) {
        let number = number >> shift;
        let digits = naive_digits(number);
        let expected = ((1..=8).contains(&len) && digits.len() <= len).then(|| parse(&format!("{digits:0>len$}")));
        prop_assert_eq!(Code::fixed(number, len), expected);
        prop_assert_eq!(Code::from_hash(number), parse(&format!("{:0>8}", naive_digits(number % LIMIT))));
    }

    #[test]
    fn ranks_and_short_codes_are_one_to_one_and_in_order(left in "[0-9a-zA-Z]{1,8}", right in "[0-9a-zA-Z]{1,8}", rank in 0..SHORT_RANKS) {
        let (left, right) = (parse(&left), parse(&right));
        prop_assert!(left.is_short() && left.rank() < SHORT_RANKS);
        prop_assert_eq!(Code::from_rank(left.rank()), Some(left));
        prop_assert_eq!(Code::from_rank(rank).map(|code| code.rank()), Some(rank));
        prop_assert_eq!(left.rank().cmp(&right.rank()), order(&left).cmp(&order(&right)));
    }

    #[test]
    fn other_codes_have_ranks_no_short_code_has(text in "[0-9A-Za-z_-]{9,64}|[0-9A-Za-z]{0,3}[_-][0-9A-Za-z]{0,3}") {
        let code = parse(&text);
        prop_assert!(!code.is_short());
        prop_assert!((SHORT_RANKS..RANK_LIMIT).contains(&code.rank()));
        prop_assert_eq!(Code::from_rank(code.rank()), None);
    }

    #[test]
    fn a_code_is_accepted_by_the_pattern_alone(bytes in prop_oneof![vec(any::<u8>(), 0..70), "[0-9A-Za-z_-]{0,70}".prop_map(String::into_bytes)]) {
        let allowed = (1..=64).contains(&bytes.len()) && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte));
        let parsed = Code::parse(&bytes);
        prop_assert_eq!(Code::from_bytes(&bytes), parsed.clone().ok());
        match parsed {
            Ok(code) => prop_assert!(allowed && code.as_bytes() == bytes && code.slot() == slot::of(&bytes)),
            Err(error) => prop_assert!(!allowed && matches!(error, Error::BadCode(_))),
        }
    }

    #[test]
    fn the_crc_agrees_with_the_bitwise_one(bytes in vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(slot::crc16(&bytes), naive_crc(&bytes));
    }

    #[test]
    fn the_slot_agrees_with_the_specification(key in prop_oneof![vec(any::<u8>(), 0..40), "[{}a]{0,12}".prop_map(String::into_bytes)]) {
        prop_assert_eq!(slot::of(&key), naive_slot(&key));
    }

    #[test]
    fn a_hash_code_is_computed_from_the_hex_digits(url in vec(any::<u8>(), 0..100), round in prop_oneof![0..12_u64, any::<u64>()]) {
        let mut hashed = url.clone();
        if round > 0 {
            hashed.extend(round.to_string().bytes());
        }
        let hex = String::from_utf8(md5::md5_hex(&hashed).to_vec()).unwrap();
        let part = |range: std::ops::Range<usize>| u64::from_str_radix(&hex[range], 16).unwrap();
        let folded = part(0..10) ^ part(10..22) ^ part(22..32);
        prop_assert_eq!(md5::fold(&url, round), folded);
        prop_assert_eq!(Code::from_hash(md5::fold(&url, round)), parse(&format!("{:0>8}", naive_digits(folded % LIMIT))));
    }

    #[test]
    fn an_error_line_is_printable_whatever_was_given(value in vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&value).into_owned();
        for error in [Error::bad_url("x", &value), Error::bad_code("x", &value), Error::code_taken(&value), Error::wrong_type(&value), Error::other(text)] {
            let line = error.to_string();
            prop_assert!(line.starts_with(error.word()) && !line.chars().any(char::is_control), "{:?}", line);
            prop_assert!(line.chars().count() <= shorten_engine::error::LINE_MAX);
        }
    }

    #[test]
    fn a_setting_returns_the_value_it_was_set_to_or_is_unchanged(
        which in 0..DEFINITIONS.len(),
        text in prop_oneof![any::<String>(), any::<u64>().prop_map(|n| n.to_string()), "[a-z ,]{0,20}", "https?://[a-z.]{1,9}(:[0-9]{1,5})?/[a-z/.%]{0,9}"],
    ) {
        let definition = &DEFINITIONS[which];
        let mut settings = Settings::default();
        match settings.set(definition.name, &text) {
            Ok(()) => {
                let read = settings.get(definition.name).unwrap();
                let mut again = Settings::default();
                prop_assert_eq!(again.set(definition.name, &read), Ok(()));
                prop_assert_eq!(&again, &settings);
                if let Kind::Number { min, max } = definition.kind {
                    prop_assert!((min..=max).contains(&text.parse().unwrap()));
                }
            }
            Err(reason) => {
                prop_assert!(reason.starts_with(definition.name) && !reason.chars().any(char::is_control), "{:?}", reason);
                prop_assert_eq!(&settings, &Settings::default());
            }
        }
    }
}
