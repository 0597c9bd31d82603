//! Load arguments: what follows the module's path in `loadmodule`, as `name value` pairs.
//!
//! From Redis 7.0 on, and on Valkey, CONFIG REWRITE writes these arguments back with a space between
//! them and without quotes. At the next start the server splits that line at blanks: a value of
//! several words arrives as several arguments, and an empty value does not arrive at all. Both forms
//! have to mean the same, or a server does not start again after a rewrite (a Sentinel failover
//! rewrites too). So a value extends to the next argument that is the name of a setting, and a name
//! without a value has the empty value. A value that would still come back as another one is refused
//! at the first start.

use super::access::unknown;
use super::definition::{Definition, Kind};
use super::settings::Settings;
use crate::error::quote;

/// What load arguments say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadArguments {
    /// The defaults, and over them what the arguments set.
    pub settings: Settings,
    /// Values whose extent is a matter of the rule above, one line each, for the log.
    pub notes: Vec<String>,
}

/// One setting among the arguments.
struct Assignment<'a> {
    definition: &'static Definition,
    words: Vec<&'a str>,
}

impl LoadArguments {
    /// Reads load arguments. `rewritten`: the server writes them back without quotes.
    ///
    /// # Errors
    /// A reason for people: what is wrong with which argument, and what to do.
    pub fn read(args: &[&[u8]], rewritten: bool) -> Result<Self, String> {
        let mut read = Self::default();
        let given = group(args)?;
        let mut before: Option<&Assignment<'_>> = None;
        for one in &given {
            let name = one.definition.name;
            one.check_words()?;
            let value = one.value();
            if let Err(reason) = read.settings.set(name, &value) {
                return Err(match before.filter(|before| before.words.is_empty()) {
                    Some(before) if one.words.is_empty() => format!(
                        "{reason}; a setting's name cannot be a value here: if {name} is the value of {}, {}",
                        before.definition.name,
                        before.advice()
                    ),
                    _ if one.words.is_empty() => {
                        format!("missing value for load argument '{name}': {reason}")
                    }
                    _ => reason,
                });
            }
            if rewritten && !one.comes_back(&value) {
                return Err(format!(
                    "CONFIG REWRITE would change the value of {name}, {}, because it writes load arguments without quotes; {}",
                    one.shown(&value),
                    one.advice()
                ));
            }
            read.notes.extend(one.note(&value));
            before = Some(one);
        }
        Ok(read)
    }
}

/// The setting that an argument names; `shorten.` may stand in front, as it does in `redis.conf`.
fn named(argument: &str) -> Option<&'static Definition> {
    const PREFIX: &str = "shorten.";
    let name = match argument.split_at_checked(PREFIX.len()) {
        Some((prefix, name)) if prefix.eq_ignore_ascii_case(PREFIX) => name,
        _ => argument,
    };
    Settings::definition(name)
}

/// Settings in their order, each with the arguments up to the next setting's name.
fn group<'a>(args: &[&'a [u8]]) -> Result<Vec<Assignment<'a>>, String> {
    let mut given: Vec<Assignment<'a>> = Vec::new();
    for bytes in args {
        let argument = std::str::from_utf8(bytes)
            .map_err(|_| format!("load argument {} is not UTF-8", quote(bytes)))?;
        match (named(argument), given.last_mut()) {
            (Some(definition), _) => {
                if given
                    .iter()
                    .any(|one| one.definition.name == definition.name)
                {
                    return Err(format!("duplicate load argument '{}'", definition.name));
                }
                let words = Vec::new();
                given.push(Assignment { definition, words });
            }
            (None, Some(last)) => last.words.push(argument),
            (None, None) => return Err(unknown(argument)),
        }
    }
    Ok(given)
}

impl Assignment<'_> {
    fn value(&self) -> String {
        self.words.join(" ")
    }

    /// Numbers and choices are one word: a second one is a name with a typing error.
    fn check_words(&self) -> Result<(), String> {
        match (self.definition.kind, self.words.get(1)) {
            (Kind::Text, _) | (_, None) => Ok(()),
            (_, Some(second)) => Err(unknown(second)),
        }
    }

    /// Whether the server splits the line it writes into the same value. It ends a word at a space,
    /// tab or CR, skips other white space before a word, and takes quotes for its own. A NUL ends the
    /// file for it, an LF the line.
    fn comes_back(&self, value: &str) -> bool {
        if value.contains(['"', '\'', '\n', '\0']) {
            return false;
        }
        let words: Vec<&str> = value
            .split([' ', '\t', '\r'])
            .map(|word| word.trim_start_matches(['\x0b', '\x0c']))
            .filter(|word| !word.is_empty())
            .collect();
        if words.iter().any(|word| named(word).is_some()) {
            return false;
        }
        let mut settings = Settings::default();
        let read = |settings: &mut Settings, value: &str| {
            let set = settings.set(self.definition.name, value);
            set.ok().and_then(|()| settings.get(self.definition.name))
        };
        read(&mut settings, value) == read(&mut settings, &words.join(" "))
    }

    /// The value as a message shows it; the salt is a secret.
    fn shown(&self, value: &str) -> String {
        match self.definition.name {
            "visit-salt" => "(redacted)".to_owned(),
            _ => quote(value.as_bytes()),
        }
    }

    fn advice(&self) -> String {
        let name = self.definition.name;
        format!("set it in the configuration file: shorten.{name} \"...\"")
    }

    fn note(&self, value: &str) -> Option<String> {
        let name = self.definition.name;
        match self.words.len() {
            0 => Some(format!(
                "load argument {name} has no value and is set to the empty string"
            )),
            1 => None,
            count => Some(format!(
                "load argument {name} is set to {}, joined from {count} arguments",
                self.shown(value)
            )),
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
mod tests;
