//! `base-url`: the prefix of short URLs. No link may lead back to a URL under it.

use shorten_testkit::Server;

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
        shorten_testkit::text_of(&info["short-url"]),
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

#[test]
fn a_url_under_the_base_url_is_refused_in_every_spelling() {
    let server = Server::builder()
        .module_args("base-url http://203.0.113.9:8080/s/")
        .start();
    let mut client = server.client();
    for host in [
        "203.0.113.9",
        "[::ffff:203.0.113.9]",
        "0xcb007109",
        "a@203.0.113.9.",
    ] {
        for path in [
            "/s/g8",
            "/%73/g8",
            "/%2573%252fg8",
            "//s//g8",
            "\\s\\g8",
            "/a%2f..%2fs/g8",
            "/.%2fs/g8",
            "/%2e%2fs/g8",
            "/x/%2E%2E%2Fs/g8",
            "/%252e%252e%252fs/g8",
            "/x%5c..%5cs/g8",
            "/s;v=1/g8",
            "/..;/s/g8",
        ] {
            let url = format!("https://{host}:8080{path}");
            client.refused("BADURL", &["SHORTEN", &url]);
            client.refused("BADURL", &["LINK.SET", "x", &url]);
        }
        client.text(&["SHORTEN", &format!("http://{host}:8080/s%2f..%2fabout")]);
        client.text(&["SHORTEN", &format!("http://{host}:8081/s/g8")]);
    }
}
