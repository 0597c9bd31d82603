//! Arguments of VISIT and LINK.STATS that are errors, and those that are not.

use shorten_engine::visitor::{Visitor, VisitorHints};
use shorten_engine::{GroupBy, ShortenRequest, StatsRequest, StatsRows, UrlBuffer, VisitRequest};

use crate::visits::made;
use shorten_testkit::store::{Database, NOON};

#[test]
fn an_invalid_time_or_country_is_refused_and_not_counted() {
    let mut database = Database::default();
    let code = made(&mut database, ShortenRequest::default());
    let (digest, sent) = (database.store.digest(), database.store.effects.len());
    let late = NOON + 5 * 60_000 + 1;
    let wrong = [
        (Some(0), None),
        (Some(late), None),
        (Some(u64::MAX), None),
        (None, Some("xyz")),
        (None, Some("")),
        (None, Some("D")),
        (None, Some("D1")),
        (Some(NOON), Some("D\u{e9}")),
    ];
    for (at, country) in wrong {
        for code in [&code[..], b"unknown", b"a b"] {
            let request = VisitRequest {
                code,
                at,
                hints: VisitorHints {
                    country: country.map(str::as_bytes),
                    ..VisitorHints::default()
                },
            };
            let mut url = UrlBuffer::new();
            let visited = database
                .engine()
                .visit(&request, |_| Visitor::default(), &mut url);
            let error = visited.unwrap_err().to_string();
            let value = at.map_or(country.unwrap_or_default().to_owned(), |at| at.to_string());
            assert!(error.starts_with("ERR "), "{error}");
            assert!(
                country.is_some() || error.contains(&format!("'{value}'")),
                "{error}"
            );
        }
    }
    assert_eq!(database.store.digest(), digest);
    assert_eq!(database.store.effects.len(), sent);
    assert_eq!(database.counters.visits(), 0);
}

#[test]
fn from_and_to_choose_the_days_and_hours_that_share_a_moment_with_them() {
    let mut database = Database::default();
    let code = made(&mut database, ShortenRequest::default());
    for (by, unit) in [(GroupBy::Hour, 3_600_000), (GroupBy::Day, 86_400_000)] {
        let first = NOON / unit * unit - 3 * unit;
        let begins = [first, first + unit, first + 2 * unit];
        for at in begins {
            let request = VisitRequest {
                code: &code,
                at: Some(at + 5),
                ..VisitRequest::default()
            };
            database.visit_as(&request, &Visitor::default());
        }
        let mut shown = |from: u64, to: u64| {
            let request = StatsRequest {
                code: &code,
                by: Some(by),
                from: Some(from),
                to: Some(to),
                top: None,
            };
            match database.engine().stats(&request).unwrap().unwrap().rows {
                Some(StatsRows::Times(rows)) => {
                    let rows = rows.into_iter().map(|row| row.0);
                    rows.filter(|begin| begins.contains(begin)).collect()
                }
                _ => vec![],
            }
        };
        let [one, two, three] = begins;
        assert_eq!(shown(one, three), [one, two, three]);
        assert_eq!(shown(one + unit / 2, three), [one, two, three]);
        assert_eq!(shown(two - 1, three), [one, two, three]);
        assert_eq!(shown(two, three), [two, three]);
        assert_eq!(shown(one, three - 1), [one, two]);
        assert_eq!(shown(two + 7, two + 7), [two], "one moment");
        assert_eq!(shown(two + 7, two + 6), [], "no moment");
        assert_eq!(shown(0, u64::MAX), [one, two, three]);
        assert_eq!(shown(u64::MAX, u64::MAX), []);
    }
}
