//! Bots, link previews and programs.

use std::sync::LazyLock;

use super::marks::Marks;
use super::words::{BROWSERS, INNOCENT, WORDS};
use super::{MAX_NAME, MAX_VERSION, parse};

static BOT_MARKS: LazyLock<Marks> =
    LazyLock::new(|| Marks::any_case(INNOCENT.iter().chain(WORDS).copied()));
static BROWSER_MARKS: LazyLock<Marks> = LazyLock::new(|| Marks::any_case(BROWSERS.iter().copied()));

/// Whether a user agent is a bot's. `well_formed` if it is all there and has no characters that none has: then what is no browser is a
/// program, else it may as well be nonsense.
pub(super) fn is_bot(text: &str, well_formed: bool, patterns: &[String]) -> bool {
    matches_any(text, patterns)
        || word(text).is_some()
        || has_mail_address(text)
        || (well_formed && is_program(text))
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

/// Where the first word of a bot is.
fn word(text: &str) -> Option<usize> {
    BOT_MARKS
        .all(text)
        .find_map(|(line, start)| (line >= INNOCENT.len()).then_some(start))
}

fn is_program(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphabetic()) && BROWSER_MARKS.all(text).next().is_none()
}

/// Only bots say whom to write to. (Ecosia's browser has an `@` before its version.)
fn has_mail_address(text: &str) -> bool {
    text.split('@').skip(1).any(|host| {
        host.starts_with(|first: char| first.is_ascii_alphabetic())
            && host
                .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-')
                .starts_with('.')
    })
}

/// A bot's name and version, as far as it tells them.
pub(super) fn name(text: &str) -> (String, String) {
    let named = if text.starts_with("Mozilla/") || text.contains("compatible;") {
        products(text)
            .find(|product| word(product).is_some())
            .or_else(|| {
                text.split_once("compatible;")
                    .map(|(_, rest)| first_part(rest))
            })
    } else {
        Some(first_part(text))
    };
    let (name, version) = split(named.unwrap_or_default());
    (parse::fit(name, MAX_NAME), parse::fit(version, MAX_VERSION))
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
