//! The record of an address: every kind of tree, against a naive list of networks.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use shorten_engine::visitor::{Geo, GeoLocation};

use crate::place;
use shorten_testkit::mmdb::{Branch, Mmdb, flat};

#[test]
fn networks_of_ipv4_and_ipv6_are_told_apart_in_every_kind_of_tree() {
    for record_size in [24, 28, 32] {
        let file = Mmdb::new(6, record_size)
            .network("8.8.8.0/24", &flat(&[("country_code", "US")]))
            .network("8.8.9.128/25", &flat(&[("country_code", "CA")]))
            .network("1.1.1.1/32", &flat(&[("country_code", "AU")]))
            .network("2001:db8::/32", &flat(&[("country_code", "DE")]))
            .network("2001:db9::1/128", &flat(&[("country_code", "FR")]));
        let geo = Geo::from_bytes(file.build()).unwrap();
        for (ip, country) in [
            ("8.8.8.0", "US"),
            ("8.8.8.255", "US"),
            ("8.8.7.255", ""),
            ("8.8.9.127", ""),
            ("8.8.9.128", "CA"),
            ("1.1.1.1", "AU"),
            ("1.1.1.2", ""),
            ("0.0.0.0", ""),
            ("255.255.255.255", ""),
            ("2001:db8::1", "DE"),
            ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "DE"),
            ("2001:db9::1", "FR"),
            ("2001:db9::2", ""),
            ("::", ""),
            ("ffff::", ""),
        ] {
            assert_eq!(place(&geo, ip).country, country, "{ip}, {record_size} bits");
        }
    }
}

#[test]
fn an_ipv4_mapped_address_has_the_location_of_its_ipv4_address() {
    for ip_version in [4, 6] {
        let file =
            Mmdb::new(ip_version, 24).network("8.8.8.0/24", &flat(&[("country_code", "US")]));
        let geo = Geo::from_bytes(file.build()).unwrap();
        assert_eq!(place(&geo, "::ffff:8.8.8.8").country, "US");
        assert_eq!(place(&geo, "::ffff:8.8.9.8"), GeoLocation::default());
    }
}

#[test]
fn an_ipv6_address_is_unknown_to_a_file_of_ipv4() {
    let file = Mmdb::new(4, 24).network("0.0.0.0/1", &flat(&[("country_code", "US")]));
    let geo = Geo::from_bytes(file.build()).unwrap();
    assert_eq!(place(&geo, "1.2.3.4").country, "US");
    assert_eq!(place(&geo, "::1.2.3.4"), GeoLocation::default());
    assert_eq!(place(&geo, "2001:db8::"), GeoLocation::default());
}

#[test]
fn an_ipv4_address_is_unknown_to_a_file_of_ipv6_alone() {
    let file = Mmdb::new(6, 24).network("2001:db8::/32", &flat(&[("country_code", "DE")]));
    let geo = Geo::from_bytes(file.build()).unwrap();
    assert_eq!(place(&geo, "1.2.3.4"), GeoLocation::default());
    assert_eq!(place(&geo, "2001:db8::").country, "DE");
}

#[test]
fn records_sixteen_megabytes_apart_are_told_apart() {
    for record_size in [28, 32] {
        for sides in [["0.0.0.0/2", "128.0.0.0/2"], ["64.0.0.0/2", "192.0.0.0/2"]] {
            let mut file = Mmdb::new(4, record_size).network(sides[0], &flat(&[("city", "Bern")]));
            // The next record is at an offset that differs in a branch's highest bits only.
            let Branch::Data(length) = file.raw_record(&[]) else {
                panic!("a record is data");
            };
            file.raw_record(&vec![0; (1 << 24) - length]);
            let file = file.network(sides[1], &flat(&[("country_code", "CA")]));
            let geo = Geo::from_bytes(file.build()).unwrap();
            assert_eq!(geo.records(), 2);
            let [low, high] = sides.map(|side| place(&geo, side.trim_end_matches("/2")));
            assert_eq!((low.city.as_str(), high.country.as_str()), ("Bern", "CA"));
        }
    }
}

proptest! {
    #[test]
    fn an_address_has_the_record_of_its_network_and_no_other(
        v4 in prop::collection::btree_map(any::<u16>(), 0..6_usize, 1..200),
        v6 in prop::collection::btree_map(any::<u16>(), 0..6_usize, 1..200),
        record_size in prop::sample::select(&[24_u16, 28, 32][..]),
        low in any::<u16>(),
        more in prop::collection::vec(any::<u16>(), 50),
    ) {
        let cities = ["Aarau", "Bern", "Chur", "Davos", "Erlenbach", "Flims"];
        let v4_of = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
        let v6_of = |high: u16, low: u16| Ipv6Addr::from(0x2001_u128 << 112 | u128::from(high) << 96 | u128::from(low));
        let mut file = Mmdb::new(6, record_size);
        for (high, city) in &v4 {
            file = file.network(&format!("{}/16", v4_of(*high, 0)), &flat(&[("city", cities[*city])]));
        }
        for (high, city) in &v6 {
            file = file.network(&format!("{}/32", v6_of(*high, 0)), &flat(&[("city", cities[*city])]));
        }
        let geo = Geo::from_bytes(file.build()).unwrap();
        prop_assert_eq!(geo.records(), v4.len() + v6.len());
        let expected = |networks: &BTreeMap<u16, usize>, high| {
            networks.get(&high).map_or("", |city| cities[*city]).to_owned()
        };
        for high in v4.keys().chain(v6.keys()).chain(&more).copied() {
            let known = geo.locate(IpAddr::V4(v4_of(high, low)));
            prop_assert_eq!(known.city, expected(&v4, high));
            let known = geo.locate(IpAddr::V6(v6_of(high, low)));
            prop_assert_eq!(known.city, expected(&v6, high));
        }
    }
}
