//! The strategies by which codes are made.

/// How a code is made for a URL that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// The next number, in Base62.
    #[default]
    Counter,
    /// From the URL's MD5.
    Hash,
    /// A random code made ahead of time.
    Pool,
}

impl Strategy {
    /// All of them, as they are listed to people.
    pub const ALL: [Self; 3] = [Self::Counter, Self::Hash, Self::Pool];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Hash => "hash",
            Self::Pool => "pool",
        }
    }

    /// The strategy of this name, in whatever case.
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
