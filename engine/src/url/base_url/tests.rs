use super::*;

#[track_caller]
fn is_redirect_loop(base: &str, url: &str) -> bool {
    BaseUrl::parse(base)
        .unwrap()
        .is_redirect_loop(&Url::parse(url).unwrap())
}

#[test]
fn a_base_url_is_kept_as_it_was_given() {
    for base in [
        "https://sho.rt/",
        "HTTP://Sho.RT:8080/s/",
        "https://sho.rt/s-",
        "https://m\u{fc}ller.de/",
        "http://[::1]/",
    ] {
        assert_eq!(BaseUrl::parse(base).unwrap().as_str(), base);
    }
}

#[test]
fn a_base_url_codes_cannot_be_put_after_is_refused() {
    for base in [
        "",
        "sho.rt",
        "ftp://sho.rt/",
        "https://",
        "https://sho.rt/?c=",
        "https://sho.rt/?",
        "https://sho.rt/#",
        "https://me@sho.rt/",
        "https://sho.rt/ ",
        "https://sho.rt/\n",
        "javascript:alert(1)//",
        "shorten://x/",
        // The prefix of a code must have the same meaning in every page.
        "https:/sho.rt/",
        "https:sho.rt/",
        "https:\\\\sho.rt\\",
        "https:///sho.rt/",
    ] {
        assert!(
            BaseUrl::parse(base)
                .unwrap_err()
                .starts_with("must be an http or https URL"),
            "{base}"
        );
    }
    // The code would become a part of the host or the port, or complete a dot segment.
    for base in [
        "https://sho.rt",
        "https://sho.rt:80",
        "https://sho.rt/.",
        "https://sho.rt/%4",
    ] {
        assert!(
            BaseUrl::parse(base)
                .unwrap_err()
                .starts_with("must end with a path"),
            "{base}"
        );
    }
    assert!(BaseUrl::parse(&format!("https://sho.rt/{}", "a".repeat(1024))).is_err());
}

#[test]
fn no_spelling_of_the_same_place_evades_the_loop_check() {
    for url in [
        "https://host/s/g8",
        "http://host/s/g8",
        "https://HOST/s/",
        "https://host./s/g8",
        "https://host:443/s/",
        "http://host:80/s/",
        "https://host/./s/x",
        "https://host/a/../s/x",
        "https://host/%73/x",
        "https://host/s%2Fx",
        "https://host//s//x",
        "https://host\\s\\x",
        "https://u:p@host/s/x?q#f",
        "https://%68ost/s/x",
        "https://host/a%2f..%2fs/g8",
        "https://host/a%2F..%2Fs/g8",
        "https://host/.%2fs/g8",
        "https://host/%2e%2fs/g8",
        "https://host/%2e%2e%2fs/g8",
        "https://host/.%2e/.%2fs/g8",
        "https://host/a/b%2f..%2f..%2fs/g8",
        "https://host/%252e%252e%252fs/g8",
        "https://host/%2573/g8",
        "https://host/%25252573/g8",
        "https://host/s%252fg8",
        "https://host/a%5c..%5cs%5cg8",
        "https://host/%2fs/g8",
        "https://host//a/..//s/g8",
        "https://host/a%2f%2f..%2f..%2fs/g8",
        "https://host/s;v=1/g8",
        "https://host/s;/g8",
        "https://host/;/s/g8",
        "https://host/..;/s/g8",
        "https://host/a%3b/..%2fs/g8",
        "https://host/a/..;v/s%3bx/g8",
        // Under the base URL for a server that does not decode.
        "https://host/s/%2e%2e%2fabout",
    ] {
        assert!(is_redirect_loop("https://host/s/", url), "{url}");
    }
    for url in [
        "https://host/about",
        "https://host/s%2f..%2fabout",
        "https://host/s/../about",
        "https://host/a%2fb%2f..%2fabout",
        "https://host/docs/tree;v=1//a%252fb\\c",
        "https://host/x/https://host/s/g8",
        "https://host/?u=%2e%2e%2fs/g8#/s/g8",
        "https://host/s",
        "https://host/S/x",
        "https://host:8443/s/x",
        "https://other/s/x",
        "ftp://host/s/x",
        "app://host/s/x",
    ] {
        assert!(!is_redirect_loop("https://host/s/", url), "{url}");
    }
    assert!(is_redirect_loop("http://host:8080/", "https://host:8080/x"));
    assert!(is_redirect_loop(
        "https://m\u{fc}ller.de/",
        "https://xn--mller-kva.de/x"
    ));
    assert!(is_redirect_loop("https://host/s-", "https://host/s-g8"));
}

#[test]
fn a_base_url_with_an_encoded_path_is_the_same_place_as_its_plain_spelling() {
    for base in [
        "https://host/s/",
        "https://host/%73/",
        "https://host/%2573/",
        "https://host/x/../s/",
        "https://host//s/",
        "https://host/a%2f..%2fs/",
        "https://host\\s\\",
    ] {
        for url in [
            "https://host/s/g8",
            "https://host/%73/g8",
            "https://host/%2573/g8",
            "https://host/a%2f..%2f%73%2fg8",
        ] {
            assert!(is_redirect_loop(base, url), "{base} {url}");
        }
        assert!(!is_redirect_loop(base, "https://host/about"), "{base}");
    }
}

#[test]
fn all_addresses_of_one_host_are_the_same_place() {
    for host in [
        "203.0.113.9",
        "203.0.113.9.",
        "0xcb.0.0x71.011",
        "3405803785",
        "0xcb007109",
        "0313.0.0161.9",
        "203.28937",
        "%32%30%33.0.113.9",
        "\u{ff12}03.0.113.9",
        "203\u{3002}0\u{3002}113\u{3002}9",
        "[::ffff:203.0.113.9]",
        "[::ffff:cb00:7109]",
        "[0:0:0:0:0:FFFF:CB00:7109]",
        "[::203.0.113.9]",
        "[::ffff:0:203.0.113.9]",
        "[64:ff9b::203.0.113.9]",
    ] {
        let url = format!("http://{host}:8080/x");
        assert!(is_redirect_loop("http://203.0.113.9:8080/", &url), "{url}");
        assert!(
            is_redirect_loop("http://[::ffff:cb00:7109]:8080/", &url),
            "{url}"
        );
        assert!(
            is_redirect_loop(&url, "http://203.0.113.9:8080/xg8"),
            "{url}"
        );
    }
    for host in [
        "203.0.113.8",
        "[::fffe:203.0.113.9]",
        "[2001:db8::203.0.113.9]",
    ] {
        let url = format!("http://{host}:8080/x");
        assert!(!is_redirect_loop("http://203.0.113.9:8080/", &url), "{url}");
    }
    assert!(is_redirect_loop(
        "http://[2001:db8::1]/",
        "http://[2001:DB8:0:0::0.0.0.1]:80/x"
    ));
}

#[test]
fn all_names_of_the_machine_itself_are_the_same_place() {
    let hosts = [
        "localhost",
        "LocalHost.",
        "a.localhost",
        "127.0.0.1",
        "127.1",
        "127.255.0.1",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "0",
        "[::]",
    ];
    for base in hosts {
        let base = BaseUrl::parse(&format!("http://{base}:8080/")).unwrap();
        for host in hosts {
            let url = Url::parse(&format!("http://{host}:8080/g8")).unwrap();
            assert!(base.is_redirect_loop(&url), "{} {url}", base.as_str());
        }
        for host in [
            "localhost:8081",
            "localhost.example:8080",
            "localhosts:8080",
        ] {
            let url = Url::parse(&format!("http://{host}/g8")).unwrap();
            assert!(!base.is_redirect_loop(&url), "{} {url}", base.as_str());
        }
        assert!(base.has_host(b"localhost") && base.has_host(b"a.localhost"));
        assert!(!base.has_host(b"localhost.example") && !base.has_host(b"mylocalhost"));
    }
}
