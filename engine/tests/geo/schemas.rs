//! What is read from a record, in each schema.

use shorten_engine::visitor::{Geo, GeoLocation};

use crate::{place, refused, told};
use shorten_testkit::mmdb::{Mmdb, Value, flat, map};

/// A file of one record, for 8.8.8.0/24.
fn of(record: &Value) -> Geo {
    let file = Mmdb::new(4, 24).network("8.8.8.0/24", record);
    Geo::from_bytes(file.build()).unwrap()
}

/// Returns the location of a record.
fn tells(record: &Value) -> GeoLocation {
    place(&of(record), "8.8.8.8")
}

fn named(name: &str) -> Value {
    map([(
        "names",
        map([
            ("de", "Anders".into()),
            ("en", name.into()),
            ("fr", "Autre".into()),
        ]),
    )])
}

#[test]
fn maxminds_own_nested_records_are_understood() {
    let record = map([
        ("city", named("Mountain View")),
        ("continent", named("North America")),
        (
            "country",
            map([
                ("geoname_id", Value::U32(6_252_001)),
                ("iso_code", "US".into()),
            ]),
        ),
        ("location", map([("latitude", Value::Double(37.4))])),
        ("registered_country", map([("iso_code", "DE".into())])),
        (
            "subdivisions",
            Value::List(vec![named("California"), named("Santa Clara")]),
        ),
        (
            "traits",
            map([("is_anycast", Value::Bool(true)), ("isp", "Google".into())]),
        ),
    ]);
    assert_eq!(
        tells(&record),
        told(["US", "California", "Mountain View", "Google"])
    );
}

#[test]
fn the_flat_records_of_the_npm_packages_are_understood() {
    let record = flat(&[
        ("city", "Kristinehamn"),
        ("country_code", "SE"),
        ("postcode", "681 95"),
        ("state1", "Varmland County"),
        ("state2", "Else"),
        ("autonomous_system_number", "3301"),
        ("autonomous_system_organization", "Telia"),
    ]);
    assert_eq!(
        tells(&record),
        told(["SE", "Varmland County", "Kristinehamn", "Telia"])
    );
    let record = flat(&[("state1", ""), ("state2", "Värmland"), ("city", "")]);
    assert_eq!(tells(&record), told(["", "Värmland", "", ""]));
}

#[test]
fn the_network_operator_replaces_an_unknown_isp() {
    let asn = "autonomous_system_organization";
    for (fields, isp) in [
        (
            vec![(asn, "AS"), ("organization", "Org"), ("isp", "ISP")],
            "ISP",
        ),
        (
            vec![(asn, "AS"), ("organization", "Org"), ("isp", "")],
            "Org",
        ),
        (vec![(asn, "AS")], "AS"),
    ] {
        assert_eq!(tells(&flat(&fields)).isp, isp, "{fields:?}");
        assert_eq!(
            tells(&map([("traits", flat(&fields))])).isp,
            isp,
            "traits {fields:?}"
        );
    }
}

#[test]
fn records_of_both_schemas_may_stand_in_one_file() {
    let file = Mmdb::new(4, 24)
        .network(
            "1.0.0.0/8",
            &flat(&[("country_code", "AU"), ("city", "Perth")]),
        )
        .network(
            "2.0.0.0/8",
            &map([
                ("city", named("Lyon")),
                ("country", flat(&[("iso_code", "FR")])),
            ]),
        );
    let geo = Geo::from_bytes(file.build()).unwrap();
    assert_eq!(place(&geo, "1.2.3.4"), told(["AU", "", "Perth", ""]));
    assert_eq!(place(&geo, "2.2.3.4"), told(["FR", "", "Lyon", ""]));
}

#[test]
fn a_field_that_is_missing_or_of_another_type_is_unknown_and_the_others_are_not() {
    let others: [Value; 6] = [
        Value::U32(7),
        Value::Bytes(b"US".into()),
        Value::Bool(true),
        Value::Double(0.5),
        Value::List(vec!["US".into()]),
        map([("names", Value::List(vec!["US".into()]))]),
    ];
    for other in others {
        let record = map([
            ("country_code", other.clone()),
            ("country", other.clone()),
            ("subdivisions", other.clone()),
            ("state1", other.clone()),
            ("city", "Here".into()),
            ("traits", other.clone()),
        ]);
        let file = Mmdb::new(4, 24)
            .network("8.8.8.0/24", &record)
            // A record with these fields, so that they are looked up.
            .network(
                "9.9.9.0/24",
                &flat(&[("country_code", "CH"), ("state1", "ZH"), ("isp", "x")]),
            )
            .network("7.7.7.0/24", &other);
        let geo = Geo::from_bytes(file.build()).unwrap();
        assert_eq!(
            place(&geo, "8.8.8.8"),
            told(["", "", "Here", ""]),
            "{other:?}"
        );
        assert_eq!(
            place(&geo, "9.9.9.9"),
            told(["CH", "ZH", "", "x"]),
            "{other:?}"
        );
        assert_eq!(place(&geo, "7.7.7.7"), GeoLocation::default(), "{other:?}");
    }
}

#[test]
fn a_country_is_two_letters_in_capitals_or_unknown() {
    for (written, read) in [
        ("us", "US"),
        ("De", "DE"),
        ("USA", ""),
        ("U", ""),
        ("U1", ""),
        ("ü", ""),
        ("", ""),
        ("\n\n", ""),
    ] {
        let record = flat(&[("country_code", written), ("city", "x")]);
        assert_eq!(tells(&record).country, read, "{written:?}");
    }
}

#[test]
fn texts_are_cut_at_a_characters_end_and_hold_no_control_characters() {
    for (written, read) in [
        ("x".repeat(64), "x".repeat(64)),
        ("x".repeat(65), "x".repeat(64)),
        (
            format!("{}éé", "x".repeat(61)),
            format!("{}é", "x".repeat(61)),
        ),
        ("日".repeat(1000), "日".repeat(21)),
        ("a\0b\r\nc\u{85}d\u{7f}".into(), "abcd".into()),
        ("  Sankt Gallen \n".into(), "Sankt Gallen".into()),
        ("\n".repeat(1_000_000), String::new()),
        (format!("\n{}", "日".repeat(100_000)), "日".repeat(21)),
    ] {
        let record = flat(&[
            ("country_code", "CH"),
            ("city", &written),
            ("isp", &written),
        ]);
        let told = tells(&record);
        assert_eq!((told.city, told.isp), (read.clone(), read));
    }
}

#[test]
fn a_file_has_a_type_and_a_build_time() {
    let record = flat(&[("country_code", "US")]);
    let file = Mmdb::new(6, 28)
        .network("8.8.8.0/24", &record)
        .network("2001:db8::/32", &record);
    let geo = Geo::from_bytes(file.kind("Some-Country").built(1_781_726_061).build()).unwrap();
    assert_eq!(
        (geo.kind(), geo.build_epoch(), geo.records()),
        ("Some-Country", 1_781_726_061, 2)
    );
}

#[test]
fn a_file_without_known_fields_is_refused_with_its_type() {
    let file = Mmdb::new(4, 24).kind("GeoIP2-Connection-Type");
    let empty = refused(file.build());
    assert!(empty.contains("GeoIP2-Connection-Type"), "{empty}");
    let record = flat(&[("connection_type", "Cable"), ("city", "")]);
    let useless = refused(file.network("8.8.8.0/24", &record).build());
    assert!(
        useless.contains("GeoIP2-Connection-Type") && useless.contains("no country"),
        "{useless}"
    );
}

#[test]
fn a_file_of_another_format_is_refused_with_a_reason() {
    for bytes in [
        &b""[..],
        b"hello",
        b"<html>404</html>",
        &[0; 1000],
        b"\xab\xcd\xefMaxMind.com",
    ] {
        let reason = refused(bytes.to_vec());
        assert!(reason.contains("not a MaxMind DB file"), "{reason}");
    }
    assert!(!Geo::has_metadata_marker(b"<html>404</html>"));
    let file = Mmdb::new(4, 24).build();
    assert!(Geo::has_metadata_marker(&file));
    assert!(Geo::has_metadata_marker(
        &file[file.len().saturating_sub(Geo::TAIL)..]
    ));
}
