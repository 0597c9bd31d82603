//! Where IP addresses are: a file of MaxMind's format.

use std::net::IpAddr;

/// Where an IP address is. An empty text stands for unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Two capital letters, ISO 3166-1.
    pub country: String,
    /// The first subdivision: province, state, Land.
    pub province: String,
    /// City.
    pub city: String,
    /// Internet service provider, or whoever runs the network.
    pub isp: String,
}

/// A file of MaxMind's format, in memory.
pub struct Geo {}

impl Geo {
    /// Reads a file's bytes.
    ///
    /// # Errors
    /// What is wrong with them, for people.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Geo, String> {
        let _ = bytes;
        Err("not yet".into())
    }

    /// What the file tells of an address.
    #[must_use]
    pub fn place(&self, ip: IpAddr) -> Place {
        let _ = ip;
        Place::default()
    }
}
