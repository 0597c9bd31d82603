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
    // In ASCII, what is not graphic is a space or a control character.
    if url.iter().all(u8::is_ascii_graphic) {
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
        let good =
            is_clean(text.as_bytes()) && text.len() <= 1024 && !text.contains(['?', '#', '@']);
        let place = parse(text).filter(|_| good).ok_or(rule)?;
        // https://sho.rt and g8 make https://sho.rtg8, another host.
        let mut longer = place.clone();
        longer.path.push('0');
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

    /// Whether a redirect to this URL would come back to us.
    fn leads_back(&self, url: &Url) -> bool {
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
    /// As the parser spells it (lower case, punycode), without the dot at the end of an absolute name.
    host: String,
    /// `None`: 80 or 443, which are the same place: the usual server of the one sends visitors on to the other.
    port: Option<u16>,
    /// Percent-decoded and with runs of slashes made one, as servers do before they look for the path.
    path: String,
}

impl Place {
    /// `None` for URLs no web server is asked for.
    fn of(url: &Url) -> Option<Self> {
        if !["http", "https"].contains(&url.scheme()) {
            return None;
        }
        let host = url.host_str()?;
        let host = host.strip_suffix('.').unwrap_or(host).to_owned();
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

fn plain_path(path: &str) -> String {
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
    String::from_utf8_lossy(&plain).into_owned()
}
