//! How much of what a visitor shows is used at all.

/// What a shard's client ids are salted with.
pub type Salt = [u8; 16];

/// How much of something is used, everywhere: in the log, in client ids, in the statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PrivacyLevel {
    /// All of it.
    Full,
    /// What does not point to one person.
    #[default]
    Anonymized,
    /// Nothing.
    None,
}

impl PrivacyLevel {
    /// All of them, as they are listed to people.
    pub const ALL: [Self; 3] = [Self::Full, Self::Anonymized, Self::None];

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Anonymized => "anonymized",
            Self::None => "none",
        }
    }

    /// The mode of this name, in any case. `anonymised` is accepted too.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("anonymised") {
            return Some(Self::Anonymized);
        }
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str().eq_ignore_ascii_case(name))
    }
}

/// The settings that decide what is kept of a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// How much of a visitor's IP address is used.
    pub ip: PrivacyLevel,
    /// How much of a visitor's user agent is used.
    pub ua: PrivacyLevel,
    /// How much of a visit's referer is used.
    pub referer: PrivacyLevel,
    /// What client ids are salted with; empty: the shard's own salt.
    pub salt: String,
    /// What else marks a user agent as a bot's, in lower case.
    pub bot_patterns: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_known_by_its_name_in_any_case() {
        for mode in PrivacyLevel::ALL {
            assert_eq!(
                PrivacyLevel::parse(&mode.as_str().to_uppercase()),
                Some(mode)
            );
        }
        assert_eq!(
            PrivacyLevel::parse("Anonymised"),
            Some(PrivacyLevel::Anonymized)
        );
        assert_eq!(PrivacyLevel::parse("anonym"), None);
    }
}
