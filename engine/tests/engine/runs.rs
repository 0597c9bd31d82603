//! Runs of codes in use, as an import brings them: the counter gets past them without trying each,
//! and stays where it should.

use shorten_engine::code::Code;
use shorten_engine::code::base62::LIMIT;
use shorten_engine::code::slot_codes;
use shorten_engine::settings::Strategy;
use shorten_engine::{SetRequest, ShortenRequest};

use shorten_testkit::store::{World, crowd, fill};

const RUN: u64 = if cfg!(miri) { 300 } else { 60_000 };

/// What one call may look at: some hundred codes, and for each its shard and the pool's.
const LOOKS: usize = 3000;

fn occupy(world: &mut World, code: &Code) {
    let set = SetRequest {
        code: code.as_bytes(),
        url: b"https://example.org/",
        ..SetRequest::default()
    };
    assert!(world.engine().set(&set).unwrap());
}

fn occupy_numbers(world: &mut World, numbers: impl Iterator<Item = u64>) {
    for number in numbers {
        occupy(world, &Code::from_id(number).unwrap());
    }
}

/// The counter's next code, for a URL of slot 0.
fn next(world: &mut World) -> Code {
    let request = ShortenRequest {
        url: b"https://example.com/{06S}",
        new: true,
        strategy: Some(Strategy::Counter),
        ..ShortenRequest::default()
    };
    world.store.looks = 0;
    let code = world.engine().shorten(&request).unwrap();
    assert!(world.store.looks < LOOKS, "{} looks", world.store.looks);
    code
}

/// A world whose counter has given 1000, and goes on with 1001.
fn begun() -> World {
    let mut world = World::default();
    let request = ShortenRequest {
        url: b"https://example.com/",
        ..ShortenRequest::default()
    };
    assert_eq!(world.engine().shorten(&request).unwrap().as_str(), "g8");
    world
}

#[test]
fn a_run_of_taken_numbers_is_jumped_over_to_the_number_behind_it() {
    let mut world = begun();
    occupy_numbers(&mut world, 1001..1001 + RUN);
    for number in 1001 + RUN..1010 + RUN {
        assert_eq!(next(&mut world).id(), Some(number));
    }
}

#[test]
fn behind_a_run_of_any_length_is_the_next_number_whatever_places_were_tried() {
    let mut world = begun();
    let mut last = 1000;
    let lengths = [1, 255, 256, 257, 511, 512, 513, 995, 1000, 1023, 1025, 2030];
    let rounds = if cfg!(miri) { 1 } else { 20 };
    for length in lengths.iter().cycle().take(lengths.len() * rounds) {
        occupy_numbers(&mut world, last + 1..=last + length);
        let given = next(&mut world).id().unwrap();
        assert_eq!(given, last + length + 1, "behind a run of {length}");
        last = given;
    }
}

#[test]
fn a_number_passed_over_or_given_is_never_given_later() {
    let mut world = begun();
    let mut last: Code = Code::from_id(1000).unwrap();
    for run in 0..20 {
        // Runs with gaps here and there, some of them a little ahead of the counter.
        let begin = last.id().unwrap() + 1 + run % 3;
        let numbers = (begin..begin + RUN / 20).filter(|number| number % 700 != 0);
        occupy_numbers(&mut world, numbers);
        for _ in 0..3 {
            let code = next(&mut world);
            assert!(last.rank() < code.rank());
            last = code;
        }
        assert!(world.engine().delete(last.as_bytes()).unwrap());
        world.store.reload();
    }
}

#[test]
fn a_gap_near_the_beginning_of_a_run_is_used() {
    let mut world = begun();
    occupy_numbers(
        &mut world,
        (1001..1001 + RUN).filter(|number| number % 100 != 0),
    );
    assert_eq!(next(&mut world).id(), Some(1100));
    assert_eq!(next(&mut world).id(), Some(1200));
}

#[test]
fn aliases_far_away_do_not_move_the_counter_wherever_they_are() {
    let mut world = begun();
    occupy_numbers(&mut world, 1001..2001);
    // Where a search that doubled its stride would come by.
    for start in [1000, 1001, 2000, 2001] {
        for ahead in (0..47).map(|bits| 1_u64 << bits) {
            for number in [start + ahead, 256 * ahead, 255 * ahead + 1001] {
                if (2001..LIMIT).contains(&number) {
                    occupy_numbers(&mut world, std::iter::once(number));
                }
            }
        }
    }
    for alias in ["zzzzzzzz", "ZZZZZZZZ"] {
        occupy(&mut world, &Code::parse(alias.as_bytes()).unwrap());
    }
    let given = next(&mut world).id().unwrap();
    assert!((2001..6000).contains(&given), "{given}");
}

#[test]
fn codes_of_the_pool_are_jumped_over_like_links() {
    let first = 62_u64.pow(5);
    let mut world = World::with(&[("counter-start", &first.to_string())]);
    let codes: Vec<Code> = (first..first + RUN / 10)
        .map(|number| Code::from_id(number).unwrap())
        .collect();
    for codes in codes.chunks(1000) {
        world.engine().apply(0, &fill(codes)).unwrap();
    }
    let request = ShortenRequest {
        url: b"https://example.com/",
        strategy: Some(Strategy::Counter),
        ..ShortenRequest::default()
    };
    let code = world.engine().shorten(&request).unwrap();
    assert_eq!(code.id(), Some(first + RUN / 10));
}

#[test]
#[cfg_attr(miri, ignore = "sorts 238,328 suffixes")]
fn a_run_of_a_slots_walk_is_jumped_over_in_a_cluster() {
    let mut world = World::default();
    world.store.cluster = true;
    let run = crowd(20_000);
    run.iter().for_each(|code| occupy(&mut world, code));
    let mut last = *run.last().unwrap();
    for _ in 0..10 {
        let code = next(&mut world);
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
    let mut world = World::with(&[("counter-start", &first.to_string())]);
    occupy_numbers(&mut world, first..LIMIT);
    let request = ShortenRequest {
        url: b"https://example.com/",
        ..ShortenRequest::default()
    };
    world.store.looks = 0;
    let error = world.engine().shorten(&request).unwrap_err().to_string();
    assert!(error.starts_with("ERR the counter is exhausted"), "{error}");
    // Once through all shards for a counter that has no memory, beside the search.
    assert!(world.store.looks < 16_384 + LOOKS);
}
