//! What the lists of names are about.

/// What visits are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Two letters, ISO 3166-1.
    Country,
    /// The first subdivision of the country: a province, state or Land.
    Region,
    /// The city.
    City,
    /// The internet service provider.
    Isp,
    /// The browser, without its version.
    Browser,
    /// The operating system, without its version.
    Os,
    /// The kind of device.
    Device,
    /// The referer's host.
    Referer,
}

impl Dimension {
    /// All of them, in the order in which they are stored.
    pub const ALL: [Self; 8] = [
        Self::Country,
        Self::Region,
        Self::City,
        Self::Isp,
        Self::Browser,
        Self::Os,
        Self::Device,
        Self::Referer,
    ];

    /// The name that is accepted for [`Dimension::Region`] as well.
    pub const REGION_SYNONYM: &'static str = "province";

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Region => "region",
            Self::City => "city",
            Self::Isp => "isp",
            Self::Browser => "browser",
            Self::Os => "os",
            Self::Device => "device",
            Self::Referer => "referer",
        }
    }

    /// What its list may take, in bytes: names are short for some, and few for others.
    pub(super) fn budget(self) -> usize {
        match self {
            Self::Country => 120,
            Self::Region => 144,
            Self::City | Self::Isp | Self::Referer => 176,
            Self::Browser => 128,
            Self::Os => 104,
            Self::Device => 72,
        }
    }
}
