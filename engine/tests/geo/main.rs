//! GeoIP lookups in MaxMind DB files: made for the tests, crafted ones, and a real one.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "in a test a panic is the right answer, and its name is its promise"
)]

mod hostile;
mod networks;
mod real;
mod schemas;

use shorten_engine::visitor::{Geo, GeoLocation};

/// Checks the reason for which a file is refused.
#[track_caller]
fn refused(bytes: Vec<u8>) -> String {
    match Geo::from_bytes(bytes) {
        Err(reason) => reason,
        Ok(geo) => panic!("a file of {} records was taken", geo.records()),
    }
}

#[track_caller]
fn place(geo: &Geo, ip: &str) -> GeoLocation {
    geo.locate(ip.parse().expect("an address"))
}

/// Country, region, city and ISP.
fn told([country, region, city, isp]: [&str; 4]) -> GeoLocation {
    GeoLocation {
        country: country.into(),
        region: region.into(),
        city: city.into(),
        isp: isp.into(),
    }
}
