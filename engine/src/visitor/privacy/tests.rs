use super::*;

#[test]
fn a_mode_is_known_by_its_name_in_any_case() {
    for mode in Mode::ALL {
        assert_eq!(Mode::parse(&mode.as_str().to_uppercase()), Some(mode));
    }
    assert_eq!(Mode::parse("Anonymised"), Some(Mode::Anonymized));
    assert_eq!(Mode::parse("anonym"), None);
}

#[test]
fn an_address_is_read_as_it_is_and_as_proxies_write_it() {
    for (text, is) in [
        ("10.8.4.7", "10.8.4.7"),
        ("255.255.255.255", "255.255.255.255"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::", "::"),
        ("::ffff:10.8.4.7", "10.8.4.7"),
        ("::FFFF:0a08:0407", "10.8.4.7"),
        (
            "0000:0000:0000:0000:0000:ffff:255.255.255.254",
            "255.255.255.254",
        ),
        (" 10.8.4.7\t", "10.8.4.7"),
        ("10.8.4.7:80", "10.8.4.7"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("10.8.4.7:", "10.8.4.7"),
        ("10.8.4.7%2", "10.8.4.7"),
        ("10.8.4.7%2:80", "10.8.4.7"),
        ("[10.8.4.7]:80", "10.8.4.7"),
        ("\"10.8.4.7:80\"", "10.8.4.7"),
        ("'10.8.4.7'", "10.8.4.7"),
        ("203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("203.0.113.9,10.0.0.1,10.0.0.2", "203.0.113.9"),
        ("\"203.0.113.9, 10.0.0.1\"", "203.0.113.9"),
        (" \"203.0.113.9\" , 10.0.0.1", "203.0.113.9"),
        (", ,203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("203.0.113.9:80, unknown", "203.0.113.9"),
        ("203.0.113.9, \u{1}\u{ff}", "203.0.113.9"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("\"[2001:db8::1]:443\"", "2001:db8::1"),
        ("2001:db8::1, 10.0.0.1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("fe80::1%25eth0", "fe80::1"),
        ("[fe80::1%eth0]:80", "fe80::1"),
        ("0:0:0:0:0:0:0:1%0", "::1"),
        ("::ffff:10.8.4.7:80", "10.8.4.7"),
        ("[::ffff:10.8.4.7]:80", "10.8.4.7"),
        ("::ffff:10.8.4.7%1", "10.8.4.7"),
        // More groups than an address has, or longer ones: the last is a port.
        ("2001:db8:1:2:3:4:5:6:443", "2001:db8:1:2:3:4:5:6"),
        ("2001:db8::1:51234", "2001:db8::1"),
        // A port of up to four digits may be a group as well: then it is one.
        ("2001:db8::1:443", "2001:db8::1:443"),
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
        ("proto=https; FOR = \"192.0.2.60:80\"", "192.0.2.60"),
        ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
        ("for=\"[2001:db8::17]:_port\";by=x", "2001:db8::17"),
        ("for=192.0.2.43, for=198.51.100.17;by=x", "192.0.2.43"),
    ] {
        let address = address(text.as_bytes());
        assert_eq!(
            address.map(|it| it.to_string()).as_deref(),
            Some(is),
            "{text}"
        );
    }
    for text in [
        "",
        "10.8.4",
        "10.8.4.256",
        "010.8.4.7",
        "0x0a.8.4.7",
        "168297479",
        "10.8.4.7/24",
        "10.8.4.7:port",
        "10.8.4.7:123456",
        "10.8.4.7 10.8.4.8",
        "[::1",
        "[::1]x",
        "[::1]80",
        "[]",
        "::1]",
        "%eth0",
        ":80",
        ",",
        "\"\"",
        "unknown, 10.8.4.7",
        "_hidden",
        "for=unknown",
        "for=\"_gazonk\"",
        "for=",
        "for",
        "by=10.8.4.7",
        "by=10.8.4.7, for=10.8.4.7",
        "before=10.8.4.7",
        "1::2::3",
        "12345::",
        "unknown",
        "localhost",
        "10.8.4.7\0",
        "10.8.4.7\n",
        "10.8.4.７",
        "-",
    ] {
        assert_eq!(address(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(address(b"\xff\xfe"), None);
    assert_eq!(address(&vec![b'1'; 1 << 20]), None);
}

#[test]
fn of_a_long_list_the_start_is_looked_at_and_no_address_is_cut() {
    let list = format!("10.8.4.7{}", ", 10.0.0.1".repeat(1 << 17));
    assert_eq!(address(list.as_bytes()), Some([10, 8, 4, 7].into()));
    for blanks in 490..530 {
        let text = format!("{}10.8.4.77", " ".repeat(blanks));
        let read = address(text.as_bytes());
        let whole = text.len() <= LONGEST_LIST;
        assert_eq!(read, whole.then(|| [10, 8, 4, 77].into()), "{blanks}");
    }
}

#[test]
fn a_network_is_an_address_without_its_last_octet_or_80_bits() {
    for (address, is) in [
        ("10.8.4.7", "10.8.4.0"),
        ("255.255.255.255", "255.255.255.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "ffff:ffff:ffff::",
        ),
    ] {
        assert_eq!(network(address.parse().unwrap()).to_string(), is);
    }
}

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
