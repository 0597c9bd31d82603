//! The dimensions of statistics: what visits are grouped by.

/// A property of a visit that visits are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Two letters (ISO 3166-1).
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
    /// All dimensions, in the order in which they are stored.
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

    /// A second name of [`Dimension::Region`].
    pub const REGION_SYNONYM: &'static str = "province";

    /// Returns the name, in lower case.
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

    /// Returns the maximum size of the dimension's list, in bytes. Some dimensions have short
    /// names, others few.
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
