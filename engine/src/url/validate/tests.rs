use super::*;
use crate::url::is_clean;

fn with(changes: &[(&str, &str)]) -> Rules {
    let mut settings = crate::settings::Settings::default();
    for (name, value) in changes {
        settings.set(name, value).unwrap();
    }
    settings.url
}

#[track_caller]
fn refused(url: impl AsRef<[u8]>, rules: &Rules, reason: &str) {
    let line = rules.check(url.as_ref()).unwrap_err().to_string();
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
        "http://a_b.example/",
    ] {
        assert_eq!(Rules::default().check(url.as_bytes()), Ok(()), "{url}");
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
        let line = Rules::default()
            .check(url.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(
            line.starts_with("BADURL invalid URL (") && line.ends_with(&format!(": '{url}'")),
            "{line}"
        );
    }
}

#[test]
fn spaces_control_characters_and_broken_utf8_are_refused_wherever_they_stand() {
    let rules = Rules::default();
    refused("", &rules, "empty");
    let controls = (0..32).chain(127..160).filter_map(char::from_u32);
    for control in controls.step_by(if cfg!(miri) { 13 } else { 1 }) {
        for url in [
            format!("{control}https://example.com/"),
            format!("https://exam{control}ple.com/"),
            format!("https://example.com/a{control}b"),
            format!("https://example.com/?\u{e9}{control}"),
        ] {
            assert!(!is_clean(url.as_bytes()));
            refused(url, &rules, "a control character");
        }
    }
    refused(" https://example.com/", &rules, "a space");
    refused("https://example.com/a b", &rules, "a space");
    refused(b"https://example.com/\xff", &rules, "not UTF-8");
    refused(b"https://example.com/\xc0\xaf", &rules, "not UTF-8");
    refused(b"https://example.com/\xed\xa0\x80", &rules, "not UTF-8");
}

#[test]
fn the_length_bound_is_in_bytes_and_included() {
    let rules = with(&[("max-url-length", "30")]);
    let url = "https://example.com/0123456789";
    assert_eq!(rules.check(url.as_bytes()), Ok(()));
    refused(format!("{url}0"), &rules, "31 bytes long");
    refused(
        "https://example.com/\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        &rules,
        "32 bytes long",
    );
}

#[test]
fn a_url_without_slashes_after_its_scheme_is_refused() {
    let plain = Rules::default();
    let loops = with(&[("base-url", "https://sho.rt/g8")]);
    let many = with(&[("allowed-schemes", "http https ftp ws wss file")]);
    for url in [
        "https:/example.com/page",
        "https:/g8",
        "https:g8",
        "https:\\g8",
        "https:\\\\example.com/",
        "https:/\\example.com/",
        "https:\\/example.com/",
        "HTTPS:\\\\example.com",
        "Http:/example.com/",
        "https:user@example.com",
        "https:/sho.rt/g8",
    ] {
        for rules in [&plain, &loops, &many] {
            refused(url, rules, "not followed by ://");
        }
    }
    for url in ["ftp:example.com", "WS:/example.com", "wss:\\example.com"] {
        refused(url, &many, "not followed by ://");
    }
    for url in ["file:/etc/hosts", "file:hosts", "FILE:\\hosts", "file:"] {
        refused(url, &many, "BADURL URL");
    }
    refused("file://\\host/x", &many, "a backslash after ://");
    refused("https://\\example.com/", &many, "a backslash after ://");
}

#[test]
fn http_and_its_like_always_need_a_host() {
    let rules = with(&[("allowed-schemes", "http https ftp ws wss")]);
    for scheme in ["http", "HTTPS", "ftp", "ws", "wss"] {
        for url in ["", "?q", "#f", "//", "///", "//?q", "//user@/", "//:80/"] {
            refused(format!("{scheme}:{url}"), &rules, "BADURL ");
        }
        for url in ["///example.com/", "////example.com", "//\\example.com"] {
            refused(format!("{scheme}:{url}"), &rules, "BADURL ");
        }
        let url = format!("{scheme}://example.com");
        assert_eq!(rules.check(url.as_bytes()), Ok(()));
    }
    refused("https:///example.com/", &rules, "no host after ://");
}

#[test]
fn only_allowed_schemes_are_taken() {
    let rules = Rules::default();
    for url in [
        "ftp://example.com/",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@example.com",
        "file:///etc/passwd",
        "app:///page",
    ] {
        refused(url, &rules, "(allowed-schemes: http, https)");
    }
    let rules = with(&[("allowed-schemes", "ftp, MYAPP")]);
    for url in ["ftp://example.com/", "myapp://open/1", "MyApp://open"] {
        assert_eq!(rules.check(url.as_bytes()), Ok(()), "{url}");
    }
    refused(
        "https://example.com/",
        &rules,
        "(allowed-schemes: ftp, myapp)",
    );
}

#[test]
fn a_scheme_allowed_by_name_that_has_no_host_is_taken_without_one() {
    let rules = with(&[(
        "allowed-schemes",
        "mailto tel sms geo app magnet urn intent file market",
    )]);
    for url in [
        "mailto:a@example.com?subject=hello",
        "MAILTO:a@example.com",
        "tel:+15551234567",
        "sms:+15551234567?body=hi",
        "geo:48.2,16.37;u=35",
        "app:///page/1",
        "app:/page/1",
        "app:page",
        "app://page",
        "app://",
        "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a",
        "urn:isbn:0451450523",
        "intent:#Intent;scheme=app;end",
        "market://details?id=com.example",
        "file:///srv/handbook.pdf",
        "file://server/share/handbook.pdf",
    ] {
        assert_eq!(rules.check(url.as_bytes()), Ok(()), "{url}");
    }
    for url in ["mailto:", "tel:", "APP:"] {
        refused(url, &rules, "nothing after its scheme");
    }
    refused("mailto:a b@example.com", &rules, "a space");
}

#[test]
fn a_url_under_the_base_url_is_a_redirect_loop() {
    let rules = with(&[("base-url", "https://sho.rt/")]);
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
            &rules,
            "under base-url https://sho.rt/, which causes a redirect loop",
        );
    }
    for url in [
        "https://www.sho.rt/",
        "https://sho.rt:8443/",
        "https://sho.rt.example/",
        "https://example.com/https://sho.rt/",
    ] {
        assert_eq!(rules.check(url.as_bytes()), Ok(()), "{url}");
    }
}
