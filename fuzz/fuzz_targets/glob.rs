//! Patterns of MATCH, against a matcher that follows Redis's `stringmatchlen` element by element.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shorten_engine::Glob;
use shorten_engine::code::Code;

fuzz_target!(|data: &[u8]| {
    let Some((&split, rest)) = data.split_first() else {
        return;
    };
    let (code, pattern) = rest.split_at(usize::from(split).min(rest.len()));
    let Ok(glob) = Glob::new(pattern) else {
        assert!(pattern.len() > 1024);
        return;
    };
    // The naive matcher backtracks.
    let stars = pattern.iter().filter(|&&byte| byte == b'*').count();
    if let Some(code) = Code::from_bytes(code)
        && stars <= 4
    {
        assert_eq!(
            glob.matches(&code),
            matches(pattern, code.as_bytes()),
            "{code}"
        );
    }
});

fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', behind @ ..] => (0..=text.len()).any(|skipped| matches(behind, &text[skipped..])),
        [b'?', behind @ ..] => !text.is_empty() && matches(behind, &text[1..]),
        [b'[', class @ ..] => {
            let Some((&byte, text)) = text.split_first() else {
                return false;
            };
            let (negated, mut class) = match class {
                [b'^', class @ ..] => (true, class),
                _ => (false, class),
            };
            let mut found = false;
            loop {
                class = match class {
                    [] => break,
                    [b']', behind @ ..] => {
                        class = behind;
                        break;
                    }
                    [b'\\', literal, behind @ ..] => {
                        found |= *literal == byte;
                        behind
                    }
                    [from, b'-', to, behind @ ..] => {
                        found |= (*from.min(to)..=*from.max(to)).contains(&byte);
                        behind
                    }
                    [literal, behind @ ..] => {
                        found |= *literal == byte;
                        behind
                    }
                }
            }
            found != negated && matches(class, text)
        }
        [b'\\', literal, behind @ ..] | [literal, behind @ ..] => {
            text.first() == Some(literal) && matches(behind, &text[1..])
        }
    }
}
