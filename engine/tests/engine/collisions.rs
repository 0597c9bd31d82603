//! The hash strategy when its codes are in use already.

use shorten_engine::code::{Code, md5};
use shorten_engine::settings::Strategy;
use shorten_engine::{Expiry, SetRequest, ShortenRequest};

use shorten_testkit::store::World;

const URL: &[u8] = b"https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems";

fn hashed(url: &[u8]) -> ShortenRequest<'_> {
    ShortenRequest {
        url,
        strategy: Some(Strategy::Hash),
        ..ShortenRequest::default()
    }
}

/// Gives a code to a link that has nothing to do with its hash.
fn occupy(world: &mut World, round: u64) {
    let code = hash_code(URL, round);
    let set = SetRequest {
        code: code.as_bytes(),
        url: b"https://example.org/occupied",
        ..SetRequest::default()
    };
    assert!(world.engine().set(&set).unwrap());
}

fn hash_code(url: &[u8], round: u64) -> Code {
    Code::from_hash(md5::fold(url, round))
}

#[test]
fn the_code_is_the_one_computed_from_the_md5_outside() {
    // md5 9dfb328a15 0e878bb8b82b b17b24a24e: the three numbers XORed, mod 62^8, in Base62.
    let (mut world, mut other) = (World::default(), World::default());
    assert_eq!(
        world.engine().shorten(&hashed(URL)).unwrap().as_str(),
        "4zWdfBx6"
    );
    assert_eq!(
        other.engine().shorten(&hashed(URL)).unwrap().as_str(),
        "4zWdfBx6"
    );
    let info = world.engine().info(b"4zWdfBx6").unwrap().unwrap();
    assert_eq!(&info.md5, b"9dfb328a150e878bb8b82bb17b24a24e");
}

#[test]
fn an_occupied_code_is_never_overwritten_the_next_round_takes_over() {
    let mut world = World::default();
    for rounds in 0..5 {
        let code = world
            .engine()
            .shorten(&ShortenRequest {
                new: true,
                ..hashed(URL)
            })
            .unwrap();
        assert_eq!(code, hash_code(URL, rounds));
        // The first link still leads where it led.
        assert_eq!(
            world.resolve(hash_code(URL, 0).as_bytes()).as_deref(),
            Some(URL)
        );
    }
    assert_eq!(world.counters.collisions(), 1 + 2 + 3 + 4);
}

#[test]
fn the_link_in_the_way_keeps_its_destination() {
    let mut world = World::default();
    (0..20).for_each(|round| occupy(&mut world, round));
    let code = world.engine().shorten(&hashed(URL)).unwrap();
    assert_eq!(code.as_str(), hash_code(URL, 20).as_str());
    for round in 0..20 {
        let held = world.resolve(hash_code(URL, round).as_bytes());
        assert_eq!(held.as_deref(), Some(&b"https://example.org/occupied"[..]));
    }
    assert_eq!(
        world.engine().shorten(&hashed(URL)).unwrap(),
        code,
        "known from now on"
    );
    assert_eq!(world.engine().find(URL).unwrap(), Some(code));
}

#[test]
fn an_expired_link_is_in_the_way_until_it_is_reclaimed() {
    let mut world = World::default();
    let code = world
        .engine()
        .shorten(&ShortenRequest {
            expiry: Some(Expiry::InSeconds(1)),
            ..hashed(URL)
        })
        .unwrap();
    assert_eq!(code, hash_code(URL, 0));
    world.now += 1000;
    assert_eq!(
        world.engine().shorten(&hashed(URL)).unwrap(),
        hash_code(URL, 1)
    );
    assert_eq!(world.engine().reclaim(code.slot(), 10).unwrap(), 1);
    let own = ShortenRequest {
        new: true,
        ..hashed(URL)
    };
    assert_eq!(world.engine().shorten(&own).unwrap(), hash_code(URL, 0));
}

#[test]
fn when_every_round_is_taken_the_command_is_refused_and_changes_nothing() {
    let mut world = World::default();
    let rounds = if cfg!(miri) { return } else { 1000 };
    (0..rounds).for_each(|round| occupy(&mut world, round));
    let digest = world.store.digest();
    let error = world.engine().shorten(&hashed(URL)).unwrap_err();
    assert_eq!((error.word(), world.store.digest()), ("ERR", digest));
}
