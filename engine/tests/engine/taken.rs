//! Codes that TAKE handed out: shown, given back, and made only where there is memory.

use std::collections::BTreeSet;

use shorten_engine::ShortenRequest;
use shorten_engine::code::Code;
use shorten_engine::error::Error;

use shorten_testkit::store::World;

const URL: &[u8] = b"https://example.com/";

fn release(world: &mut World, codes: &[&[u8]]) -> Result<u64, Error> {
    world.engine().pool_release(codes.iter().copied())
}

fn info(world: &mut World) -> (u64, u64) {
    let info = world.engine().pool_info().unwrap();
    (info.size, info.reserved)
}

#[test]
fn a_released_code_is_free_and_not_in_the_pool() {
    let mut world = World::with(&[("pool-min", "0"), ("pool-max", "10")]);
    world.engine().pool_fill(None).unwrap();
    let taken = world.engine().pool_take(3).unwrap();
    assert_eq!(info(&mut world), (7, 3));
    let [one, two, _] = [taken[0], taken[1], taken[2]];
    assert_eq!(release(&mut world, &[one.as_bytes()]), Ok(1));
    assert_eq!(info(&mut world), (7, 2));
    assert_eq!(release(&mut world, &[one.as_bytes()]), Ok(0), "only once");
    // Twice in one call counts once; what is a link's, in the pool or nobody's counts for nothing.
    let alias = ShortenRequest {
        url: URL,
        alias: Some(one.as_bytes()),
        ..ShortenRequest::default()
    };
    assert_eq!(world.engine().shorten(&alias).unwrap(), one);
    let codes = [two, two, one].map(|code| code.as_bytes().to_vec());
    let codes: Vec<&[u8]> = codes.iter().map(Vec::as_slice).collect();
    assert_eq!(release(&mut world, &codes), Ok(1));
    assert_eq!(release(&mut world, &[b"abc", b"an-alias"]), Ok(0));
    assert_eq!(info(&mut world), (7, 1));
    assert_eq!(world.resolve(one.as_bytes()).as_deref(), Some(URL));
}

#[test]
fn a_release_with_a_malformed_code_releases_none() {
    let mut world = World::default();
    let taken = world.engine().pool_take(1).unwrap();
    let (digest, sent) = (world.store.digest(), world.store.effects.len());
    let error = release(&mut world, &[taken[0].as_bytes(), b"a b"]).unwrap_err();
    assert_eq!(error.word(), "BADCODE");
    assert_eq!(
        (world.store.digest(), world.store.effects.len()),
        (digest, sent)
    );
}

#[test]
fn a_release_reaches_the_replica_and_leaves_no_empty_shard() {
    let (mut world, mut replica) = (World::default(), World::replica_with_other_settings());
    let taken = world.engine().pool_take(2).unwrap();
    world.engine().pool_clear().unwrap();
    let codes: Vec<&[u8]> = taken.iter().map(Code::as_bytes).collect();
    assert_eq!(release(&mut world, &codes), Ok(2));
    assert!(world.store.shards.is_empty());
    replica.follow(&mut world);
    assert!(replica.store.shards.is_empty());
}

#[test]
fn the_reserved_are_those_taken_and_not_claimed_each_once() {
    let mut world = World::with(&[("pool-min", "0"), ("pool-max", "100")]);
    world.engine().pool_fill(None).unwrap();
    assert!(world.reserved(10).is_empty());
    let taken = world.engine().pool_take(60).unwrap();
    let mut expected: BTreeSet<String> = taken.iter().map(Code::to_string).collect();
    for code in &taken[..20] {
        let alias = ShortenRequest {
            url: URL,
            alias: Some(code.as_bytes()),
            ..ShortenRequest::default()
        };
        world.engine().shorten(&alias).unwrap();
        expected.remove(code.as_str());
    }
    for code in &taken[20..30] {
        assert_eq!(release(&mut world, &[code.as_bytes()]), Ok(1));
        expected.remove(code.as_str());
    }
    world.store.reload();
    for count in [1, 3, 29, 30, 31, 1000] {
        let shown = world.reserved(count);
        assert_eq!(shown.len(), 30, "each once");
        assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

#[test]
fn without_memory_take_gives_what_the_pool_holds_and_makes_nothing() {
    let mut world = World::with(&[("pool-min", "0"), ("pool-max", "10")]);
    world.engine().pool_fill(Some(5)).unwrap();
    world.store.full = true;
    assert_eq!(world.engine().pool_take(2).unwrap().len(), 2);
    assert_eq!(world.engine().pool_take(100).unwrap().len(), 3);
    let (digest, sent) = (world.store.digest(), world.store.effects.len());
    let error = world.engine().pool_take(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "OOM command not allowed when used memory > 'maxmemory'."
    );
    assert_eq!(
        (world.store.digest(), world.store.effects.len()),
        (digest, sent)
    );
    world.settings.set("pool-max", "0").unwrap();
    assert_eq!(world.engine().pool_take(1).unwrap_err(), Error::PoolEmpty);
    world.settings.set("pool-max", "10").unwrap();
    world.store.full = false;
    assert_eq!(world.engine().pool_take(20).unwrap().len(), 20);
}
