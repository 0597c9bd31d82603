//! The counter: numbers rise, skip codes in use, and are never issued twice.

use std::collections::BTreeSet;

use shorten_engine::code::Code;
use shorten_engine::code::base62::LIMIT;
use shorten_engine::code::slot;
use shorten_engine::error::Error;
use shorten_engine::settings::Strategy;
use shorten_engine::{Expiry, SetRequest, ShortenRequest};

use shorten_testkit::store::{Database, fill};

const URL: &[u8] = b"https://example.com/";

/// Creates a link of its own with the counter.
fn next(database: &mut Database) -> String {
    let request = ShortenRequest {
        url: URL,
        new: true,
        strategy: Some(Strategy::Counter),
        ..ShortenRequest::default()
    };
    database.engine().shorten(&request).unwrap().to_string()
}

fn id(code: &str) -> u64 {
    Code::parse(code.as_bytes()).unwrap().id().unwrap()
}

#[test]
fn the_worked_example_holds() {
    let mut database = Database::default();
    let url = b"https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems";
    let request = ShortenRequest {
        url,
        ..ShortenRequest::default()
    };
    assert_eq!(database.engine().shorten(&request).unwrap().as_str(), "g8");
    assert_eq!([next(&mut database), next(&mut database)], ["g9", "ga"]);
    assert_eq!(database.engine().shorten(&request).unwrap().as_str(), "g8");
    assert_eq!(database.resolve(b"g8").as_deref(), Some(&url[..]));
}

#[test]
fn a_number_is_not_reissued_after_its_link_was_deleted() {
    let mut database = Database::default();
    let code = next(&mut database);
    assert!(database.engine().delete(code.as_bytes()).unwrap());
    assert_eq!(next(&mut database), "g9");
    assert!(database.engine().delete(b"g9").unwrap());
    database.store.reload();
    assert_eq!(next(&mut database), "ga");
}

#[test]
fn a_number_is_not_reissued_after_its_link_expired_and_was_reclaimed() {
    let mut database = Database::default();
    let request = ShortenRequest {
        url: URL,
        expiry: Some(Expiry::InSeconds(1)),
        ..ShortenRequest::default()
    };
    let code = database.engine().shorten(&request).unwrap();
    database.now += 1000;
    assert_eq!(database.resolve(code.as_bytes()), None);
    assert_eq!(database.engine().reclaim(code.slot(), 10).unwrap(), 1);
    assert_eq!(database.engine().info(code.as_bytes()).unwrap(), None);
    assert_eq!(next(&mut database), "g9");
}

#[test]
fn aliases_imports_and_reserved_pool_codes_are_stepped_over() {
    let mut database = Database::with(&[("counter-start", "916132832")]);
    let request = ShortenRequest {
        url: URL,
        alias: Some(b"100000"),
        ..ShortenRequest::default()
    };
    database.engine().shorten(&request).unwrap();
    let set = SetRequest {
        code: b"100001",
        url: URL,
        ..SetRequest::default()
    };
    assert!(database.engine().set(&set).unwrap());
    let pool = ["100002", "100003", "100005"].map(|code| Code::parse(code.as_bytes()).unwrap());
    database.engine().apply(0, &fill(&pool)).unwrap();
    database.settings.set("pool-max", "3").unwrap();
    let taken = database.engine().pool_take(1).unwrap();
    assert!(pool.contains(&taken[0]));
    assert_eq!(
        [next(&mut database), next(&mut database)],
        ["100004", "100006"]
    );
}

#[test]
fn a_reserved_code_is_claimed_as_an_alias_only() {
    let mut database = Database::default();
    let codes = database.engine().pool_take(2).unwrap();
    database.store.reload();
    assert_eq!(database.engine().pool_info().unwrap().reserved, 2);
    database.engine().pool_clear().unwrap();
    assert_eq!(database.engine().pool_info().unwrap().reserved, 2);
    let alias = ShortenRequest {
        url: URL,
        alias: Some(codes[0].as_bytes()),
        ..ShortenRequest::default()
    };
    assert_eq!(database.engine().shorten(&alias).unwrap(), codes[0]);
    let set = SetRequest {
        code: codes[1].as_bytes(),
        url: URL,
        ..SetRequest::default()
    };
    assert!(database.engine().set(&set).unwrap());
    assert_eq!(database.engine().pool_info().unwrap().reserved, 0);
    assert_eq!(
        database.engine().shorten(&alias).unwrap_err(),
        Error::code_taken(codes[0].as_bytes())
    );
}

#[test]
fn a_counter_without_state_continues_above_the_highest_issued_number() {
    let mut database = Database::default();
    let given: BTreeSet<String> = (0..100).map(|_| next(&mut database)).collect();
    for code in &given {
        assert!(database.engine().delete(code.as_bytes()).unwrap());
    }
    // Codes that no counter issued do not count, however high they are.
    for code in ["ZZZZZZZ", "zzzzzzzz"] {
        let set = SetRequest {
            code: code.as_bytes(),
            url: URL,
            ..SetRequest::default()
        };
        assert!(database.engine().set(&set).unwrap());
    }
    for strategy in [Strategy::Hash, Strategy::Pool] {
        let request = ShortenRequest {
            url: URL,
            new: true,
            strategy: Some(strategy),
            ..ShortenRequest::default()
        };
        database.engine().shorten(&request).unwrap();
    }
    let kept = given.iter().filter(|code| slot::of(code.as_bytes()) != 0);
    let highest = kept.map(|code| id(code)).max().unwrap();
    assert!(database.store.shards.remove(&0).is_some());
    database.store.reload();
    assert_eq!(id(&next(&mut database)), highest + 1);
    assert_eq!(id(&next(&mut database)), highest + 2);
}

#[test]
fn editing_an_old_link_does_not_set_a_lost_counter_back() {
    let mut database = Database::default();
    let given: Vec<String> = (0..10).map(|_| next(&mut database)).collect();
    assert!(database.engine().delete(given[5].as_bytes()).unwrap());
    database.store.shards.remove(&0);
    let set = SetRequest {
        code: given[2].as_bytes(),
        url: b"https://example.org/",
        ..SetRequest::default()
    };
    assert!(database.engine().set(&set).unwrap());
    assert_eq!(id(&next(&mut database)), id(&given[9]) + 1);
}

#[test]
fn a_flushed_database_starts_afresh() {
    let mut database = Database::default();
    next(&mut database);
    database.store.shards.clear();
    assert_eq!(next(&mut database), "g8");
}

#[test]
fn counter_start_is_the_first_number_and_does_not_move_a_counter_that_runs() {
    let mut database = Database::with(&[("counter-start", "0")]);
    assert_eq!([next(&mut database), next(&mut database)], ["0", "1"]);
    database.settings.set("counter-start", "5000").unwrap();
    assert_eq!(next(&mut database), "2");
}

#[test]
fn the_numbers_go_on_across_a_change_of_length() {
    for start in [60, 62_u64.pow(2) - 2, 62_u64.pow(5) - 2] {
        let mut database = Database::with(&[("counter-start", &start.to_string())]);
        for number in start..start + 5 {
            let code = next(&mut database);
            assert_eq!(
                (id(&code), code),
                (number, Code::from_id(number).unwrap().to_string())
            );
        }
    }
}

#[test]
fn after_the_last_number_the_counter_is_exhausted_and_says_so() {
    let mut database = Database::with(&[("counter-start", &(LIMIT - 2).to_string())]);
    assert_eq!(
        [next(&mut database), next(&mut database)],
        ["ZZZZZZZY", "ZZZZZZZZ"]
    );
    assert!(database.engine().delete(b"ZZZZZZZZ").unwrap());
    for _ in 0..2 {
        let (digest, sent) = (database.store.digest(), database.store.effects.len());
        let error = database
            .engine()
            .shorten(&ShortenRequest {
                url: URL,
                new: true,
                ..ShortenRequest::default()
            })
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("ERR the counter is exhausted"),
            "{error}"
        );
        assert_eq!(
            (database.store.digest(), database.store.effects.len()),
            (digest, sent)
        );
        database.store.reload();
        database.store.shards.remove(&0);
    }
}

#[test]
fn a_refused_command_issues_no_number() {
    let mut database = Database::default();
    next(&mut database);
    for request in [
        ShortenRequest {
            url: b"ftp://example.com/",
            ..ShortenRequest::default()
        },
        ShortenRequest {
            url: URL,
            expiry: Some(Expiry::InSeconds(0)),
            ..ShortenRequest::default()
        },
        ShortenRequest {
            url: URL,
            max_visits: Some(0),
            ..ShortenRequest::default()
        },
        ShortenRequest {
            url: URL,
            note: Some(&[b'n'; 256]),
            ..ShortenRequest::default()
        },
        ShortenRequest {
            url: URL,
            alias: Some(b"g8"),
            ..ShortenRequest::default()
        },
        ShortenRequest {
            url: URL,
            alias: Some(b"g 8"),
            ..ShortenRequest::default()
        },
    ] {
        let digest = database.store.digest();
        database.engine().shorten(&request).unwrap_err();
        assert_eq!(database.store.digest(), digest);
    }
    assert_eq!(next(&mut database), "g9");
}

#[test]
fn a_key_of_another_type_refuses_the_command_before_anything_is_changed() {
    let url_slot = slot::of(URL);
    for wrong in [0, url_slot, slot::of(b"abcdef"), slot::of(b"g8")] {
        for strategy in Strategy::ALL {
            for alias in [None, Some(&b"abcdef"[..])] {
                let mut database = Database::default();
                database.store.wrong.insert(wrong);
                let own = ShortenRequest {
                    url: URL,
                    alias,
                    strategy: Some(strategy),
                    ..ShortenRequest::default()
                };
                if let Err(error) = database.engine().shorten(&own) {
                    assert_eq!(error.word(), "WRONGTYPE");
                    assert!(
                        database.store.shards.is_empty(),
                        "{own:?} with {wrong} of another type"
                    );
                    assert!(database.store.effects.is_empty() && database.store.events.is_empty());
                }
            }
        }
        let mut database = Database::default();
        database.store.wrong.insert(wrong);
        let set = SetRequest {
            code: b"abcdef",
            url: URL,
            ..SetRequest::default()
        };
        if database.engine().set(&set).is_err() {
            assert!(database.store.shards.is_empty() && database.store.effects.is_empty());
        }
    }
}
