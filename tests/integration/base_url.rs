//! What `base-url` puts before codes, and that no link leads back under it.

use crate::harness::Server;

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
