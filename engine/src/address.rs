//! Which URLs are accepted.
//!
//! The rules, in the order in which they are checked: not empty; UTF-8; no control character and no space anywhere (the parser would drop
//! a CR or LF in silence, and a stored one is header injection in a redirect); not too long; accepted by the WHATWG URL standard's parser
//! (<https://url.spec.whatwg.org>, the crate `url`); an allowed scheme; a host; not under our own base URL (a redirect loop).
//! What is stored is what was given, byte for byte: the parser's own spelling is looked at and thrown away.

use url::Url;

use crate::error::Error;
use crate::settings::Settings;

/// Checks a URL against all the rules.
///
/// # Errors
/// `BADURL`, with the first rule broken and the URL.
pub fn check(url: &[u8], settings: &Settings) -> Result<(), Error> {
    if is_plain(url, settings) {
        return Ok(());
    }
    reason(url, settings).map_or(Ok(()), |reason| Err(Error::bad_url(&reason, url)))
}

/// The rules that depend on no setting and no parser: not empty, UTF-8, no control character (Unicode Cc), no space.
#[must_use]
pub fn is_clean(url: &[u8]) -> bool {
    dirt(url).is_none()
}

/// What [`is_clean`] finds wrong.
fn dirt(url: &[u8]) -> Option<&'static str> {
    if url.is_empty() {
        return Some("the URL is empty");
    }
    if is_graphic(url) {
        return None;
    }
    let Ok(text) = std::str::from_utf8(url) else {
        return Some("the URL is not UTF-8");
    };
    if text.chars().any(char::is_control) {
        return Some("the URL contains a control character");
    }
    text.contains(' ').then_some("the URL contains a space")
}

/// The first rule the URL breaks.
fn reason(url: &[u8], settings: &Settings) -> Option<String> {
    if let Some(dirt) = dirt(url) {
        return Some(dirt.into());
    }
    if url.len() > settings.max_url_length {
        return Some(format!(
            "the URL is {} bytes long, more than max-url-length allows, {}",
            url.len(),
            settings.max_url_length
        ));
    }
    let parsed = match std::str::from_utf8(url).map(Url::parse) {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(error)) => return Some(format!("not a valid URL, {error}")),
        Err(_) => return Some("the URL is not UTF-8".into()),
    };
    if !settings
        .allowed_schemes
        .iter()
        .any(|scheme| scheme == parsed.scheme())
    {
        return Some(format!(
            "the scheme is none of {}",
            settings.allowed_schemes.join(", ")
        ));
    }
    if parsed.host_str().is_none_or(str::is_empty) {
        return Some("the URL has no host".into());
    }
    let base = settings
        .base_url
        .as_ref()
        .filter(|base| base.leads_back(&parsed))?;
    Some(format!(
        "the URL is under base-url {}, a redirect loop",
        base.as_str()
    ))
}

/// Whether there is nothing but ASCII without spaces and control characters.
fn is_graphic(url: &[u8]) -> bool {
    let (blocks, rest) = url.as_chunks::<16>();
    // No early exit within a block: it becomes one vector comparison.
    let whole = |block: &[u8; 16]| {
        block
            .iter()
            .fold(true, |all, byte| all & byte.is_ascii_graphic())
    };
    blocks.iter().all(whole) && rest.iter().all(u8::is_ascii_graphic)
}

/// Whether the URL is one of the many that can be seen to keep all the rules without the parser, which costs as much as the rest of a
/// `SHORTEN`: `http://` or `https://`, then a [`plain_host`] and nothing more, or a path, query or fragment, in which the parser takes
/// anything. False says nothing.
fn is_plain(url: &[u8], settings: &Settings) -> bool {
    let (scheme, rest) = match (url.strip_prefix(b"https://"), url.strip_prefix(b"http://")) {
        (Some(rest), _) => ("https", rest),
        (None, Some(rest)) => ("http", rest),
        (None, None) => return false,
    };
    let host = plain_host(rest);
    let ours = |host| {
        settings
            .base_url
            .as_ref()
            .is_some_and(|base| base.has_host(host))
    };
    url.len() <= settings.max_url_length
        && settings
            .allowed_schemes
            .iter()
            .any(|allowed| allowed == scheme)
        && host.is_some_and(|host| !ours(host))
        && is_graphic(url)
}

/// The host at the beginning, if it ends the URL or stands before `/`, `?` or `#`, and is made of labels of lower-case letters, digits and
/// single hyphens inside, the last one beginning with a letter: then it is neither an IP address nor Punycode, has no user name before
/// it and no port after it, and the parser takes it as it is.
fn plain_host(rest: &[u8]) -> Option<&[u8]> {
    let end = rest
        .iter()
        .position(|byte| b"/?#".contains(byte))
        .unwrap_or(rest.len());
    let host = rest.get(..end)?;
    let (mut before, mut label) = (b'.', b'.');
    for &byte in host {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' if before == b'.' => label = byte,
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'-' | b'.' if before.is_ascii_alphanumeric() => {}
            _ => return None,
        }
        before = byte;
    }
    (before.is_ascii_alphanumeric() && label.is_ascii_alphabetic()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(changes: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (name, value) in changes {
            settings.set(name, value).unwrap();
        }
        settings
    }

    #[track_caller]
    fn refused(url: impl AsRef<[u8]>, settings: &Settings, reason: &str) {
        let line = check(url.as_ref(), settings).unwrap_err().to_string();
        assert!(
            line.starts_with("BADURL ") && line.contains(reason),
            "{line}"
        );
    }

    #[test]
    fn what_the_parser_accepts_with_scheme_and_host_is_accepted() {
        for url in [
            "https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems",
            "http://example.com",
            "HTTPS://EXAMPLE.COM/Path?q=1&r[]=2#frag%zz",
            "https://user:secret@example.com:8443/",
            "http://[2001:db8::1]:80/",
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "https://m\u{fc}ller.de/stra\u{df}e?\u{1f600}",
            "https://xn--mller-kva.de/",
            "https://example.com.",
            "https://example.com/a{b}|c\\d\"e",
            "https:example.com",
            "http://a_b.example/",
        ] {
            assert_eq!(check(url.as_bytes(), &Settings::default()), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_the_parser_refuses_is_refused_with_the_url() {
        for url in [
            "example.com",
            "/path",
            "https://",
            "https:///",
            "https://exa%mple.com/",
            "http://1.2.3.4.5/",
            "http://256.1.1.1/",
            "http://[::1/",
            "http://example.com:65536/",
            "http://example.com:x/",
            "http://a<b/",
            "http://xn--/",
        ] {
            let line = check(url.as_bytes(), &Settings::default())
                .unwrap_err()
                .to_string();
            assert!(
                line.starts_with("BADURL not a valid URL, ")
                    && line.ends_with(&format!(": '{url}'")),
                "{line}"
            );
        }
    }

    #[test]
    fn spaces_control_characters_and_broken_utf8_are_refused_wherever_they_stand() {
        let settings = Settings::default();
        refused("", &settings, "empty");
        let controls = (0..32).chain(127..160).filter_map(char::from_u32);
        for control in controls.step_by(if cfg!(miri) { 13 } else { 1 }) {
            for url in [
                format!("{control}https://example.com/"),
                format!("https://exam{control}ple.com/"),
                format!("https://example.com/a{control}b"),
                format!("https://example.com/?\u{e9}{control}"),
            ] {
                assert!(!is_clean(url.as_bytes()));
                refused(url, &settings, "a control character");
            }
        }
        refused(" https://example.com/", &settings, "a space");
        refused("https://example.com/a b", &settings, "a space");
        refused(b"https://example.com/\xff", &settings, "not UTF-8");
        refused(b"https://example.com/\xc0\xaf", &settings, "not UTF-8");
        refused(b"https://example.com/\xed\xa0\x80", &settings, "not UTF-8");
    }

    #[test]
    fn the_length_bound_is_in_bytes_and_included() {
        let settings = with(&[("max-url-length", "30")]);
        let url = "https://example.com/0123456789";
        assert_eq!(check(url.as_bytes(), &settings), Ok(()));
        refused(format!("{url}0"), &settings, "31 bytes long");
        refused(
            "https://example.com/\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
            &settings,
            "32 bytes long",
        );
    }

    #[test]
    fn only_allowed_schemes_and_only_with_a_host() {
        let settings = Settings::default();
        for url in [
            "ftp://example.com/",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:a@example.com",
            "file:///etc/passwd",
        ] {
            refused(url, &settings, "the scheme is none of http, https");
        }
        let settings = with(&[("allowed-schemes", "ftp, MYAPP file mailto")]);
        for url in ["ftp://example.com/", "myapp://open/1", "MyApp://open"] {
            assert_eq!(check(url.as_bytes(), &settings), Ok(()), "{url}");
        }
        for url in [
            "file:///etc/passwd",
            "mailto:a@example.com",
            "myapp:open",
            "myapp:///open",
        ] {
            refused(url, &settings, "no host");
        }
        refused(
            "https://example.com/",
            &settings,
            "the scheme is none of ftp, myapp, file, mailto",
        );
    }

    #[test]
    fn a_url_under_the_base_url_is_a_redirect_loop() {
        let settings = with(&[("base-url", "https://sho.rt/")]);
        for url in [
            "https://sho.rt/g8",
            "https://sho.rt",
            "http://sho.rt/g8",
            "https://SHO.rt./g8",
            "https://sho.rt:443/?x",
            "https://a@sho.rt/",
        ] {
            refused(
                url,
                &settings,
                "under base-url https://sho.rt/, a redirect loop",
            );
        }
        for url in [
            "https://www.sho.rt/",
            "https://sho.rt:8443/",
            "https://sho.rt.example/",
            "https://example.com/https://sho.rt/",
        ] {
            assert_eq!(check(url.as_bytes(), &settings), Ok(()), "{url}");
        }
    }
}
