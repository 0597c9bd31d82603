//! The strategies for creating codes.

/// How a code is created for a URL without a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// The counter's next number, in Base62.
    #[default]
    Counter,
    /// The URL's MD5.
    Hash,
    /// A random code from the pool.
    Pool,
}

impl Strategy {
    /// All strategies, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Counter, Self::Hash, Self::Pool];

    /// Returns the name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Hash => "hash",
            Self::Pool => "pool",
        }
    }

    /// Returns the strategy of this name, in any case.
    #[must_use]
    pub fn parse(name: impl AsRef<[u8]>) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| {
            strategy
                .as_str()
                .as_bytes()
                .eq_ignore_ascii_case(name.as_ref())
        })
    }
}
