//! Locations of visits, from the GeoIP file.

use std::env;

use redis::Value;

use super::{Folder, set, small, wait_for};
use shorten_testkit::{Client, EXAMPLE, SOON, Server, fields_of, requires, wait_until};

/// Returns the names and counts of one dimension of a link's statistics.
#[track_caller]
fn by(client: &mut Client, dimension: &str) -> Vec<(String, i64)> {
    let mut stats = client.fields(&["LINK.STATS", "g8", "BY", dimension]);
    let rows = fields_of(stats.remove(dimension).expect("the dimension"));
    rows.into_iter()
        .map(|(name, count)| match count {
            Value::Int(count) => (name, count),
            other => panic!("{name}: {other:?}"),
        })
        .collect()
}

#[track_caller]
fn visit(client: &mut Client, options: &[&str]) {
    assert_eq!(client.text(&[&["VISIT", "g8"], options].concat()), EXAMPLE);
}

fn counts(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn visits_are_counted_by_location_and_replicas_need_no_file() {
    let folder = Folder::new();
    let path = folder.put("a.mmdb", &small(7));
    let server = Server::builder()
        .module_args(&format!("geoip-db {path}"))
        .start();
    let replica = Server::builder().replica_of(&server).start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    wait_for(&mut client, 7);
    for ip in ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.9"] {
        visit(&mut client, &["IP", ip]);
    }
    // Values given by the caller override the file. A value from neither is unknown, and the visit
    // counts.
    visit(&mut client, &["IP", "8.8.8.8", "COUNTRY", "DE"]);
    visit(&mut client, &["IP", "9.9.9.9"]);
    visit(&mut client, &["IP", "no address"]);
    visit(&mut client, &[]);
    server.same_as(&replica);
    for mut client in [client, replica.client()] {
        let stats = client.fields(&["LINK.STATS", "g8"]);
        assert_eq!(stats["humans"], Value::Int(7));
        assert_eq!(by(&mut client, "country"), counts(&[("DE", 1), ("US", 3)]));
        assert_eq!(by(&mut client, "region"), counts(&[("California", 4)]));
        assert_eq!(
            client.cmd(&["LINK.STATS", "g8", "BY", "PROVINCE"]),
            client.cmd(&["LINK.STATS", "g8", "BY", "REGION"])
        );
        assert_eq!(by(&mut client, "city"), counts(&[("Mountain View", 4)]));
        assert_eq!(by(&mut client, "isp"), counts(&[("Google", 4)]));
    }
}

#[test]
fn a_discarded_address_gives_no_location() {
    let folder = Folder::new();
    let path = folder.put("a.mmdb", &small(7));
    let server = Server::builder()
        .module_args(&format!("geoip-db {path} visit-ip-mode none"))
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    wait_for(&mut client, 7);
    visit(&mut client, &["IP", "8.8.8.8"]);
    assert_eq!(by(&mut client, "country"), counts(&[]));
}

#[test]
fn visits_count_while_files_are_loaded_and_unloaded() {
    requires!(since(7, 0), "CONFIG for modules");
    let folder = Folder::new();
    let paths = [
        folder.put("a.mmdb", &small(7)),
        folder.put("b.mmdb", &small(8)),
        String::new(),
    ];
    let server = Server::start();
    let mut client = server.client();
    client.text(&["SHORTEN", EXAMPLE]);
    for n in 0..3000 {
        if n % 10 == 0 {
            set(&mut client, &paths[n / 10 % 3]);
        }
        visit(&mut client, &["IP", "8.8.8.8"]);
    }
    assert_eq!(
        client.fields(&["LINK.STATS", "g8"])["humans"],
        Value::Int(3000)
    );
    set(&mut client, &paths[0]);
    wait_for(&mut client, 7);
    let before = by(&mut client, "country")
        .first()
        .map_or(0, |(_, count)| *count);
    visit(&mut client, &["IP", "8.8.8.8"]);
    assert_eq!(by(&mut client, "country"), counts(&[("US", before + 1)]));
}

#[test]
#[ignore = "needs a real file: make geo-real"]
fn a_real_file_locates_visits() {
    let files = env::var("GEOIP_FILES").expect("GEOIP_FILES names files: make geo-real");
    for path in files.split_whitespace() {
        let server = Server::builder()
            .module_args(&format!("geoip-db {path}"))
            .start();
        let mut client = server.client();
        client.text(&["SHORTEN", EXAMPLE]);
        wait_until(
            "the file is in use",
            SOON,
            || client.stat("shorten_geoip_loaded"),
            |loaded| *loaded == 1,
        );
        // At least one of the two, because some files have only IPv4 or only IPv6.
        visit(&mut client, &["IP", "8.8.8.8"]);
        visit(&mut client, &["IP", "2001:4860:4860::8888"]);
        let countries = by(&mut client, "country");
        assert!(
            matches!(&countries[..], [(name, _)] if name == "US"),
            "{path}: {countries:?}"
        );
        println!("{path}: {countries:?}");
    }
}
