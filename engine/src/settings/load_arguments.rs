//! Load arguments: the `name value` pairs after the module's path in `loadmodule`.
//!
//! On Valkey and on Redis from 7.0 on, CONFIG REWRITE writes these arguments with a space between
//! them and without quotes. At the next start the server splits that line at blanks. A value of
//! several words then arrives as several arguments, and an empty value does not arrive at all. Both
//! forms must have the same meaning, or a server would not start again after a rewrite. Sentinel
//! rewrites at a failover, too.
//!
//! So a value extends to the next argument that is the name of a setting, and a name without a
//! value has the empty value. A value that a rewrite would still change is refused at the first
//! start.

use super::access::unknown;
use super::definition::{Definition, Kind};
use super::settings::Settings;
use crate::error::quote;

/// The result of reading load arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadArguments {
    /// The defaults, overridden by the arguments.
    pub settings: Settings,
    /// Messages for the log, one for each value that has no argument or several.
    pub notes: Vec<String>,
}

/// A setting among the arguments.
struct Assignment<'a> {
    definition: &'static Definition,
    words: Vec<&'a str>,
}

impl LoadArguments {
    /// Reads load arguments. `rewritten` is whether the server writes them back without quotes.
    ///
    /// # Errors
    /// A description of what is wrong with which argument, and what to do.
    pub fn read(args: &[&[u8]], rewritten: bool) -> Result<Self, String> {
        let mut read = Self::default();
        let assignments = group(args)?;
        let mut before: Option<&Assignment<'_>> = None;
        for assignment in &assignments {
            let name = assignment.definition.name;
            assignment.check_words()?;
            let value = assignment.value();
            if let Err(reason) = read.settings.set(name, &value) {
                return Err(match before.filter(|before| before.words.is_empty()) {
                    Some(before) if assignment.words.is_empty() => format!(
                        "{reason}; a setting's name cannot be a value here: if {name} is the \
                         value of {}, {}",
                        before.definition.name,
                        before.advice()
                    ),
                    _ if assignment.words.is_empty() => {
                        format!("missing value for load argument '{name}': {reason}")
                    }
                    _ => reason,
                });
            }
            if rewritten && !assignment.survives_rewrite(&value) {
                return Err(format!(
                    "CONFIG REWRITE would change the value of {name}, {}, because it writes load \
                     arguments without quotes; {}",
                    assignment.display(&value),
                    assignment.advice()
                ));
            }
            read.notes.extend(assignment.note(&value));
            before = Some(assignment);
        }
        Ok(read)
    }
}

/// Returns the setting that an argument names, with or without the prefix `shorten.`.
fn named(argument: &str) -> Option<&'static Definition> {
    const PREFIX: &str = "shorten.";
    let name = match argument.split_at_checked(PREFIX.len()) {
        Some((prefix, name)) if prefix.eq_ignore_ascii_case(PREFIX) => name,
        _ => argument,
    };
    Settings::definition(name)
}

/// Returns the settings in their order, each with the arguments up to the next setting's name.
fn group<'a>(args: &[&'a [u8]]) -> Result<Vec<Assignment<'a>>, String> {
    let mut assignments: Vec<Assignment<'a>> = Vec::new();
    for bytes in args {
        let argument = std::str::from_utf8(bytes)
            .map_err(|_| format!("load argument {} is not UTF-8", quote(bytes)))?;
        match (named(argument), assignments.last_mut()) {
            (Some(definition), _) => {
                if assignments
                    .iter()
                    .any(|assignment| assignment.definition.name == definition.name)
                {
                    return Err(format!("duplicate load argument '{}'", definition.name));
                }
                let words = Vec::new();
                assignments.push(Assignment { definition, words });
            }
            (None, Some(last)) => last.words.push(argument),
            (None, None) => return Err(unknown(argument)),
        }
    }
    Ok(assignments)
}

impl Assignment<'_> {
    fn value(&self) -> String {
        self.words.join(" ")
    }

    /// Checks that a number or choice has one word. A second word is a misspelled name.
    fn check_words(&self) -> Result<(), String> {
        match (self.definition.kind, self.words.get(1)) {
            (Kind::Text, _) | (_, None) => Ok(()),
            (_, Some(second)) => Err(unknown(second)),
        }
    }

    /// Returns whether the server splits the line that it writes into the same value.
    ///
    /// The server ends a word at a space, tab or CR, skips other white space before a word, and
    /// interprets quotes. A NUL ends the file, an LF the line.
    fn survives_rewrite(&self, value: &str) -> bool {
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

    /// Returns the value for a message. The salt is secret.
    fn display(&self, value: &str) -> String {
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
                self.display(value)
            )),
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]
mod tests;
