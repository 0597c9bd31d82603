//! Settings by name, with values as text, as in `redis.conf` and `CONFIG SET`.

use crate::error::quote;

use super::definition::{DEFINITIONS, Definition, Kind, Value};
use super::settings::Settings;
use super::values::{choice, listed, number};

impl Settings {
    /// Returns the definition of a setting. The name can be in any case.
    #[must_use]
    pub fn definition(name: &str) -> Option<&'static Definition> {
        DEFINITIONS
            .iter()
            .find(|definition| definition.name.eq_ignore_ascii_case(name))
    }

    /// Sets a setting to the value in `text`.
    ///
    /// Rules between settings are checked by [`Settings::check`], because several settings can be
    /// changed together.
    ///
    /// # Errors
    /// A description with the setting, the value and what it must be. Nothing is changed.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let definition = Self::definition(name).ok_or_else(|| unknown(name))?;
        let value = match definition.kind {
            Kind::Number { min, max } => number(text, min, max)
                .map(|number| Value { text, number })
                .ok_or_else(|| format!("must be an integer between {min} and {max}")),
            Kind::Choice { words, synonyms } => choice(text, words, synonyms)
                .map(|text| Value { text, number: 0 })
                .ok_or_else(|| format!("must be {}", listed(words))),
            Kind::Text => Ok(Value { text, number: 0 }),
        };
        let set = value.and_then(|value| (definition.set)(self, value));
        set.map_err(|rule| {
            let given = quote(text.as_bytes());
            format!("{} {rule}, got {given}", definition.name)
        })
    }

    /// Returns the value of a setting as text, which [`Settings::set`] accepts. Returns `None` if
    /// the name is unknown.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        Some((Self::definition(name)?.get)(self))
    }
}

pub(super) fn unknown(name: &str) -> String {
    let names: Vec<_> = DEFINITIONS
        .iter()
        .map(|definition| definition.name)
        .collect();
    format!(
        "unknown setting {}; valid settings: {}",
        quote(name.as_bytes()),
        names.join(", ")
    )
}

#[cfg(test)]
mod tests;
