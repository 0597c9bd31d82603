//! MaxMind DB files: loading one and looking addresses up.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libfuzzer_sys::fuzz_target;
use shorten_engine::visitor::Geo;

fuzz_target!(|data: &[u8]| {
    let _ = Geo::has_metadata_marker(data);
    let Ok(geo) = Geo::from_bytes(data.to_vec()) else {
        return;
    };
    assert!(geo.kind().len() <= 64);
    let seeds = data.chunks(16).take(8).chain([&[0; 16][..], &[0xff; 16]]);
    for seed in seeds {
        let mut bytes = [0; 16];
        bytes[..seed.len()].copy_from_slice(seed);
        let v6 = Ipv6Addr::from(bytes);
        let v4 = Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3]);
        for address in [IpAddr::from(v6), IpAddr::from(v4)] {
            let location = geo.locate(address);
            assert!(matches!(location.country.len(), 0 | 2));
            for text in [&location.region, &location.city, &location.isp] {
                assert!(
                    text.len() <= 64 && !text.contains(char::is_control),
                    "{text:?}"
                );
            }
        }
    }
});
