//! GeoIP lookups in MaxMind DB files.
//!
//! The format is a search tree over the bits of an address. Its leaves point to records: maps of
//! any content. Two schemas are supported: MaxMind's own, nested (`country.iso_code`,
//! `city.names.en`), and the flat one of the npm packages `@ip-location-db/*` (`country_code`,
//! `state1`, `city`). Loading determines which of the known fields occur, so that a lookup reads
//! only those.
//!
//! Files are untrusted. Loading validates them, and lookups are bounded all the same: what cannot
//! be read is unknown.

mod tree;

use std::net::IpAddr;

use maxminddb::{LookupResult, MaxMindDbError, PathElement, Reader};

use tree::Tree;

/// The location of an IP address. An empty text means unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GeoLocation {
    /// Two capital letters (ISO 3166-1).
    pub country: String,
    /// The first subdivision of the country: a province, state or Land.
    pub region: String,
    /// The city.
    pub city: String,
    /// The internet service provider, or the operator of the network.
    pub isp: String,
}

/// A MaxMind DB file in memory.
pub struct Geo {
    reader: Reader<Vec<u8>>,
    /// The paths of [`FIELDS`] that occur in the file.
    paths: [Vec<Path>; FIELDS.len()],
    kind: String,
    records: usize,
}

type Path = &'static [PathElement<'static>];

/// The paths of country, region, city and ISP in a record, the preferred ones first.
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

/// Maximum length of a text from a record, in bytes.
const MAX_TEXT: usize = 64;

/// Maximum length of an error's text, in bytes.
const MAX_REASON: usize = 200;

/// The bytes before a file's metadata.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";

impl Geo {
    /// Maximum distance of the metadata from the end of a file, in bytes, by the format's rules.
    pub const TAIL: usize = 128 * 1024;

    /// Returns whether a file with these last bytes, at most [`Geo::TAIL`], can be a MaxMind DB
    /// file. This is a quick check only.
    #[must_use]
    pub fn has_metadata_marker(tail: &[u8]) -> bool {
        tail.windows(MARKER.len()).any(|window| window == MARKER)
    }

    /// Loads a file's bytes and validates all its records. Takes a second or two per 100 MB.
    ///
    /// # Errors
    /// A description: the bytes are not a MaxMind DB file, are damaged, or contain no field of
    /// [`GeoLocation`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Geo, String> {
        let (paths, records) = validate(&bytes)?;
        let reader = Reader::from_source(bytes).map_err(|error| damaged(&error))?;
        let kind = bounded(&reader.metadata().database_type, MAX_TEXT);
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

    /// Returns the location of an address. An IPv4-mapped IPv6 address (`::ffff:8.8.8.8`) is
    /// converted to IPv4.
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

    /// Returns the database type of the file, such as `GeoLite2-City`: at most 64 bytes.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the time at which the file was built, in Unix seconds.
    #[must_use]
    pub fn build_epoch(&self) -> u64 {
        self.reader.metadata().build_epoch
    }

    /// Returns the number of distinct records.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }
}

/// Visits every record once. Returns which of the known fields occur, and the number of records.
///
/// The crate's `verify` is not suitable: it refuses the files of the npm packages, whose metadata
/// have no language, and follows all paths through the tree, of which a crafted file can have 2^96.
fn validate(bytes: &[u8]) -> Result<([Vec<Path>; FIELDS.len()], usize), String> {
    let reader = Reader::from_source(bytes).map_err(|error| damaged(&error))?;
    let mut occurs = FIELDS.map(|paths| vec![false; paths.len()]);
    let records = Tree::of(&reader, bytes).each_record(|ip| {
        let found = reader.lookup(ip).map_err(|error| damaged(&error))?;
        for (paths, occurs) in FIELDS.iter().zip(&mut occurs) {
            for (path, occurs) in paths.iter().zip(occurs) {
                match found.decode_path::<&str>(path) {
                    Ok(text) => *occurs |= text.is_some_and(|text| !text.is_empty()),
                    // A value of another type, here or on the path, is not a known field.
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

/// Returns the first of these fields that is not empty.
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
    bounded(text, MAX_TEXT)
}

/// Returns the text without control characters and without white space at its ends, cut between
/// characters to at most this many bytes.
fn bounded(text: &str, limit: usize) -> String {
    // A crafted record can have 2 MB of text, so only its beginning is read.
    let kept: String = cut(text, limit.saturating_mul(2))
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    cut(&kept, limit).trim().to_owned()
}

/// Returns as many whole characters as fit.
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
        bounded(&error.to_string(), MAX_REASON)
    )
}
