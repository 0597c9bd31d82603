//! Where IP addresses are: a file of MaxMind's format.
//!
//! The format is a search tree over the bits of an address, whose leaves point to records: maps of anything. Two schemas are understood:
//! MaxMind's own, nested (`country.iso_code`, `city.names.en`), and the flat one of the npm packages `@ip-location-db/*` (`country_code`,
//! `state1`, `city`). Which of the known fields a file has is found out when it is read, so that a look-up asks for those alone.
//!
//! A file is hostile until it was looked through, and may be damaged even then: a look-up is bounded, and what it cannot read is unknown.

mod tree;

use std::net::IpAddr;

use maxminddb::{LookupResult, MaxMindDbError, PathElement, Reader};

use tree::Tree;

/// Where an IP address is. An empty text stands for unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeoLocation {
    /// Two capital letters, ISO 3166-1.
    pub country: String,
    /// The first subdivision: province, state, Land.
    pub region: String,
    /// City.
    pub city: String,
    /// Internet service provider, or whoever runs the network.
    pub isp: String,
}

/// A file of MaxMind's format, in memory.
pub struct Geo {
    reader: Reader<Vec<u8>>,
    /// Which paths of [`FIELDS`] occur in the file.
    paths: [Vec<Path>; FIELDS.len()],
    kind: String,
    records: usize,
}

type Path = &'static [PathElement<'static>];

/// Country, region, city and provider: where they may be found in a record, the best place first.
const FIELDS: [&[Path]; 4] = {
    use PathElement::{Index, Key};
    [
        &[&[Key("country"), Key("iso_code")], &[Key("country_code")]],
        &[
            &[Key("subdivisions"), Index(0), Key("names"), Key("en")],
            &[Key("state1")],
            &[Key("state2")],
        ],
        &[&[Key("city"), Key("names"), Key("en")], &[Key("city")]],
        &[
            &[Key("traits"), Key("isp")],
            &[Key("isp")],
            &[Key("traits"), Key("organization")],
            &[Key("organization")],
            &[Key("traits"), Key("autonomous_system_organization")],
            &[Key("autonomous_system_organization")],
        ],
    ]
};

/// The longest text kept of a record, in bytes.
const LONGEST: usize = 64;

/// The longest text of an error, in bytes.
const LONGEST_REASON: usize = 200;

/// What stands before a file's metadata.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";

impl Geo {
    /// The metadata is within the last this many bytes of a file, by the format's rules.
    pub const TAIL: usize = 128 * 1024;

    /// Whether a file that ends with these bytes, [`Geo::TAIL`] or fewer, may be one of MaxMind's format. Quick: only a first look.
    #[must_use]
    pub fn has_metadata_marker(tail: &[u8]) -> bool {
        tail.windows(MARKER.len()).any(|window| window == MARKER)
    }

    /// Reads a file's bytes, and looks through all of its records: a second or two per hundred megabytes.
    ///
    /// # Errors
    /// What is wrong with them, for people: they are not of this format, they are damaged, or they tell nothing of what [`GeoLocation`] has.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Geo, String> {
        let (paths, records) = validate(&bytes)?;
        let reader = Reader::from_source(bytes).map_err(|error| damaged(&error))?;
        let kind = bounded(&reader.metadata().database_type, LONGEST);
        if paths.iter().all(Vec::is_empty) {
            return Err(format!(
                "database type '{kind}' contains no country, region, city or ISP"
            ));
        }
        Ok(Geo {
            reader,
            paths,
            kind,
            records,
        })
    }

    /// What the file tells of an address. One of IPv4 in the clothes of IPv6 (`::ffff:8.8.8.8`) is taken for what it is.
    #[must_use]
    pub fn locate(&self, ip: IpAddr) -> GeoLocation {
        let Ok(found) = self.reader.lookup(ip.to_canonical()) else {
            return GeoLocation::default();
        };
        if !found.has_data() {
            return GeoLocation::default();
        }
        let [country, region, city, isp] = &self.paths;
        GeoLocation {
            country: first(&found, country, country_code),
            region: first(&found, region, text),
            city: first(&found, city, text),
            isp: first(&found, isp, text),
        }
    }

    /// What the file says it is, such as `GeoLite2-City`; at most 64 bytes.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// When the file was made, in seconds since 1970.
    #[must_use]
    pub fn build_epoch(&self) -> u64 {
        self.reader.metadata().build_epoch
    }

    /// How many different records the file has.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }
}

/// Visits every record once: which of the known fields occur, and how many records there are.
///
/// The crate's own `verify` will not do: it refuses the npm packages' files (they describe themselves in no language), and tries all paths through
/// the tree, of which a hostile file may have 2^96.
fn validate(bytes: &[u8]) -> Result<([Vec<Path>; FIELDS.len()], usize), String> {
    let reader = Reader::from_source(bytes).map_err(|error| damaged(&error))?;
    let mut occurs = FIELDS.map(|paths| vec![false; paths.len()]);
    let records = Tree::of(&reader, bytes).each_record(|ip| {
        let found = reader.lookup(ip).map_err(|error| damaged(&error))?;
        for (paths, occurs) in FIELDS.iter().zip(&mut occurs) {
            for (path, occurs) in paths.iter().zip(occurs) {
                match found.decode_path::<&str>(path) {
                    Ok(text) => *occurs |= text.is_some_and(|text| !text.is_empty()),
                    // Of another type, or another thing on the way to it: not what is looked for.
                    Err(MaxMindDbError::Decoding { .. }) => {}
                    Err(error) => return Err(format!("{}, at {ip}", damaged(&error))),
                }
            }
        }
        Ok(())
    })?;
    let mut known = FIELDS.map(<[Path]>::to_vec);
    for (paths, occurs) in known.iter_mut().zip(occurs) {
        let mut occurs = occurs.into_iter();
        paths.retain(|_| occurs.next().unwrap_or(false));
    }
    Ok((known, records))
}

/// The first of these fields that says something.
fn first(found: &LookupResult<'_, Vec<u8>>, paths: &[Path], read: fn(&str) -> String) -> String {
    paths
        .iter()
        .filter_map(|path| found.decode_path::<&str>(path).ok().flatten())
        .map(read)
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

fn country_code(text: &str) -> String {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        text.to_ascii_uppercase()
    } else {
        String::new()
    }
}

fn text(text: &str) -> String {
    bounded(text, LONGEST)
}

/// The text without control characters and without space at its ends, cut at a character's end to at most this many bytes.
fn bounded(text: &str, limit: usize) -> String {
    // Looking at more could cost a hostile record's two megabytes.
    let kept: String = cut(text, limit.saturating_mul(2))
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    cut(&kept, limit).trim().to_owned()
}

/// As many whole characters as fit.
fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let fitting = (0..=limit).rev().find_map(|end| text.get(..end));
    fitting.unwrap_or_default()
}

fn damaged(error: &MaxMindDbError) -> String {
    format!(
        "not a MaxMind DB file, or damaged: {}",
        bounded(&error.to_string(), LONGEST_REASON)
    )
}
