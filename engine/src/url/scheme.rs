//! What a URL's scheme asks of the rest of the URL, and which schemes no setting can allow.
//!
//! A link's URL is checked by itself and handed out in a `Location` header or a page, where it is read relative to another URL. The
//! parser reads the special schemes of the WHATWG standard in two ways: `https:/g8`, `https:g8` and `https:\g8` name the host `g8` by
//! themselves, and a path on the short domain when they are read there. With `//` and a host after the scheme, both readings agree.
//! All other schemes are read the same everywhere. Most of them have no host: `mailto:`, `tel:`, `app:///page`.

/// The special schemes that have a host. `file` is special too, but its host is usually empty.
const WITH_HOST: &[&str] = &["http", "https", "ftp", "ws", "wss"];

const SCRIPT: &str = "which runs as a script in the visitor's browser";

const FOREIGN: &str = "which opens a document with the rights of the page's own origin";

/// Why no setting can allow this scheme, to be said after its name; `None` if one can. `scheme` is in lower case.
#[must_use]
pub fn never_allowed(scheme: &str) -> Option<&'static str> {
    match scheme {
        "javascript" | "vbscript" | "data" => Some(SCRIPT),
        "blob" | "filesystem" => Some(FOREIGN),
        "shorten" => Some("which is the prefix of shard keys"),
        _ => None,
    }
}

/// What is wrong with the form of a URL that the parser accepts, if anything. `url` begins with its scheme.
#[must_use]
pub(super) fn violation(url: &str) -> Option<&'static str> {
    let (scheme, rest) = url.split_once(':')?;
    if rest.is_empty() {
        return Some("URL has nothing after its scheme");
    }
    let is = |name: &&str| scheme.eq_ignore_ascii_case(name);
    let with_host = WITH_HOST.iter().any(is);
    if !with_host && !is(&"file") {
        return None;
    }
    let Some(authority) = rest.strip_prefix("//") else {
        return Some("URL scheme is not followed by ://, as in https://example.com/");
    };
    match authority.as_bytes().first() {
        Some(b'\\') => Some("URL has a backslash after :// instead of a host or /"),
        Some(b'/') | None if with_host => Some("URL has no host after ://"),
        _ => None,
    }
}
