//! Which URLs are accepted, and that they are kept byte for byte.

use crate::harness::{Server, urls};

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
fn what_is_no_web_address_is_badurl_and_changes_nothing() {
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
fn with_a_base_url_shorten_answers_the_whole_short_url() {
    let server = Server::builder()
        .module_args("base-url https://sho.rt/s/")
        .start();
    let mut client = server.client();
    let url = "https://example.com/";
    assert_eq!(client.text(&["SHORTEN", url]), "https://sho.rt/s/g8");
    assert_eq!(client.text(&["SHORTEN", url]), "https://sho.rt/s/g8");
    assert_eq!(
        client.text(&["SHORTEN", url, "ALIAS", "me"]),
        "https://sho.rt/s/me"
    );
    assert_eq!(client.text(&["RESOLVE", "g8"]), url);
    client.nil(&["RESOLVE", "https://sho.rt/s/g8"]);
    let info = client.fields(&["LINK.INFO", "g8"]);
    assert_eq!(
        crate::harness::text_of(&info["short-url"]),
        "https://sho.rt/s/g8"
    );
}

#[test]
fn a_url_under_the_base_url_is_refused_as_a_redirect_loop() {
    let server = Server::builder()
        .module_args("base-url https://sho.rt/s/")
        .start();
    let mut client = server.client();
    for url in [
        "https://sho.rt/s/g8",
        "https://sho.rt/s/",
        "https://SHO.RT/s/g8?x=1",
        "https://sho.rt:443/s/g8",
        "https://sho.rt/other/../s/g8",
    ] {
        client.refused("BADURL", &["SHORTEN", url]);
        client.refused("BADURL", &["LINK.SET", "x", url]);
    }
    for url in [
        "https://sho.rt/about",
        "https://sho.rt/sale",
        "https://sho.rt:8443/s/g8",
        "https://www.sho.rt/s/g8",
    ] {
        client.text(&["SHORTEN", url]);
    }
}
