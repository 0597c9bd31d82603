//! The position of a word in a user agent.
//!
//! A user agent is a sequence of products, `Name/1.0`, and comments in parentheses. A browser's
//! first comment is its platform: the OS, and, except on computers, the device.

use super::matcher::Match;

/// Parts of comments that name a device, in lower case.
#[rustfmt::skip]
const DEVICES: &[&str] = &[
    "android", "andr0id", "adr ", "mobile;", "tizen", "kaios", "harmony", "web0s", "smart-tv", "smarttv", "playstation",
    "nintendo", "dpi;", "drm;",
];

/// The comment or bracketed list around a position: its opening character, the text before it, and
/// its contents.
struct Comment<'t> {
    opener: u8,
    before: &'t str,
    inside: &'t str,
}

impl Comment<'_> {
    /// Returns whether it is the first comment, after at most the engine's version.
    fn is_platform(&self) -> bool {
        !self.before.trim_end().contains([' ', ')'])
    }

    fn names_device(&self) -> bool {
        if self.before.ends_with("Android ") {
            return true;
        }
        if self.inside.contains("compatible;") {
            return false;
        }
        let inside = self.inside.to_ascii_lowercase();
        DEVICES.iter().any(|mark| inside.contains(mark))
    }
}

/// Returns whether a word that begins at `start` is a separate word or a part of `CamelCase`.
pub(super) fn begins_word(text: &str, start: usize) -> bool {
    let (before, from) = text.split_at_checked(start).unwrap_or_default();
    match (before.chars().next_back(), from.chars().next()) {
        (Some(last), Some(first)) if last.is_ascii_alphabetic() && first.is_ascii_alphabetic() => {
            last.is_ascii_lowercase() && first.is_ascii_uppercase()
        }
        _ => true,
    }
}

/// Returns whether a word ends at `end`, possibly with a plural `s`.
pub(super) fn ends_word(text: &str, end: usize) -> bool {
    let (before, after) = text.split_at_checked(end).unwrap_or_default();
    let after = after.strip_prefix(['s', 'S']).unwrap_or(after);
    match (before.chars().next_back(), after.chars().next()) {
        (Some(last), Some(next)) if next.is_ascii_alphabetic() => {
            last.is_ascii_lowercase() && next.is_ascii_uppercase()
        }
        _ => true,
    }
}

/// Returns whether a word is part of a device's name or of what a phone states about its carrier. A
/// product with a version, `Somebot/1.0`, is never part of it.
pub(super) fn is_in_device(text: &str, found: &Match) -> bool {
    let Some(comment) = comment(text, found.start) else {
        return false;
    };
    if comment.opener == b'[' {
        return comment.inside.starts_with("FB");
    }
    comment.names_device() && !comment.inside.contains("http") && !is_product(text, found)
}

/// Returns whether an address that begins at `start` is the program's own, and not that of a
/// browser's maker or an extension. The program's own follows a `+`, or is in a comment with
/// `compatible;`, in a comment of a product, or by itself among the parts of a platform.
pub(super) fn is_contact(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default().trim_end();
    if before.ends_with('+') || !text.starts_with("Mozilla/") {
        return true;
    }
    let Some(comment) = comment(text, start) else {
        return false;
    };
    if comment.names_device() || comment.opener == b'[' {
        return false;
    }
    let is_internet_explorer = comment.inside.starts_with("compatible; MSIE");
    !comment.is_platform()
        || (comment.inside.contains("compatible;") && !is_internet_explorer)
        || (before.ends_with(';') && !comment.inside.contains('('))
}

/// Returns whether a word is in the name of a product with a version.
fn is_product(text: &str, found: &Match) -> bool {
    let rest = text.get(found.end..).unwrap_or_default();
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_.".contains(c));
    rest.strip_prefix('/')
        .map(|version| version.strip_prefix('v').unwrap_or(version))
        .is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

/// Returns the outermost comment around a position.
fn comment(text: &str, at: usize) -> Option<Comment<'_>> {
    let mut depth = 0_usize;
    let mut open = (0, b'(');
    for (place, byte) in text.bytes().enumerate() {
        if place == at && depth == 0 {
            return None;
        }
        match byte {
            b'(' | b'[' => {
                if depth == 0 {
                    open = (place, byte);
                }
                depth = depth.saturating_add(1);
            }
            b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && place > at {
                    return between(text, open, place);
                }
            }
            _ => {}
        }
    }
    between(text, open, text.len())
}

fn between(text: &str, (open, opener): (usize, u8), close: usize) -> Option<Comment<'_>> {
    Some(Comment {
        opener,
        before: text.get(..open)?,
        inside: text.get(open.saturating_add(1)..close)?,
    })
}
