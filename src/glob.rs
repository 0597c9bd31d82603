//! Glob patterns, as SCAN and KEYS read them: `?`, `*`, `[a-z]`, `[^a]`, and `\` before a character that is meant literally.

/// Whether the text matches the pattern. Takes time proportional to the product of their lengths at worst:
/// on a mismatch only the last star is tried again.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // After the last star: the pattern that follows it, and the text it has not swallowed yet.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            (pattern, retry) = (rest, Some((rest, text)));
            continue;
        }
        match (one(pattern, text), text) {
            (Some((rest, after)), _) => (pattern, text) = (rest, after),
            (None, []) if pattern.is_empty() => return true,
            _ => {
                let Some((after_star, [_, swallowed @ ..])) = retry else {
                    return false;
                };
                (pattern, text, retry) = (after_star, swallowed, Some((after_star, swallowed)));
            }
        }
    }
}

/// What is left of both when the first element of the pattern, which is no star, matches the first byte of the text.
fn one<'p, 't>(pattern: &'p [u8], text: &'t [u8]) -> Option<(&'p [u8], &'t [u8])> {
    let (&byte, after) = text.split_first()?;
    match pattern {
        [b'?', rest @ ..] => Some((rest, after)),
        [b'[', rest @ ..] => {
            let (found, rest) = class(rest, byte);
            found.then_some((rest, after))
        }
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => {
            (*literal == byte).then_some((rest, after))
        }
        [] => None,
    }
}

/// Whether a class, whose `[` was read, has the byte; and the pattern after the class. A class that is not closed ends with the pattern.
fn class(pattern: &[u8], byte: u8) -> (bool, &[u8]) {
    let (negated, mut pattern) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut found = false;
    loop {
        let (low, high, rest) = match pattern {
            [] => return (found != negated, pattern),
            [b']', rest @ ..] => return (found != negated, rest),
            [b'\\', literal, rest @ ..] => (*literal, *literal, rest),
            [low, b'-', high, rest @ ..] => (*low.min(high), *low.max(high), rest),
            [literal, rest @ ..] => (*literal, *literal, rest),
        };
        found |= (low..=high).contains(&byte);
        pattern = rest;
    }
}
