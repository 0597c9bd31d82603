//! The rules for URLs and for `base-url`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shorten_engine::url::{BaseUrl, Rules, is_clean};

fuzz_target!(|data: &[u8]| {
    let (base, url) = match data.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (&b""[..], data),
    };
    let base = std::str::from_utf8(base).ok();
    let rules = Rules {
        base_url: base.and_then(|base| BaseUrl::parse(base).ok()),
        ..Rules::default()
    };
    match rules.check(url) {
        Ok(()) => {
            assert!(is_clean(url) && url.len() <= rules.max_length);
            assert!(
                Rules::default().check(url).is_ok(),
                "base-url only excludes URLs"
            );
        }
        Err(error) => {
            let line = error.to_string();
            assert!(
                line.starts_with("BADURL ") && !line.contains(char::is_control),
                "{line:?}"
            );
        }
    }
    if let Some(base) = &rules.base_url {
        let short = [base.as_str().as_bytes(), b"g8"].concat();
        assert!(
            rules.check(&short).is_err(),
            "a short URL is a redirect loop"
        );
    }
});
