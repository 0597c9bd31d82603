//! Runs of codes in use, as after an import: the counter passes them without trying each, and does
//! not jump too far.

use shorten_engine::code::Code;
use shorten_engine::code::base62::LIMIT;
use shorten_engine::code::slot_codes;
use shorten_engine::settings::Strategy;
use shorten_engine::{SetRequest, ShortenRequest};

use shorten_testkit::store::{Database, crowd, fill};

const RUN: u64 = if cfg!(miri) { 300 } else { 60_000 };

/// Maximum number of lookups of a call: some hundred codes, each with its shard and the pool's.
const LOOKS: usize = 3000;

fn occupy(database: &mut Database, code: &Code) {
    let set = SetRequest {
        code: code.as_bytes(),
        url: b"https://example.org/",
        ..SetRequest::default()
    };
    assert!(database.engine().set(&set).unwrap());
}

fn occupy_numbers(database: &mut Database, numbers: impl Iterator<Item = u64>) {
    for number in numbers {
        occupy(database, &Code::from_id(number).unwrap());
    }
}

/// The counter's next code, for a URL of slot 0.
fn next(database: &mut Database) -> Code {
    let request = ShortenRequest {
        url: b"https://example.com/{06S}",
        new: true,
        strategy: Some(Strategy::Counter),
        ..ShortenRequest::default()
    };
    database.store.looks = 0;
    let code = database.engine().shorten(&request).unwrap();
    assert!(
        database.store.looks < LOOKS,
        "{} looks",
        database.store.looks
    );
    code
}

/// A database whose counter has issued 1000 and continues with 1001.
fn begun() -> Database {
    let mut database = Database::default();
    let request = ShortenRequest {
        url: b"https://example.com/",
        ..ShortenRequest::default()
    };
    assert_eq!(database.engine().shorten(&request).unwrap().as_str(), "g8");
    database
}

#[test]
fn a_run_of_used_numbers_is_skipped_to_the_number_after_it() {
    let mut database = begun();
    occupy_numbers(&mut database, 1001..1001 + RUN);
    for number in 1001 + RUN..1010 + RUN {
        assert_eq!(next(&mut database).id(), Some(number));
    }
}

#[test]
fn the_next_number_follows_a_run_of_any_length_whatever_positions_are_probed() {
    let mut database = begun();
    let mut last = 1000;
    let lengths = [1, 255, 256, 257, 511, 512, 513, 995, 1000, 1023, 1025, 2030];
    let rounds = if cfg!(miri) { 1 } else { 20 };
    for length in lengths.iter().cycle().take(lengths.len() * rounds) {
        occupy_numbers(&mut database, last + 1..=last + length);
        let given = next(&mut database).id().unwrap();
        assert_eq!(given, last + length + 1, "behind a run of {length}");
        last = given;
    }
}

#[test]
fn a_skipped_or_issued_number_is_never_issued_later() {
    let mut database = begun();
    let mut last: Code = Code::from_id(1000).unwrap();
    for run in 0..20 {
        // Runs with a few gaps, some of them a little ahead of the counter.
        let begin = last.id().unwrap() + 1 + run % 3;
        let numbers = (begin..begin + RUN / 20).filter(|number| number % 700 != 0);
        occupy_numbers(&mut database, numbers);
        for _ in 0..3 {
            let code = next(&mut database);
            assert!(last.rank() < code.rank());
            last = code;
        }
        assert!(database.engine().delete(last.as_bytes()).unwrap());
        database.store.reload();
    }
}

#[test]
fn a_gap_near_the_beginning_of_a_run_is_used() {
    let mut database = begun();
    occupy_numbers(
        &mut database,
        (1001..1001 + RUN).filter(|number| number % 100 != 0),
    );
    assert_eq!(next(&mut database).id(), Some(1100));
    assert_eq!(next(&mut database).id(), Some(1200));
}

#[test]
fn aliases_far_away_do_not_move_the_counter_wherever_they_are() {
    let mut database = begun();
    occupy_numbers(&mut database, 1001..2001);
    // Positions that a search with a doubling stride would reach.
    for start in [1000, 1001, 2000, 2001] {
        for ahead in (0..47).map(|bits| 1_u64 << bits) {
            for number in [start + ahead, 256 * ahead, 255 * ahead + 1001] {
                if (2001..LIMIT).contains(&number) {
                    occupy_numbers(&mut database, std::iter::once(number));
                }
            }
        }
    }
    for alias in ["zzzzzzzz", "ZZZZZZZZ"] {
        occupy(&mut database, &Code::parse(alias.as_bytes()).unwrap());
    }
    let given = next(&mut database).id().unwrap();
    assert!((2001..6000).contains(&given), "{given}");
}

#[test]
fn codes_of_the_pool_are_skipped_like_links() {
    let first = 62_u64.pow(5);
    let mut database = Database::with(&[("counter-start", &first.to_string())]);
    let codes: Vec<Code> = (first..first + RUN / 10)
        .map(|number| Code::from_id(number).unwrap())
        .collect();
    for codes in codes.chunks(1000) {
        database.engine().apply(0, &fill(codes)).unwrap();
    }
    let request = ShortenRequest {
        url: b"https://example.com/",
        strategy: Some(Strategy::Counter),
        ..ShortenRequest::default()
    };
    let code = database.engine().shorten(&request).unwrap();
    assert_eq!(code.id(), Some(first + RUN / 10));
}

#[test]
#[cfg_attr(miri, ignore = "sorts 238,328 suffixes")]
fn a_run_of_a_slots_codes_is_skipped_in_a_cluster() {
    let mut database = Database::default();
    database.store.cluster = true;
    let run = crowd(20_000);
    run.iter().for_each(|code| occupy(&mut database, code));
    let mut last = *run.last().unwrap();
    for _ in 0..10 {
        let code = next(&mut database);
        assert_eq!(
            Some(code),
            slot_codes::next_code_in_slot(0, last.rank() + 1)
        );
        last = code;
    }
}

#[test]
fn a_counter_at_its_end_with_all_numbers_in_use_says_so_at_once() {
    let first = LIMIT - RUN;
    let mut database = Database::with(&[("counter-start", &first.to_string())]);
    occupy_numbers(&mut database, first..LIMIT);
    let request = ShortenRequest {
        url: b"https://example.com/",
        ..ShortenRequest::default()
    };
    database.store.looks = 0;
    let error = database.engine().shorten(&request).unwrap_err().to_string();
    assert!(error.starts_with("ERR the counter is exhausted"), "{error}");
    // One pass over all shards for a counter without state, in addition to the search.
    assert!(database.store.looks < 16_384 + LOOKS);
}
