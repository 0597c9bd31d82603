//! The setting `base-url`: what `SHORTEN` puts before a code, and which URLs would therefore lead back to us.
//!
//! A link whose URL lies under the base URL is a redirect loop, or a chain of redirects at best. Two URLs count as the same place when a
//! web server would be asked for the same thing, however they are spelt: what is compared is the WHATWG parser's reading, further evened
//! out by [`Place`]. When in doubt a URL is refused: nobody needs a short link to a short link.

use url::Url;

use crate::address;

/// What `SHORTEN` puts before a code: the text as it was given, and the place on the web it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    text: String,
    place: Place,
}

impl BaseUrl {
    /// Reads a base URL: http or https, a host, no user name, query or fragment, and such that a code put after it lengthens its path.
    ///
    /// # Errors
    /// What it has to be, to be said after the setting's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rule = "is an http or https URL that codes can be put after, such as https://sho.rt/ (no user name, query or fragment)";
        let parse = |text: &str| Url::parse(text).ok().and_then(|url| Place::of(&url));
        let good = address::is_clean(text.as_bytes())
            && text.len() <= 1024
            && !text.contains(['?', '#', '@']);
        let place = parse(text).filter(|_| good).ok_or(rule)?;
        // https://sho.rt and g8 make https://sho.rtg8, another host.
        let mut longer = place.clone();
        longer.path.push(b'0');
        if parse(&format!("{text}0")) != Some(longer) {
            return Err("needs a path for codes to be put after, at least a / at its end".into());
        }
        Ok(Self {
            text: text.to_owned(),
            place,
        })
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is our host's name, spelt as the parser spells it.
    #[inline]
    #[must_use]
    pub fn has_host(&self, host: &[u8]) -> bool {
        self.place.host.as_bytes() == host
    }

    /// Whether a redirect to this URL would come back to us.
    #[must_use]
    pub fn leads_back(&self, url: &Url) -> bool {
        Place::of(url).is_some_and(|place| {
            place.host == self.place.host
                && place.port == self.place.port
                && place.path.starts_with(&self.place.path)
        })
    }
}

/// Where a request for an http or https URL ends up, however the URL is spelt: what two URLs are compared by when loops are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// As the parser spells it (lower case, punycode), without the dots at its end.
    host: String,
    /// `None`: 80 or 443, which are the same place: the usual server of the one sends visitors on to the other.
    port: Option<u16>,
    /// Percent-decoded and with runs of slashes made one, as servers do before they look for the path.
    path: Vec<u8>,
}

impl Place {
    /// `None` for URLs no web server is asked for.
    fn of(url: &Url) -> Option<Self> {
        if !["http", "https"].contains(&url.scheme()) {
            return None;
        }
        let host = url.host_str()?;
        let host = host.trim_end_matches('.').to_owned();
        let port = url
            .port_or_known_default()
            .filter(|port| ![80, 443].contains(port));
        Some(Self {
            host,
            port,
            path: plain_path(url.path()),
        })
    }
}

fn plain_path(path: &str) -> Vec<u8> {
    let mut plain = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [byte, after @ ..] = rest {
        let escaped = after
            .split_at_checked(2)
            .filter(|_| *byte == b'%')
            .and_then(|(hex, after)| {
                let hex = std::str::from_utf8(hex)
                    .ok()
                    .filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
                Some((u8::from_str_radix(hex, 16).ok()?, after))
            });
        let (byte, after) = escaped.unwrap_or((*byte, after));
        if byte != b'/' || plain.last() != Some(&b'/') {
            plain.push(byte);
        }
        rest = after;
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn leads_back(base: &str, url: &str) -> bool {
        BaseUrl::parse(base)
            .unwrap()
            .leads_back(&Url::parse(url).unwrap())
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
        ] {
            assert!(
                BaseUrl::parse(base)
                    .unwrap_err()
                    .starts_with("is an http or https URL"),
                "{base}"
            );
        }
        // The code would be taken for a part of the host or the port, or swallow a dot segment.
        for base in [
            "https://sho.rt",
            "https://sho.rt:80",
            "https://sho.rt/.",
            "https://sho.rt/%4",
        ] {
            assert!(
                BaseUrl::parse(base)
                    .unwrap_err()
                    .starts_with("needs a path"),
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
            "https:\\\\host\\s\\x",
            "https://u:p@host/s/x?q#f",
            "https:host/s/x",
        ] {
            assert!(leads_back("https://host/s/", url), "{url}");
        }
        for url in [
            "https://host/about",
            "https://host/s",
            "https://host/S/x",
            "https://host:8443/s/x",
            "https://other/s/x",
            "ftp://host/s/x",
            "app://host/s/x",
        ] {
            assert!(!leads_back("https://host/s/", url), "{url}");
        }
        assert!(leads_back("http://host:8080/", "https://host:8080/x"));
        assert!(leads_back("http://127.0.0.1/", "http://0x7f.1/x"));
        assert!(leads_back(
            "https://m\u{fc}ller.de/",
            "https://xn--mller-kva.de/x"
        ));
        assert!(leads_back("https://host/s-", "https://host/s-g8"));
    }
}
