//! How much of a visitor's data is used.

/// The salt of a shard's client ids.
pub type Salt = [u8; 16];

/// How much of a value is used anywhere: in the log, in client ids, in the statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PrivacyLevel {
    /// All of it.
    Full,
    /// The part that does not identify a person.
    #[default]
    Anonymized,
    /// None of it.
    None,
}

impl PrivacyLevel {
    /// All levels, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Full, Self::Anonymized, Self::None];

    /// Returns the name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Anonymized => "anonymized",
            Self::None => "none",
        }
    }

    /// Returns the level of this name, in any case. `anonymised` is a synonym of `anonymized`.
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
    /// The salt of client ids. If empty, the shard's salt is used.
    pub salt: String,
    /// Additional substrings that identify a bot's user agent, in lower case.
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
