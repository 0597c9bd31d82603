//! Rules for a URL's scheme and what follows it.
//!
//! A link's URL is checked on its own, but is sent in a `Location` header or a page, where it is
//! resolved against another URL. For the special schemes of the WHATWG standard the two can differ:
//! `https:/g8`, `https:g8` and `https:\g8` name the host `g8` on their own, and a path when they
//! are resolved. With `//` and a host after the scheme, both readings are the same. All other
//! schemes are read the same everywhere. Most of them have no host: `mailto:`, `tel:`,
//! `app:///page`.

/// The special schemes with a host. `file` is special too, but its host is usually empty.
const WITH_HOST: &[&str] = &["http", "https", "ftp", "ws", "wss"];

const SCRIPT: &str = "which runs as a script in the visitor's browser";

const FOREIGN: &str = "which opens a document with the rights of the page's own origin";

/// Returns why no setting can allow this scheme, as a clause that follows its name. Returns `None`
/// if a setting can. `scheme` is in lower case.
#[must_use]
pub fn never_allowed(scheme: &str) -> Option<&'static str> {
    match scheme {
        "javascript" | "vbscript" | "data" => Some(SCRIPT),
        "blob" | "filesystem" => Some(FOREIGN),
        "shorten" => Some("which is the prefix of shard keys"),
        _ => None,
    }
}

/// Returns what is wrong with the form of a URL that the parser accepts. `url` begins with its
/// scheme.
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
