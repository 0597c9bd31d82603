//! Which URLs are accepted. They are stored byte for byte.

use std::fs;

use shorten_testkit::{Server, urls};

#[test]
fn urls_come_back_byte_for_byte() {
    let server = Server::start();
    let mut client = server.client();
    for url in urls(500) {
        let code = client.text(&["SHORTEN", &url]);
        assert_eq!(client.bytes(&["RESOLVE", &code]), url.as_bytes());
    }
}

#[test]
fn urls_that_differ_in_one_byte_are_different_links() {
    let server = Server::start();
    let mut client = server.client();
    let same_to_a_browser = [
        "http://example.com",
        "http://example.com/",
        "HTTP://example.com/",
        "http://example.com:80/",
    ];
    for url in same_to_a_browser {
        client.text(&["SHORTEN", url]);
    }
    assert_eq!(client.int(&["LINK.COUNT"]), 4);
}

#[test]
fn an_invalid_url_is_badurl_and_changes_nothing() {
    let server = Server::start();
    let mut client = server.client();
    let before = client.digest();
    let refused: &[&[u8]] = &[
        b"",
        b"example.com",
        b"//example.com/",
        b"/path",
        b"http:",
        b"http://",
        b"https:///",
        b"http://exa mple.com/",
        b"http://example.com/a b",
        b" http://example.com/",
        b"http://example.com/ ",
        b"http://example.com/\r\nSet-Cookie: x",
        b"http://example.com/\t",
        b"http://example.com/\0",
        b"http://example.com/\x7f",
        b"http://example.com/\xc2\x85",
        b"http://example.com/\xff",
        b"http://example.com:99999/",
        b"http://[::1/",
        b"http://256.256.256.256/",
        b"ftp://example.com/",
        b"javascript:alert(1)",
        b"data:text/html,x",
        b"file:///etc/passwd",
        b"mailto:a@example.com",
    ];
    for url in refused {
        client.refused("BADURL", &[b"SHORTEN", *url]);
        client.refused("BADURL", &[b"LINK.SET".as_slice(), b"x", url]);
    }
    assert_eq!(client.digest(), before);
    assert_eq!(client.int(&["DBSIZE"]), 0);
}

#[test]
fn an_error_names_the_rule_and_the_value() {
    let server = Server::start();
    let mut client = server.client();
    let error = client.refused("BADURL", &["SHORTEN", "gopher://example.com/"]);
    assert!(error.contains("gopher"), "{error}");
    let long = format!("ftp://example.com/{}", "x".repeat(1500));
    let error = client.refused("BADURL", &["SHORTEN", &long]);
    assert!(error.len() < 300, "a long value is shortened: {error}");
}

#[test]
fn the_longest_url_has_max_url_length_bytes() {
    let server = Server::start();
    let mut client = server.client();
    let url = |len: usize| format!("http://example.com/{}", "x".repeat(len - 19));
    let code = client.text(&["SHORTEN", &url(2048)]);
    assert_eq!(client.text(&["RESOLVE", &code]), url(2048));
    client.refused("BADURL", &["SHORTEN", &url(2049)]);

    let server = Server::builder()
        .module_args("max-url-length 65536")
        .start();
    let mut client = server.client();
    let code = client.text(&["SHORTEN", &url(65536)]);
    assert_eq!(client.text(&["RESOLVE", &code]), url(65536));
    client.refused("BADURL", &["SHORTEN", &url(65537)]);
}

#[test]
fn allowed_schemes_are_a_setting() {
    let server = Server::builder()
        .module_args("allowed-schemes \"https myapp\"")
        .start();
    let mut client = server.client();
    client.text(&["SHORTEN", "https://example.com/"]);
    client.text(&["SHORTEN", "MyApp://screen/settings"]);
    client.refused("BADURL", &["SHORTEN", "http://example.com/"]);
}

#[test]
fn a_url_that_browsers_read_as_another_url_is_refused() {
    for base in ["", "base-url https://sho.rt/", "base-url http://sho.rt/g8"] {
        let server = Server::builder().module_args(base).start();
        let mut client = server.client();
        for url in [
            "https:/example.com/page",
            "https:example.com/page",
            "https:/g8",
            "http:/g8",
            "https:\\\\example.com/page",
            "https:/\\example.com/page",
            "https:\\/example.com/page",
            "https://\\example.com/page",
            "https:///example.com/page",
            "https:////example.com/page",
            "HTTPS:/example.com/page",
            "Http:\\\\example.com",
        ] {
            client.refused("BADURL", &["SHORTEN", url]);
            client.refused("BADURL", &["SHORTEN", url, "ALIAS", "x"]);
            client.refused("BADURL", &["LINK.SET", "x", url]);
        }
        assert_eq!(client.int(&["DBSIZE"]), 0);
        client.text(&["SHORTEN", "HTTPS://example.com/page\\x"]);
    }
}

#[test]
fn an_allowed_scheme_without_hosts_needs_no_host() {
    let server = Server::builder()
        .module_args("allowed-schemes \"https mailto tel sms geo app file ftp\"")
        .start();
    let mut client = server.client();
    for url in [
        "mailto:someone@example.com?subject=hello",
        "MAILTO:someone@example.com",
        "tel:+15551234567",
        "sms:+15551234567?body=hello",
        "geo:48.2082,16.3738;u=35",
        "app:///settings/profile",
        "app:settings",
        "app://settings",
        "file:///srv/handbook.pdf",
        "ftp://example.com/",
    ] {
        let code = client.text(&["SHORTEN", url]);
        assert_eq!(client.text(&["RESOLVE", &code]), url);
        assert_eq!(client.text(&["LINK.FIND", url]), code);
        client.ok(&["LINK.SET", "x", url]);
        assert_eq!(client.text(&["VISIT", "x"]), url);
    }
    for url in [
        "https:",
        "https:///settings",
        "https:?q",
        "ftp:///pub",
        "ftp:pub",
        "file:pub",
        "mailto:",
        "market:x",
    ] {
        client.refused("BADURL", &["SHORTEN", url]);
        client.refused("BADURL", &["LINK.SET", "x", url]);
    }
}

#[test]
fn schemes_that_run_script_can_never_be_allowed() {
    for scheme in ["javascript", "vbscript", "data", "blob", "filesystem"] {
        let arguments = format!("allowed-schemes \"https {scheme}\"");
        let log = Server::builder().module_args(&arguments).refuses_to_start();
        let reason = format!("must not contain {scheme}, which ");
        assert!(log.contains(&reason), "{log}");
    }
}

#[test]
fn a_url_accepted_by_an_older_version_stays_readable() {
    let mut server = Server::builder().aof("always").start();
    let mut client = server.client();
    let code = client.text(&["SHORTEN", "https://old.example/page"]);
    server.shutdown("NOSAVE");
    // The effect in the form that an older version wrote.
    let old = "https:/old.example//page";
    for folder in [server.data(), server.data().join("appendonlydir")] {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "aof")
            {
                let mut bytes = fs::read(entry.path()).unwrap();
                put_instead(&mut bytes, b"https://old.example/page", old.as_bytes());
                fs::write(entry.path(), bytes).unwrap();
            }
        }
    }
    server.restart();
    let mut client = server.client();
    let replica = Server::builder().replica_of(&server).start();
    for reload in [false, true] {
        if reload {
            client.ok(&["DEBUG", "RELOAD"]);
        }
        assert_eq!(client.text(&["RESOLVE", &code]), old);
        assert_eq!(client.text(&["VISIT", &code]), old);
        assert_eq!(client.text(&["LINK.FIND", old]), code);
    }
    server.same_as(&replica);
    client.refused("BADURL", &["LINK.SET", &code, old]);
    assert_eq!(client.int(&["LINK.EXPIRE", &code, "1000"]), 1);
    client.ok(&["LINK.SET", &code, "https://old.example/page"]);
}

/// Replaces bytes everywhere by others of the same length.
fn put_instead(bytes: &mut [u8], these: &[u8], those: &[u8]) {
    let stands = |at: &usize| bytes[*at..].starts_with(these);
    let places: Vec<_> = (0..bytes.len()).filter(stands).collect();
    for at in places {
        bytes[at..at + these.len()].copy_from_slice(those);
    }
}
