//! Clocks that are wrong for some time: what is counted then and afterwards. A replica's clock
//! never matters.

use proptest::prelude::*;
use shorten_engine::visitor::Visitor;
use shorten_engine::{GroupBy, ShortenRequest, StatsRequest, StatsRows, VisitReport, VisitRequest};

use crate::visits::{said, somebody};
use shorten_testkit::store::{Database, NOON};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;
const TODAY: u64 = NOON / DAY * DAY;
const THIS_HOUR: u64 = NOON / HOUR * HOUR;
/// A last visit further ahead of the clock is not trusted.
const AHEAD: u64 = HOUR;

fn link(database: &mut Database) -> Vec<u8> {
    let request = ShortenRequest {
        url: b"https://example.com/",
        ..ShortenRequest::default()
    };
    database
        .engine()
        .shorten(&request)
        .unwrap()
        .as_bytes()
        .into()
}

fn stats(database: &mut Database, code: &[u8], by: GroupBy) -> (VisitReport, Vec<(u64, u64)>) {
    let request = StatsRequest {
        code,
        by: Some(by),
        ..StatsRequest::default()
    };
    let mut stats = database.engine().stats(&request).unwrap().unwrap();
    match stats.rows.take() {
        Some(StatsRows::Times(rows)) => (stats, rows),
        other => panic!("{other:?}"),
    }
}

/// Visits at these clocks, one after another.
fn visits(database: &mut Database, code: &[u8], clocks: &[u64]) {
    for &now in clocks {
        database.now = now;
        assert!(database.visit(code).is_some());
    }
}

#[track_caller]
fn assert_replicated(database: &mut Database) {
    let mut replica = Database::replica_with_other_settings();
    replica.follow(database);
    let digest = database.store.digest();
    assert_eq!(replica.store.digest(), digest);
    database.store.reload();
    assert_eq!(database.store.digest(), digest);
}

#[test]
fn days_hours_and_the_last_visit_go_on_after_a_clock_that_was_far_ahead() {
    for ahead in [61 * DAY, 100 * DAY, 36_500 * DAY] {
        let mut database = Database::default();
        let code = link(&mut database);
        visits(&mut database, &code, &[NOON, NOON, NOON + ahead]);
        visits(&mut database, &code, &[NOON + 1, NOON + 2]);
        let (seen, days) = stats(&mut database, &code, GroupBy::Day);
        assert_eq!(days, [(TODAY, 2)], "{ahead}");
        assert_eq!(
            stats(&mut database, &code, GroupBy::Hour).1,
            [(THIS_HOUR, 2)]
        );
        assert_eq!(
            (seen.humans, seen.first_visit, seen.last_visit),
            (5, Some(NOON), Some(NOON + 2))
        );
        assert_replicated(&mut database);
    }
}

#[test]
fn only_what_lies_in_the_future_is_forgotten() {
    let mut database = Database::default();
    let code = link(&mut database);
    let ahead = NOON + 10 * DAY;
    visits(
        &mut database,
        &code,
        &[NOON - 3 * DAY, NOON, ahead, NOON + 1],
    );
    assert_eq!(
        stats(&mut database, &code, GroupBy::Day).1,
        [(TODAY - 3 * DAY, 1), (TODAY, 2)]
    );
    assert_eq!(
        stats(&mut database, &code, GroupBy::Hour).1,
        [(THIS_HOUR, 1)]
    );
    assert_replicated(&mut database);
}

#[test]
fn a_link_first_visited_while_the_clock_was_ahead_has_its_first_visit_now() {
    let mut database = Database::default();
    let code = link(&mut database);
    visits(&mut database, &code, &[NOON + 100 * DAY, NOON]);
    let (seen, days) = stats(&mut database, &code, GroupBy::Day);
    assert_eq!(
        (seen.first_visit, seen.last_visit),
        (Some(NOON), Some(NOON))
    );
    assert_eq!(days, [(TODAY, 1)]);
    assert_replicated(&mut database);
}

#[test]
fn a_bot_and_a_late_visit_correct_it_too() {
    let mut database = Database::default();
    let code = link(&mut database);
    visits(&mut database, &code, &[NOON + 100 * DAY]);
    database.now = NOON;
    database.visit_as(&said(&code), &somebody(1, "", "", true));
    let (seen, days) = stats(&mut database, &code, GroupBy::Day);
    assert_eq!((seen.last_visit, days), (Some(NOON), vec![]));
    visits(&mut database, &code, &[NOON + 100 * DAY]);
    database.now = NOON;
    let request = VisitRequest {
        code: &code,
        at: Some(NOON - DAY),
        ..VisitRequest::default()
    };
    database.visit_as(&request, &Visitor::default());
    let (seen, days) = stats(&mut database, &code, GroupBy::Day);
    assert_eq!(
        (seen.last_visit, days),
        (Some(NOON - DAY), vec![(TODAY - DAY, 1)])
    );
    assert_replicated(&mut database);
}

#[test]
fn clocks_that_differ_by_less_than_an_hour_are_both_trusted() {
    let mut database = Database::default();
    let code = link(&mut database);
    visits(&mut database, &code, &[NOON + AHEAD, NOON, NOON + 1]);
    let (seen, hours) = stats(&mut database, &code, GroupBy::Hour);
    assert_eq!(seen.last_visit, Some(NOON + AHEAD));
    assert_eq!(hours, [(THIS_HOUR, 2), (THIS_HOUR + HOUR, 1)]);
    visits(&mut database, &code, &[NOON + AHEAD + 1, NOON]);
    let (seen, hours) = stats(&mut database, &code, GroupBy::Hour);
    assert_eq!(seen.last_visit, Some(NOON));
    assert!(hours.iter().all(|row| row.0 <= NOON + AHEAD), "{hours:?}");
    assert_replicated(&mut database);
}

#[test]
fn no_row_outlasts_a_correction_beyond_the_last_visit() {
    let mut database = Database::default();
    let code = link(&mut database);
    let midnight = TODAY + DAY;
    // The second clock may be ahead by less than an hour, with midnight exactly an hour later.
    let clocks = [
        midnight + 2 * HOUR,
        midnight - HOUR,
        midnight - 2 * HOUR + 1,
    ];
    visits(&mut database, &code, &clocks);
    let (seen, days) = stats(&mut database, &code, GroupBy::Day);
    assert_eq!(
        (seen.last_visit, days),
        (Some(midnight - HOUR), vec![(TODAY, 2)])
    );
    assert_replicated(&mut database);
}

#[test]
fn a_clock_that_was_reset_forgets_nothing() {
    let mut database = Database::default();
    let code = link(&mut database);
    // 1970 and 2000: what a machine shows after it lost its clock.
    visits(&mut database, &code, &[NOON, NOON, 0, 946_684_800_000]);
    assert_eq!(stats(&mut database, &code, GroupBy::Day).1, [(TODAY, 2)]);
    visits(&mut database, &code, &[NOON + 1]);
    let (seen, days) = stats(&mut database, &code, GroupBy::Day);
    assert_eq!(
        (seen.humans, seen.last_visit, days),
        (5, Some(NOON + 1), vec![(TODAY, 3)])
    );
    assert_replicated(&mut database);
}

#[test]
fn a_replica_accepts_a_visit_at_any_clock() {
    for now in [0, 1, (1 << 48) - 1, 1 << 48, i64::MAX as u64, u64::MAX] {
        let mut database = Database::default();
        let code = link(&mut database);
        visits(&mut database, &code, &[now, NOON, now]);
        let (seen, _) = stats(&mut database, &code, GroupBy::Day);
        assert!(seen.first_visit >= Some(1) && seen.last_visit < Some(1 << 48));
        assert_replicated(&mut database);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 1 } else { 64 }, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_stays_far_ahead_of_the_clock_and_replicas_agree(
        visits in prop::collection::vec((0_u64..2 * HOUR, prop::sample::select(vec![0, 0, 0, HOUR / 2, 3 * HOUR, 50 * HOUR, 10 * DAY, 200 * DAY]), any::<bool>()), 1..if cfg!(miri) { 10 } else { 120 }),
        days in 0_u16..4,
    ) {
        let mut database = Database::with(&[("visit-days", &days.to_string()), ("visit-hours", "5")]);
        let code = link(&mut database);
        let mut clock = NOON;
        for (later, wrong, bot) in visits {
            clock += later;
            database.now = clock + wrong;
            database.visit_as(&said(&code), &somebody(1, "DE", "", bot)).unwrap();
            let latest = database.now + AHEAD;
            for (by, unit, kept) in [(GroupBy::Day, DAY, u64::from(days)), (GroupBy::Hour, HOUR, 5)] {
                let (seen, rows) = stats(&mut database, &code, by);
                prop_assert!(seen.last_visit <= Some(latest));
                prop_assert!(rows.iter().all(|row| row.0 <= latest), "{rows:?}");
                let here = rows.iter().any(|row| row.0 == database.now / unit * unit);
                // There can be one more hour, after which this one is the oldest or older.
                prop_assert!(bot || here || kept <= 1, "{rows:?}");
            }
        }
        assert_replicated(&mut database);
    }
}
