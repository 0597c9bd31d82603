//! Parsing of settings' values.

use crate::url::never_allowed;

/// Returns `a, b or c`.
pub(super) fn listed(words: &[&str]) -> String {
    match words {
        [head @ .., last] if !head.is_empty() => format!("{} or {last}", head.join(", ")),
        _ => words.concat(),
    }
}

/// Returns the word of a text, or the word of which it is a synonym, in any case.
pub(super) fn choice(
    text: &str,
    words: &'static [&'static str],
    synonyms: &'static [(&'static str, &'static str)],
) -> Option<&'static str> {
    let known = words.iter().map(|&word| (word, word));
    known
        .chain(synonyms.iter().copied())
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, word)| word)
}

/// Parses decimal digits: no sign, no space.
pub(super) fn number(text: &str, min: u64, max: u64) -> Option<u64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse()
        .ok()
        .filter(|number| (min..=max).contains(number))
}

/// Parses schemes by RFC 3986, section 3.1. Returns them in lower case, without duplicates.
pub(super) fn schemes(text: &str) -> Result<Vec<String>, String> {
    let mut schemes: Vec<String> = Vec::new();
    for scheme in text
        .split([' ', ','])
        .filter(|scheme| !scheme.is_empty())
        .map(str::to_ascii_lowercase)
    {
        let tail = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.bytes().all(tail) {
            return Err("must be a list of URL schemes, such as http https".into());
        }
        if let Some(reason) = never_allowed(&scheme) {
            return Err(format!("must not contain {scheme}, {reason}"));
        }
        if !schemes.contains(&scheme) {
            schemes.push(scheme);
        }
    }
    if schemes.is_empty() {
        Err("must contain at least one URL scheme, such as https".into())
    } else {
        Ok(schemes)
    }
}

/// Minimum length of a bot pattern, in bytes. One or two letters would match every browser.
const MIN_PATTERN: usize = 3;

/// Parses substrings of user agents. Returns them in lower case, without duplicates.
pub(super) fn patterns(text: &str) -> Result<Vec<String>, String> {
    let mut patterns: Vec<String> = Vec::new();
    for pattern in text
        .split(',')
        .map(|pattern| pattern.trim().to_ascii_lowercase())
        .filter(|pattern| !pattern.is_empty())
    {
        if pattern.len() < MIN_PATTERN {
            return Err(format!(
                "must be a comma-separated list of substrings of at least {MIN_PATTERN} bytes"
            ));
        }
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    Ok(patterns)
}
