//! Redis's glob patterns, as KEYS and SCAN's MATCH read them.
//!
//! No crate reads them just so (`[^a]`, ranges in either order, an unclosed class that ends with the pattern), and a user's
//! pattern must mean here what it means to SCAN. Linear in pattern times text: a pattern of many stars cannot stall the server.

/// Whether `text` matches `pattern`: `*` is any bytes, `?` one byte, `[abc]`, `[^abc]` and `[a-z]` one byte of a class, `\` takes the next
/// byte as it is. Bytes compare as they are, case included.
#[must_use]
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut rest, mut left) = (pattern, text);
    // Where to go on when a byte does not match: behind the last star, one byte further in the text.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', behind @ ..] = rest {
            retry = Some((behind, left));
            rest = behind;
            continue;
        }
        let step = left
            .split_first()
            .and_then(|(&byte, after)| Some((one(rest, byte)?, after)));
        if let Some((behind, after)) = step {
            (rest, left) = (behind, after);
        } else if rest.is_empty() && left.is_empty() {
            return true;
        } else {
            let Some((behind, [_, after @ ..])) = retry else {
                return false;
            };
            retry = Some((behind, after));
            (rest, left) = (behind, after);
        }
    }
}

/// What is left of a pattern whose first element, which is no star, matches `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (matched, behind) = match pattern {
        [] => return None,
        [b'?', behind @ ..] => (true, behind),
        [b'[', class @ ..] => in_class(class, byte),
        [b'\\', literal, behind @ ..] | [literal, behind @ ..] => (*literal == byte, behind),
    };
    matched.then_some(behind)
}

/// Whether `byte` is in the class that begins here, and what follows the class. One that is not closed ends with the pattern.
fn in_class(class: &[u8], byte: u8) -> (bool, &[u8]) {
    let (negated, mut rest) = match class {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, class),
    };
    let mut found = false;
    loop {
        let (hit, behind) = match rest {
            [] => return (found != negated, rest),
            [b']', behind @ ..] => return (found != negated, behind),
            [b'\\', literal, behind @ ..] => (*literal == byte, behind),
            [from, b'-', to, behind @ ..] => {
                ((*from.min(to)..=*from.max(to)).contains(&byte), behind)
            }
            [literal, behind @ ..] => (*literal == byte, behind),
        };
        found |= hit;
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(
                matches(pattern.as_bytes(), text.as_bytes()),
                "{pattern} should match {text}"
            );
        }
        for text in no {
            assert!(
                !matches(pattern.as_bytes(), text.as_bytes()),
                "{pattern} should not match {text}"
            );
        }
    }

    #[test]
    fn patterns_mean_what_they_mean_to_scan() {
        check("*", &["", "a", "abc"], &[]);
        check("", &[""], &["a"]);
        check("g?", &["g8", "ga"], &["g", "g88"]);
        check("a*b*c", &["abc", "axxbyyc", "abcbc"], &["ab", "acb"]);
        check("[a-c]x", &["ax", "cx"], &["dx", "x"]);
        check("[c-a]x", &["bx"], &["dx"]);
        check("[^a-c]x", &["dx"], &["ax"]);
        check("[a\\]]", &["a", "]"], &["\\"]);
        check("\\*", &["*"], &["a"]);
        check("h[ae]llo*", &["hello", "hallo world"], &["hillo"]);
        check("[abc", &["a", "c"], &["d"]);
        check("G8", &["G8"], &["g8"]);
    }

    #[test]
    fn a_pattern_of_many_stars_ends_at_once() {
        let pattern = "a*".repeat(30) + "b";
        assert!(!matches(pattern.as_bytes(), &[b'a'; 4096]));
    }
}
