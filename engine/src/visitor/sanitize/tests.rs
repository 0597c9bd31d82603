use super::*;

#[test]
fn text_is_cut_between_characters_and_has_no_control_character() {
    assert_eq!(text(b"", 4), Some(""));
    assert_eq!(text(b"abcdef", 4), Some("abcd"));
    assert_eq!(text("abcé".as_bytes(), 4), Some("abc"), "é has two bytes");
    assert_eq!(text("ab😀".as_bytes(), 5), Some("ab"));
    assert_eq!(text("ab😀".as_bytes(), 6), Some("ab😀"));
    assert_eq!(text(b"abc\xc3", 4), None, "cut by the caller");
    assert_eq!(
        text(b"abc\xc3\xc3", 4),
        Some("abc"),
        "what follows is not looked at"
    );
    for bad in [
        "a\rb",
        "a\nb",
        "\0",
        "a\u{7f}",
        "a\tb",
        "é\u{85}",
        "\u{1b}[31m",
    ] {
        assert_eq!(text(bad.as_bytes(), 40), None, "{bad:?}");
    }
    assert_eq!(text(b"a\xffb", 40), None);
    assert_eq!(text(b"ab\n", 2), Some("ab"));
}

#[test]
fn a_country_is_two_letters() {
    assert_eq!(country(b"de").as_deref(), Some("DE"));
    assert_eq!(country(b"Gb").as_deref(), Some("GB"));
    for none in ["XX", "zz", "T1", "t1", "A1", "a2", "O1"] {
        assert!(is_country(none.as_bytes()));
        assert_eq!(country(none.as_bytes()), None, "{none}");
    }
    for bad in [
        "", "d", "deu", "d1", "T2", "11", "1T", "d ", "é", "d\n", "**",
    ] {
        assert!(!is_country(bad.as_bytes()));
        assert_eq!(country(bad.as_bytes()), None, "{bad:?}");
    }
    assert_eq!(country(b"\xff\xff"), None);
}

#[test]
fn the_host_of_a_url_is_what_stands_between_user_and_port() {
    for (url, is) in [
        ("https://News.Example.COM/a?b#c", "news.example.com"),
        ("https://example.com", "example.com"),
        ("http://example.com.:8080/", "example.com"),
        ("https://user:pass@example.com?x@y", "example.com"),
        ("https://a@b@example.com/", "example.com"),
        ("https://example.com\\@evil.com/", "example.com"),
        (
            "android-app://com.google.android.gm/",
            "com.google.android.gm",
        ),
        ("http://10.8.4.7:80/", "10.8.4.7"),
        ("http://[2001:DB8::1]:80/", "2001:db8::1"),
        ("http://BÜCHER.example/", "bücher.example"),
        ("http://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("http://a_b.example/", "a_b.example"),
    ] {
        assert_eq!(host(url).as_deref(), Some(is), "{url}");
    }
    for bad in [
        "",
        "-",
        "example.com",
        "example.com/a",
        "/a/b",
        "://example.com",
        "1x://example.com",
        "about:blank",
        "https://",
        "https:///a",
        "https://.",
        "https://:80/",
        "https://a b/",
        "https://<script>/",
        "https://%41.com/",
        "http://[::1",
        "http://[x]/",
        "ht tp://example.com/",
    ] {
        assert_eq!(host(bad), None, "{bad:?}");
    }
    assert_eq!(host(&format!("https://{}/", "a".repeat(254))), None);
    assert_eq!(host(&format!("https://{}@b", "a".repeat(400))), None);
    assert_eq!(host(&format!("{}://b", "a".repeat(40))), None);
}
