use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;

use super::*;

/// The beginning of an hour in 2026, Unix ms.
const NOON: u64 = 1_790_000_400_000 / HOUR_MS * HOUR_MS;

/// A visit at the settings' defaults.
const KEPT: VisitSample<'static> = VisitSample {
    time: NOON,
    bot: false,
    days: 60,
    hours: 48,
    visitor: None,
    names: [b""; 8],
};

#[track_caller]
fn assert_valid(stats: &VisitStats) {
    let read = VisitStats::from_bytes(stats.as_bytes()).expect("what was built is sound");
    assert_eq!(read.as_bytes(), stats.as_bytes());
}

fn named(dimension: Dimension, name: &[u8]) -> VisitSample<'_> {
    let mut visit = KEPT;
    visit.names[dimension as usize] = name;
    visit
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 64 }, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hours_are_counted_as_in_a_map_that_forgets_the_oldest(keep in 1_u16..20, visits in prop::collection::vec(0_u64..60, 0..if cfg!(miri) { 20 } else { 300 })) {
        let (mut stats, mut model) = (VisitStats::new(), BTreeMap::new());
        for hour in visits {
            let time = NOON + hour * HOUR_MS;
            stats.add(&VisitSample { time, hours: keep, ..KEPT });
            let newest = model.last_key_value().map_or(0, |(&newest, _)| newest);
            if time + u64::from(keep) * HOUR_MS > newest {
                *model.entry(time).or_insert(0) += 1;
                let newest = newest.max(time);
                model.retain(|&time, _| time + u64::from(keep) * HOUR_MS > newest);
            }
            prop_assert!(stats.hours().eq(model.iter().map(|(&time, &count)| (time, count))));
        }
        assert_valid(&stats);
    }

    #[test]
    fn a_list_never_counts_too_little_and_at_most_its_error_too_much(visits in prop::collection::vec((0_u32..40, 0_u32..40), 0..if cfg!(miri) { 40 } else { 2_000 })) {
        let (mut stats, mut model) = (VisitStats::new(), BTreeMap::new());
        let total = visits.len() as u64;
        for (a, b) in visits {
            // Small numbers are frequent, and names have all lengths.
            let name = format!("{:01$}", a.min(b), 1 + (a.min(b) * 7 % 40) as usize);
            stats.add(&named(Dimension::City, name.as_bytes()));
            *model.entry(name.into_bytes()).or_insert(0) += 1;
        }
        let top = stats.top(Dimension::City);
        prop_assert_eq!(top.known, total);
        let rows: BTreeMap<_, _> = top.rows().collect();
        for (name, &truth) in &model {
            match rows.get(name.as_slice()) {
                Some(&count) => prop_assert!(truth <= count && count <= truth + top.floor, "{truth} {count} {}", top.floor),
                None => prop_assert!(truth <= top.floor, "{truth} {}", top.floor),
            }
        }
        let counts: Vec<u64> = top.rows().map(|row| row.1).collect();
        prop_assert!(counts.is_sorted_by(|one, next| one >= next));
        prop_assert!(stats.sections.bytes_of(LISTS + Dimension::City as usize).len() <= Dimension::City.budget());
        assert_valid(&stats);
    }

    #[test]
    fn sections_do_not_disturb_each_other(visits in prop::collection::vec((0_usize..8, 0_u64..30, any::<u64>(), 0_u64..100), 0..if cfg!(miri) { 20 } else { 500 })) {
        let mut stats = VisitStats::new();
        let mut days = BTreeMap::new();
        let mut known = [0; 8];
        let mut visitors = HashSet::new();
        for (dimension, name, visitor, hour) in visits {
            let name = format!("name-{name}");
            let time = NOON + hour * HOUR_MS;
            let visitor = sketch::token((visitor % 50).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            stats.add(&VisitSample { time, visitor: Some(visitor), ..named(Dimension::ALL[dimension], name.as_bytes()) });
            stats.set_bots(hour);
            prop_assert_eq!(stats.bots(), hour);
            *days.entry(time / DAY_MS * DAY_MS).or_insert(0) += 1;
            known[dimension] += 1;
            visitors.insert(visitor);
        }
        prop_assert!(stats.days().eq(days));
        prop_assert_eq!(Dimension::ALL.map(|dimension| stats.top(dimension).known), known);
        prop_assert_eq!(stats.visitors(), visitors.len() as u64);
        assert_valid(&stats);
    }

    #[test]
    fn untrusted_bytes_are_refused_or_valid(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in any::<prop::sample::Index>()) {
        let mut stats = VisitStats::new();
        for number in 0..40_u64 {
            let name = format!("name-{}", number % 20);
            stats.add(&VisitSample { time: NOON + number * HOUR_MS, visitor: Some(sketch::token(number << 40 | number)), names: [name.as_bytes(); 8], ..KEPT });
        }
        let mut bytes = stats.as_bytes().to_vec();
        for (at, byte) in flips {
            *at.get_mut(&mut bytes) = byte;
        }
        for bytes in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            if let Some(mut stats) = VisitStats::from_bytes(bytes) {
                stats.add(&VisitSample { visitor: Some(7), names: [b"another"; 8], ..KEPT });
                stats.visitors();
                assert_valid(&stats);
            }
        }
    }
}

#[test]
fn totals_stay_when_days_and_hours_have_passed() {
    let mut stats = VisitStats::new();
    stats.set_bots(3);
    stats.note_time(NOON);
    stats.add(&KEPT);
    stats.add(&VisitSample {
        time: NOON + 1000 * DAY_MS,
        ..KEPT
    });
    stats.note_time(NOON + 1000 * DAY_MS);
    assert_eq!((stats.days().count(), stats.hours().count()), (1, 1));
    assert_eq!((stats.first(), stats.bots()), (NOON, 3));
    stats.note_time(NOON - 5);
    assert_eq!(
        stats.first(),
        NOON - 5,
        "a visit that is told of later was earlier"
    );
}

#[test]
fn a_link_visited_by_everyone_takes_about_four_kibibytes() {
    let mut stats = VisitStats::new();
    let mut state = 1_u64;
    let most = if cfg!(miri) { 400 } else { 200_000 };
    for number in 0..most {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let name = format!("{:01$}", state >> 50, 2 + (state >> 59) as usize);
        stats.add(&VisitSample {
            time: NOON + number * 90 * DAY_MS / most,
            visitor: Some(sketch::token(state ^ state >> 29)),
            names: [name.as_bytes(); 8],
            ..KEPT
        });
    }
    let size = stats.as_bytes().len();
    assert!(size <= 4_300, "{size} bytes");
    assert!(stats.heap_size() <= 5_120, "{} bytes", stats.heap_size());
    if !cfg!(miri) {
        let visitors = stats.visitors() as f64 / most as f64;
        assert!((0.95..1.05).contains(&visitors), "{visitors}");
    }
    assert_valid(&stats);
}

#[test]
fn a_link_visited_once_takes_few_bytes() {
    let mut stats = VisitStats::new();
    stats.add(&KEPT);
    assert!(stats.as_bytes().len() <= 48, "{}", stats.as_bytes().len());
}

#[test]
fn nothing_is_kept_where_nothing_is_asked_for() {
    let mut stats = VisitStats::new();
    stats.add(&VisitSample {
        days: 0,
        hours: 0,
        ..KEPT
    });
    assert_eq!(stats.as_bytes().len(), HEAD);
}
