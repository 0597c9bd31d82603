//! How much of what a visitor shows is used at all.

/// How much of something is used, everywhere: in the log, in client ids, in the statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// All of it.
    Full,
    /// What does not point to one person.
    #[default]
    Anonymised,
    /// Nothing.
    None,
}

impl Mode {
    /// All of them, as they are listed to people.
    pub const ALL: [Self; 3] = [Self::Full, Self::Anonymised, Self::None];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Anonymised => "anonymised",
            Self::None => "none",
        }
    }

    /// The mode of this name, in whatever case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str().eq_ignore_ascii_case(name))
    }
}
