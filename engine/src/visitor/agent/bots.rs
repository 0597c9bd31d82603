//! Detection of bots, link previews and programs.

use std::sync::LazyLock;

use super::agent::{MAX_NAME, MAX_VERSION, fit};
use super::bot_patterns::{ADDRESSES, BEGINNINGS, BOT_PATTERNS, BROWSER_TOKENS, ENDINGS, NAMES};
use super::matcher::{Match, PatternSet};
use super::{foreign, position};

/// What must hold at the position where a word of a table is found.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Nothing.
    Name,
    /// The word is not part of a device's name.
    Word,
    /// As for [`Rule::Word`], and the word ends there.
    Ending,
    /// As for [`Rule::Word`], and the word begins there.
    Beginning,
    /// The word is stated as the program's own address.
    Address,
}

/// The tables of words that identify a bot. All are searched in one pass.
pub(super) const TABLES: [(&[&str], Rule); 5] = [
    (NAMES, Rule::Name),
    (BOT_PATTERNS, Rule::Word),
    (ENDINGS, Rule::Ending),
    (BEGINNINGS, Rule::Beginning),
    (ADDRESSES, Rule::Address),
];

static BOT_MARKS: LazyLock<PatternSet> = LazyLock::new(|| {
    PatternSet::any_case(TABLES.iter().flat_map(|(words, _)| words.iter().copied()))
});
static BROWSER_MARKS: LazyLock<PatternSet> =
    LazyLock::new(|| PatternSet::any_case(BROWSER_TOKENS.iter().copied()));

/// Returns whether a user agent is a bot's. `well_formed` is whether it is complete and has only
/// characters that user agents have. Then a user agent that is not a browser's is a program's;
/// otherwise it can be nonsense.
pub(super) fn is_bot(text: &str, well_formed: bool, patterns: &[String]) -> bool {
    matches_any(text, patterns)
        || has_word(text)
        || has_contact(text)
        || (well_formed && (is_program(text) || foreign::is_added(text)))
}

fn matches_any(text: &str, patterns: &[String]) -> bool {
    if patterns.is_empty() {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    patterns
        .iter()
        .any(|pattern| lower.contains(pattern.as_str()))
}

/// Returns the rule of a word, by its line in all tables.
fn rule(mut line: usize) -> Option<Rule> {
    for (words, rule) in TABLES {
        match line.checked_sub(words.len()) {
            None => return Some(rule),
            Some(rest) => line = rest,
        }
    }
    None
}

/// Returns whether a bot's word is at a position where its rule holds.
fn has_word(text: &str) -> bool {
    BOT_MARKS.all(text).any(|found| counts(text, &found))
}

fn counts(text: &str, found: &Match) -> bool {
    let Some(rule) = rule(found.line) else {
        return false;
    };
    match rule {
        Rule::Name => true,
        Rule::Word => !position::is_in_device(text, found),
        Rule::Ending => {
            position::ends_word(text, found.end) && !position::is_in_device(text, found)
        }
        Rule::Beginning => {
            position::begins_word(text, found.start) && !position::is_in_device(text, found)
        }
        Rule::Address => position::is_contact(text, found.start),
    }
}

fn is_program(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && BROWSER_MARKS.all(text).next().is_none()
        && !is_phone(text)
}

/// Apps that show pages on phones may name only the phone.
fn is_phone(text: &str) -> bool {
    ["iPhone", "iPod"].iter().any(|name| text.starts_with(name))
        || (text.starts_with("Mozilla/5.0 (Linux; ") && text.contains("Android "))
}

/// Returns whether the text has a contact, which only bots have: `someone@example.com` or
/// `+example.com`.
///
/// Ecosia's browser has an `@` before its version, and televisions have a `+` before their
/// features.
fn has_contact(text: &str) -> bool {
    text.split('@').skip(1).any(is_host)
        || text.match_indices('+').any(|(place, _)| {
            let (before, from) = text.split_at_checked(place).unwrap_or_default();
            before.ends_with([' ', ';', '(']) && is_host(from.get(1..).unwrap_or_default())
        })
}

fn is_host(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-')
            .starts_with('.')
}

/// Returns a bot's name and version, as far as they are known.
pub(super) fn name(text: &str) -> (String, String) {
    let named = if text.starts_with("Mozilla/") || text.contains("compatible;") {
        products(text)
            .find(|product| has_word(product))
            .or_else(|| {
                text.split_once("compatible;")
                    .map(|(_, rest)| first_part(rest))
            })
            .or_else(|| foreign::added(text))
    } else {
        Some(first_part(text))
    };
    let (name, version) = split(named.unwrap_or_default());
    (fit(name, MAX_NAME), fit(version, MAX_VERSION))
}

/// Returns the parts of a user agent that look like `name/version`, except addresses.
fn products(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ';', '(', ')', ',', '+', '[', ']'])
        .filter(|part| !part.contains(['@', ':']) && !part.starts_with("www."))
}

/// Returns the text up to the first remark.
fn first_part(text: &str) -> &str {
    text.split([';', '(', ')', ',', '+'])
        .next()
        .unwrap_or_default()
        .trim()
}

/// Splits a name and a version: `Some Name/1.0` or `Some Name 1.0`.
fn split(product: &str) -> (&str, &str) {
    let (name, version) = product
        .split_once('/')
        .or_else(|| product.rsplit_once(' '))
        .map_or((product, ""), |(name, rest)| (name, version(rest)));
    if version.is_empty() && !product.contains('/') {
        (product, "")
    } else {
        (name, version)
    }
}

/// Returns the text from its first digit on, if at most a `v` precedes it.
fn version(text: &str) -> &str {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return "";
    }
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')))
        .next()
        .unwrap_or_default()
}
