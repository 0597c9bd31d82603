//! Damaged and crafted files: refused or useless, but never a panic or a hang.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use shorten_engine::visitor::{Geo, GeoLocation};

use crate::refused;
use shorten_testkit::mmdb::{Branch, Mmdb, Value, flat, map};

fn small(ip_version: u8, record_size: u16) -> Mmdb {
    let nested = map([
        ("city", map([("names", flat(&[("en", "Zürich")]))])),
        ("country", flat(&[("iso_code", "CH")])),
        (
            "subdivisions",
            Value::List(vec![map([("names", flat(&[("en", "Zürich")]))])]),
        ),
        (
            "traits",
            flat(&[("isp", "A provider of a rather long name")]),
        ),
    ]);
    let flat = flat(&[
        ("country_code", "US"),
        ("state1", "Ohio"),
        ("city", "Zürich"),
        ("isp", "x"),
    ]);
    let mut file = Mmdb::new(ip_version, record_size)
        .network("8.8.8.0/24", &nested)
        .network("9.0.0.0/8", &flat);
    if ip_version == 6 {
        file = file.network("2001:db8::/32", &nested);
    }
    file
}

/// Looks up addresses all over a small file's tree. The results are bounded.
fn ask_around(geo: &Geo) {
    let v4 = [0x0808_0808, 0x0900_0001, 0, u32::MAX].map(|bits| IpAddr::V4(Ipv4Addr::from(bits)));
    let v6 = [0x2001_0db8_u128 << 96, 0, 1, u128::MAX, 0xffff_0808_0808]
        .map(|bits| IpAddr::V6(Ipv6Addr::from(bits)));
    for ip in v4.into_iter().chain(v6) {
        let GeoLocation {
            country,
            region,
            city,
            isp,
        } = geo.locate(ip);
        assert!(country.is_empty() || country.len() == 2);
        for text in [country, region, city, isp] {
            assert!(
                text.len() <= 64 && !text.chars().any(char::is_control),
                "{text:?}"
            );
        }
    }
    assert!(geo.kind().len() <= 64);
}

#[test]
fn a_file_cut_short_is_refused_whatever_its_length() {
    for (ip_version, record_size) in [(4, 24), (6, 28), (4, 32)] {
        let file = small(ip_version, record_size).build();
        Geo::from_bytes(file.clone())
            .map(|geo| ask_around(&geo))
            .unwrap();
        for length in 0..file.len() {
            let reason = refused(file[..length].to_vec());
            assert!(reason.len() < 400, "{reason}");
        }
    }
}

#[test]
fn a_single_damaged_byte_is_refused_or_harmless() {
    for (ip_version, record_size) in [(4, 24), (6, 28), (4, 32)] {
        let file = small(ip_version, record_size).build();
        for place in 0..file.len() {
            for damage in [0x01, 0x20, 0x80, 0xff] {
                let mut damaged = file.clone();
                damaged[place] ^= damage;
                let _ = Geo::from_bytes(damaged).map(|geo| ask_around(&geo));
            }
        }
    }
}

/// A file of crafted nodes.
fn of_nodes(ip_version: u8, nodes: Vec<[Branch; 2]>) -> Mmdb {
    let mut file = Mmdb::new(ip_version, 32);
    file.nodes = nodes;
    file
}

#[test]
fn a_tree_with_shared_branches_is_walked_quickly() {
    // 2^96 paths lead to node 96.
    let mut nodes: Vec<_> = (1..=96).map(|next| [Branch::Node(next); 2]).collect();
    nodes.push([Branch::Nowhere, Branch::Data(0)]);
    let mut file = of_nodes(6, nodes);
    file.record(&flat(&[("city", "Everywhere")]));
    let start = Instant::now();
    let geo = Geo::from_bytes(file.build()).unwrap();
    assert_eq!(geo.records(), 1);
    assert_eq!(geo.locate("200.0.0.1".parse().unwrap()).city, "Everywhere");
    ask_around(&geo);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_cyclic_tree_is_walked_quickly() {
    let circle = vec![
        [Branch::Node(1), Branch::Data(0)],
        [Branch::Node(0), Branch::Node(1)],
    ];
    for ip_version in [4, 6] {
        let mut file = of_nodes(ip_version, circle.clone());
        file.record(&flat(&[("city", "Round")]));
        Geo::from_bytes(file.build())
            .map(|geo| ask_around(&geo))
            .unwrap();
    }
}

#[test]
fn a_tree_deeper_than_an_address_is_refused() {
    for (ip_version, bits) in [(4, 32), (6, 128)] {
        let mut nodes: Vec<_> = (1..=bits)
            .map(|next| [Branch::Node(next), Branch::Nowhere])
            .collect();
        nodes.push([Branch::Data(0); 2]);
        let mut file = of_nodes(ip_version, nodes);
        file.record(&flat(&[("city", "Deep")]));
        let reason = refused(file.build());
        assert!(reason.contains("deeper"), "{reason}");
    }
}

#[test]
fn branches_that_lead_out_of_the_file_are_refused() {
    for out in [3, 17, 1000, 1 << 31, u32::MAX] {
        let mut file = of_nodes(
            4,
            vec![[Branch::Raw(out), Branch::Data(0)], [Branch::Nowhere; 2]],
        );
        file.record(&flat(&[("city", "Here")]));
        let reason = refused(file.build());
        assert!(reason.contains("damaged"), "{out}: {reason}");
    }
}

/// A file of this record and a valid one, each for half of all addresses. Loading it must be quick,
/// with any result.
fn half_made_of(record: &[u8]) -> Result<Geo, String> {
    let mut file = Mmdb::new(4, 24);
    let record = file.raw_record(record);
    let good = file.record(&flat(&[("country_code", "US")]));
    file.nodes[0] = [record, good];
    let start = Instant::now();
    let geo = Geo::from_bytes(file.build());
    assert!(start.elapsed() < Duration::from_secs(5));
    geo
}

#[test]
fn a_damaged_record_is_refused_however_good_the_others() {
    for record in [
        // A pointer to itself.
        &b"\x20\x00"[..],
        // A map of 16 million fields.
        b"\xff\xff\xff\xff\x44city",
        // A list of 16 million elements instead of a map.
        b"\x1f\x04\xff\xff\xff",
        // A text of 16 million bytes.
        b"\xe1\x44city\x5f\xff\xff\xff",
        // Bytes that are not UTF-8.
        b"\xe1\x44city\x42\xff\xfe",
        // A type that does not exist.
        b"\xe1\x44city\x00\xff",
    ] {
        let reason = half_made_of(record).map(|_| ()).unwrap_err();
        assert!(reason.contains("damaged"), "{record:?}: {reason}");
    }
}

#[test]
fn a_malformed_record_is_unknown() {
    for record in [
        // A map whose city is the map itself.
        &b"\xe1\x44city\x20\x00"[..],
        // A list instead of a map.
        b"\x01\x04\x44city",
        // No fields.
        b"\xe0",
    ] {
        let geo = half_made_of(record).unwrap();
        let ask = |ip: &str| geo.locate(ip.parse().unwrap());
        assert_eq!(ask("1.2.3.4"), GeoLocation::default(), "{record:?}");
        assert_eq!(ask("200.2.3.4").country, "US", "{record:?}");
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        "\\PC{0,80}".prop_map(Value::Text),
        "[\\x00-\\x7f]{0,80}".prop_map(Value::Text),
        any::<u32>().prop_map(Value::U32),
        any::<f64>().prop_map(Value::Double),
        any::<bool>().prop_map(Value::Bool),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
    ];
    let keys = prop::sample::select(
        &[
            "country",
            "iso_code",
            "country_code",
            "subdivisions",
            "names",
            "en",
            "state1",
            "state2",
            "city",
            "traits",
            "isp",
        ][..],
    );
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            prop::collection::vec((keys.clone().prop_map(str::to_owned), inner), 0..8)
                .prop_map(Value::Map),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_a_record_holds_it_is_bounded_or_unknown(records in prop::collection::vec(value(), 2)) {
        let file = Mmdb::new(4, 24)
            .network("8.8.8.0/24", &records[0])
            .network("9.0.0.0/8", &records[1])
            .network("255.0.0.0/8", &flat(&[("city", "Known")]));
        ask_around(&Geo::from_bytes(file.build()).unwrap());
    }

    #[test]
    fn whatever_was_damaged_nothing_panics_or_hangs(
        version in prop::sample::select(&[(4_u8, 24_u16), (4, 28), (4, 32), (6, 24), (6, 28), (6, 32)][..]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        // Tree and records only, or the metadata too.
        spare_metadata in any::<bool>(),
    ) {
        let mut file = small(version.0, version.1).build();
        let metadata = file.windows(4).rposition(|bytes| bytes == b"\xab\xcd\xefM").unwrap();
        let end = if spare_metadata { metadata } else { file.len() };
        for (place, byte) in damage {
            file[place.index(end)] = byte;
        }
        let _ = Geo::from_bytes(file).map(|geo| ask_around(&geo));
    }

    #[test]
    fn any_bytes_around_a_marker_are_harmless(before in prop::collection::vec(any::<u8>(), 0..200), after in prop::collection::vec(any::<u8>(), 0..200)) {
        let file = [&before[..], b"\xab\xcd\xefMaxMind.com", &after].concat();
        let _ = Geo::from_bytes(file).map(|geo| ask_around(&geo));
    }
}
