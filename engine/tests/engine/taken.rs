//! Codes that TAKE returned: listed, released, and created only if there is memory.

use std::collections::BTreeSet;

use shorten_engine::ShortenRequest;
use shorten_engine::code::Code;
use shorten_engine::error::Error;

use shorten_testkit::store::Database;

const URL: &[u8] = b"https://example.com/";

fn release(database: &mut Database, codes: &[&[u8]]) -> Result<u64, Error> {
    database.engine().pool_release(codes.iter().copied())
}

fn info(database: &mut Database) -> (u64, u64) {
    let info = database.engine().pool_info().unwrap();
    (info.size, info.reserved)
}

#[test]
fn a_released_code_is_free_and_not_in_the_pool() {
    let mut database = Database::with(&[("pool-min", "0"), ("pool-max", "10")]);
    database.engine().pool_fill(None).unwrap();
    let taken = database.engine().pool_take(3).unwrap();
    assert_eq!(info(&mut database), (7, 3));
    let [one, two, _] = [taken[0], taken[1], taken[2]];
    assert_eq!(release(&mut database, &[one.as_bytes()]), Ok(1));
    assert_eq!(info(&mut database), (7, 2));
    assert_eq!(
        release(&mut database, &[one.as_bytes()]),
        Ok(0),
        "only once"
    );
    // A code given twice in one call counts once. Codes of links, of the pool or of nothing do not
    // count.
    let alias = ShortenRequest {
        url: URL,
        alias: Some(one.as_bytes()),
        ..ShortenRequest::default()
    };
    assert_eq!(database.engine().shorten(&alias).unwrap(), one);
    let codes = [two, two, one].map(|code| code.as_bytes().to_vec());
    let codes: Vec<&[u8]> = codes.iter().map(Vec::as_slice).collect();
    assert_eq!(release(&mut database, &codes), Ok(1));
    assert_eq!(release(&mut database, &[b"abc", b"an-alias"]), Ok(0));
    assert_eq!(info(&mut database), (7, 1));
    assert_eq!(database.resolve(one.as_bytes()).as_deref(), Some(URL));
}

#[test]
fn a_release_with_a_malformed_code_releases_none() {
    let mut database = Database::default();
    let taken = database.engine().pool_take(1).unwrap();
    let (digest, sent) = (database.store.digest(), database.store.effects.len());
    let error = release(&mut database, &[taken[0].as_bytes(), b"a b"]).unwrap_err();
    assert_eq!(error.word(), "BADCODE");
    assert_eq!(
        (database.store.digest(), database.store.effects.len()),
        (digest, sent)
    );
}

#[test]
fn a_release_reaches_the_replica_and_leaves_no_empty_shard() {
    let (mut database, mut replica) =
        (Database::default(), Database::replica_with_other_settings());
    let taken = database.engine().pool_take(2).unwrap();
    database.engine().pool_clear().unwrap();
    let codes: Vec<&[u8]> = taken.iter().map(Code::as_bytes).collect();
    assert_eq!(release(&mut database, &codes), Ok(2));
    assert!(database.store.shards.is_empty());
    replica.follow(&mut database);
    assert!(replica.store.shards.is_empty());
}

#[test]
fn the_reserved_are_those_taken_and_not_claimed_each_once() {
    let mut database = Database::with(&[("pool-min", "0"), ("pool-max", "100")]);
    database.engine().pool_fill(None).unwrap();
    assert!(database.reserved(10).is_empty());
    let taken = database.engine().pool_take(60).unwrap();
    let mut expected: BTreeSet<String> = taken.iter().map(Code::to_string).collect();
    for code in &taken[..20] {
        let alias = ShortenRequest {
            url: URL,
            alias: Some(code.as_bytes()),
            ..ShortenRequest::default()
        };
        database.engine().shorten(&alias).unwrap();
        expected.remove(code.as_str());
    }
    for code in &taken[20..30] {
        assert_eq!(release(&mut database, &[code.as_bytes()]), Ok(1));
        expected.remove(code.as_str());
    }
    database.store.reload();
    for count in [1, 3, 29, 30, 31, 1000] {
        let shown = database.reserved(count);
        assert_eq!(shown.len(), 30, "each once");
        assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

#[test]
fn without_memory_take_returns_the_codes_of_the_pool_and_creates_none() {
    let mut database = Database::with(&[("pool-min", "0"), ("pool-max", "10")]);
    database.engine().pool_fill(Some(5)).unwrap();
    database.store.full = true;
    assert_eq!(database.engine().pool_take(2).unwrap().len(), 2);
    assert_eq!(database.engine().pool_take(100).unwrap().len(), 3);
    let (digest, sent) = (database.store.digest(), database.store.effects.len());
    let error = database.engine().pool_take(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "OOM command not allowed when used memory > 'maxmemory'."
    );
    assert_eq!(
        (database.store.digest(), database.store.effects.len()),
        (digest, sent)
    );
    database.settings.set("pool-max", "0").unwrap();
    assert_eq!(
        database.engine().pool_take(1).unwrap_err(),
        Error::PoolEmpty
    );
    database.settings.set("pool-max", "10").unwrap();
    database.store.full = false;
    assert_eq!(database.engine().pool_take(20).unwrap().len(), 20);
}
