//! The hash strategy with codes that are in use.

use shorten_engine::code::{Code, md5};
use shorten_engine::settings::Strategy;
use shorten_engine::{Expiry, SetRequest, ShortenRequest};

use shorten_testkit::store::Database;

const URL: &[u8] = b"https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems";

fn hashed(url: &[u8]) -> ShortenRequest<'_> {
    ShortenRequest {
        url,
        strategy: Some(Strategy::Hash),
        ..ShortenRequest::default()
    }
}

/// Gives a code to a link that is unrelated to its hash.
fn occupy(database: &mut Database, round: u64) {
    let code = hash_code(URL, round);
    let set = SetRequest {
        code: code.as_bytes(),
        url: b"https://example.org/occupied",
        ..SetRequest::default()
    };
    assert!(database.engine().set(&set).unwrap());
}

fn hash_code(url: &[u8], round: u64) -> Code {
    Code::from_hash(md5::fold(url, round))
}

#[test]
fn the_code_is_the_one_computed_from_the_md5_outside() {
    // md5 9dfb328a15 0e878bb8b82b b17b24a24e: the three numbers XORed, mod 62^8, in Base62.
    let (mut database, mut other) = (Database::default(), Database::default());
    assert_eq!(
        database.engine().shorten(&hashed(URL)).unwrap().as_str(),
        "4zWdfBx6"
    );
    assert_eq!(
        other.engine().shorten(&hashed(URL)).unwrap().as_str(),
        "4zWdfBx6"
    );
    let info = database.engine().info(b"4zWdfBx6").unwrap().unwrap();
    assert_eq!(&info.md5, b"9dfb328a150e878bb8b82bb17b24a24e");
}

#[test]
fn an_occupied_code_is_never_overwritten_the_next_round_takes_over() {
    let mut database = Database::default();
    for rounds in 0..5 {
        let code = database
            .engine()
            .shorten(&ShortenRequest {
                new: true,
                ..hashed(URL)
            })
            .unwrap();
        assert_eq!(code, hash_code(URL, rounds));
        // The first link keeps its destination.
        assert_eq!(
            database.resolve(hash_code(URL, 0).as_bytes()).as_deref(),
            Some(URL)
        );
    }
    assert_eq!(database.counters.collisions(), 1 + 2 + 3 + 4);
}

#[test]
fn the_link_in_the_way_keeps_its_destination() {
    let mut database = Database::default();
    (0..20).for_each(|round| occupy(&mut database, round));
    let code = database.engine().shorten(&hashed(URL)).unwrap();
    assert_eq!(code.as_str(), hash_code(URL, 20).as_str());
    for round in 0..20 {
        let held = database.resolve(hash_code(URL, round).as_bytes());
        assert_eq!(held.as_deref(), Some(&b"https://example.org/occupied"[..]));
    }
    assert_eq!(
        database.engine().shorten(&hashed(URL)).unwrap(),
        code,
        "known from now on"
    );
    assert_eq!(database.engine().find(URL).unwrap(), Some(code));
}

#[test]
fn an_expired_link_keeps_its_code_until_it_is_reclaimed() {
    let mut database = Database::default();
    let code = database
        .engine()
        .shorten(&ShortenRequest {
            expiry: Some(Expiry::InSeconds(1)),
            ..hashed(URL)
        })
        .unwrap();
    assert_eq!(code, hash_code(URL, 0));
    database.now += 1000;
    assert_eq!(
        database.engine().shorten(&hashed(URL)).unwrap(),
        hash_code(URL, 1)
    );
    assert_eq!(database.engine().reclaim(code.slot(), 10).unwrap(), 1);
    let own = ShortenRequest {
        new: true,
        ..hashed(URL)
    };
    assert_eq!(database.engine().shorten(&own).unwrap(), hash_code(URL, 0));
}

#[test]
fn when_every_round_is_in_use_the_command_is_refused_and_changes_nothing() {
    let mut database = Database::default();
    let rounds = if cfg!(miri) { return } else { 1000 };
    (0..rounds).for_each(|round| occupy(&mut database, round));
    let digest = database.store.digest();
    let error = database.engine().shorten(&hashed(URL)).unwrap_err();
    assert_eq!((error.word(), database.store.digest()), ("ERR", digest));
}
