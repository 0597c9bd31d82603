//! Bots, link previews and programs.

use std::sync::LazyLock;

use super::agent::{MAX_NAME, MAX_VERSION, fit};
use super::bot_patterns::{ADDRESSES, BEGINNINGS, BOT_PATTERNS, BROWSER_TOKENS, ENDINGS, NAMES};
use super::matcher::{Match, PatternSet};
use super::{foreign, position};

/// What has to hold of the place where a word of a table is found.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Nothing.
    Name,
    /// It is not part of a device's name.
    Word,
    /// As for [`Rule::Word`], and the word ends there.
    Ending,
    /// As for [`Rule::Word`], and the word begins there.
    Beginning,
    /// It is given as the program's own address.
    Address,
}

/// The tables whose words mark a bot. All are looked for in one pass.
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

/// Whether a user agent is a bot's. `well_formed` if it is all there and has no characters that
/// none has: then what is no browser is a program, else it may as well be nonsense.
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

/// The rule of a word, by its line in all tables.
fn rule(mut line: usize) -> Option<Rule> {
    for (words, rule) in TABLES {
        match line.checked_sub(words.len()) {
            None => return Some(rule),
            Some(rest) => line = rest,
        }
    }
    None
}

/// Whether a word of a bot stands where it counts.
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

/// Apps of phones that show pages may say no more than the phone they run on.
fn is_phone(text: &str) -> bool {
    ["iPhone", "iPod"].iter().any(|name| text.starts_with(name))
        || (text.starts_with("Mozilla/5.0 (Linux; ") && text.contains("Android "))
}

/// Only bots say whom to write to, `someone@example.com`, or where to read of them, `+example.com`.
/// (Ecosia's browser has an `@` before its version, televisions have a `+` before what they can
/// do.)
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

/// A bot's name and version, as far as it tells them.
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

/// The parts of a user agent that look like `name/version`, but for addresses.
fn products(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ';', '(', ')', ',', '+', '[', ']'])
        .filter(|part| !part.contains(['@', ':']) && !part.starts_with("www."))
}

/// Up to where remarks begin.
fn first_part(text: &str) -> &str {
    text.split([';', '(', ')', ',', '+'])
        .next()
        .unwrap_or_default()
        .trim()
}

/// Name and version: `Some Name/1.0` or `Some Name 1.0`.
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

/// What begins with a digit, but for a leading `v`.
fn version(text: &str) -> &str {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return "";
    }
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')))
        .next()
        .unwrap_or_default()
}
