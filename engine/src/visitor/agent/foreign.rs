//! Products that a program appended to a browser's user agent.
//!
//! Link previews, scanners and monitors send a browser's user agent and append their name, mostly
//! at its end: `… Chrome/123.0.0.0 Safari/537.36 GoogleMessages/15.1`. Makers of browsers append
//! theirs in the same way. They differ as follows:
//!
//! - Browsers made from Chromium have the four numbers of its version, `LikeWise/94.1.6935.36`, or
//!   are in a table.
//! - On phones and televisions any app can show pages and append its name with a version. There,
//!   only a word without a version is foreign.
//! - Before 2017 many toolbars appended their names.
//! - What a browser's extension appends is a remark, `Initiator: …`, not a product.

use super::overrides::BROWSERS;

/// The first version of Chrome without toolbars that append their names.
const NO_TOOLBARS: u32 = 60;

/// The beginning of browsers' user agents.
const START: &str = "Mozilla/5.0 (";

/// What precedes a browser's version, and how many versions of Chrome one version corresponds to.
/// The first that occurs is used.
const VERSIONS: [(&str, u32); 4] = [
    ("Chrome/", 1),
    ("Firefox/", 1),
    ("Version/", 5),
    ("Trident/", 10),
];

/// The engines at the end of browsers' user agents.
const ENGINES: [&str; 2] = ["Safari/", "Firefox/"];

/// What browsers and their companions append: names without versions.
#[rustfmt::skip]
const COMPANIONS: &[&str] = &[
    // Browsers that no line of `overrides` marks.
    "Basilisk", "Chromium", "Cyberfox", "IceDragon", "Iceweasel", "K-Meleon", "LibreWolf", "Lightning", "Midori", "Otter",
    "Sleipnir", "Flock", "LBBROWSER", "TheWorld", "QIHU", "360SE", "360EE", "Avira", "Chrome", "Safari", "Firefox", "Mobile",
    "Version", "Gecko", "Core", "FirePHP", "Honorlock", "Brave", "Google", "SE", "chromeframe", "rekonq", "MetaSr",
    // Systems and devices.
    "Ubuntu", "Debian", "Fedora", "SUSE", "Mint", "Raspbian", "elementary", "elementaryOS", "Linux", "Tesla", "SteamDeck", "HbbTV", "Model",
    "VIDAA", "CrKey", "Roku", "OMI", "FVC", "NETTV", "CE-HTML", "LaTivu", "WebAppManager", "GW-Device", "Coolita", "VK_PATCH",
    // Marks of toolbars.
    "BMID", "AlexaToolbar", "GTB", "ASW", "NetType", "MMS",
];

/// Returns whether a program appended something to this browser's user agent.
pub(super) fn is_added(text: &str) -> bool {
    added(text).is_some()
}

/// Returns what a program appended to this browser's user agent.
pub(super) fn added(text: &str) -> Option<&str> {
    if let Some(platform) = text.strip_prefix(START) {
        return at_the_end(text, platform);
    }
    let (start, platform) = text.split_once(START)?;
    at_the_start(start, platform)
}

/// No browser of a computer begins with another product. On phones the device comes first.
fn at_the_start<'t>(start: &'t str, platform: &str) -> Option<&'t str> {
    let name = start.split([' ', ',']).next().unwrap_or_default();
    (is_computer(platform) && is_foreign_product(name) && !start.contains("MIDP")).then_some(name)
}

fn at_the_end<'t>(text: &'t str, platform: &str) -> Option<&'t str> {
    let (before, tail) = around_engine(text)?;
    if let Some(name) = embedder(before)
        && is_computer(platform)
    {
        return Some(name);
    }
    if tail.is_empty() {
        return None;
    }
    if tail.contains("(compatible;") {
        return Some(tail.trim_start());
    }
    if version(text)? < NO_TOOLBARS {
        return None;
    }
    let name = tail.trim_start_matches([' ', ';']);
    let first = name.split(' ').next().unwrap_or_default();
    let is_foreign = if tail.starts_with(';') {
        // No browser has this outside its comments.
        is_foreign_product(first)
    } else if is_computer(platform) {
        ends_foreign(name, first, text.contains("Trident/"))
    } else {
        // Any app can show pages and append its name with a version.
        !first.contains('/')
            && !name.contains("Browser")
            && !["; wv", "Trident/"].iter().any(|app| text.contains(app))
            && is_foreign_product(first)
    };
    is_foreign.then_some(name)
}

/// Returns whether the end of a computer's browser is foreign. Internet Explorer has marks of
/// makers there, but no products.
fn ends_foreign(end: &str, first: &str, is_internet_explorer: bool) -> bool {
    if is_internet_explorer {
        return first.contains('/') && is_foreign_product(first);
    }
    if end.starts_with('(') {
        return end.contains(|c: char| c.is_ascii_alphabetic());
    }
    let last = end.rsplit(' ').next().unwrap_or_default();
    is_foreign_product(first)
        || (!first.ends_with(':') && !end.contains(')') && is_foreign_product(last))
}

/// Splits a user agent at the engine at its end.
fn around_engine(text: &str) -> Option<(&str, &str)> {
    // The engine ends nearly all user agents.
    if let Some((before, last)) = text.rsplit_once(' ')
        && let Some(rest) = ENGINES.iter().find_map(|engine| last.strip_prefix(engine))
    {
        return Some((before, after_version(rest)));
    }
    if let Some((before, rest)) = ENGINES.iter().find_map(|engine| text.rsplit_once(engine)) {
        return Some((before, after_version(rest)));
    }
    // Internet Explorer ends with its platform.
    let (before, rest) = text.split_once("Trident/")?;
    let (_, tail) = rest.split_once(')')?;
    Some((before, tail.strip_prefix(" like Gecko").unwrap_or(tail)))
}

fn after_version(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || ".+_-".contains(c))
}

/// Returns the program with an embedded engine: a name without a version before the engine, as in
/// `(KHTML, like Gecko) wkhtmltopdf Safari/534.34`. Browsers have versions.
fn embedder(before: &str) -> Option<&str> {
    let (rest, name) = before.trim_end().rsplit_once(' ')?;
    (rest.ends_with("Gecko)") && !name.contains('/') && is_foreign_product(name)).then_some(name)
}

fn version(text: &str) -> Option<u32> {
    VERSIONS.iter().find_map(|(mark, worth)| {
        let (_, rest) = text.split_once(mark)?;
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number = rest.get(..end)?.parse::<u32>().ok()?;
        Some(number.saturating_mul(*worth))
    })
}

/// Returns whether this is a computer's browser, and not that of a television, car or headset with
/// the same OS.
fn is_computer(platform: &str) -> bool {
    let platform = platform.split(')').next().unwrap_or_default();
    ["Windows NT", "Macintosh", "X11", "compatible; MSIE"]
        .iter()
        .any(|system| platform.starts_with(system))
        && ![
            "arm",
            "aarch64",
            "TV",
            "Xbox",
            "Quest",
            "IEMobile",
            "Windows Phone",
            "PICO",
        ]
        .iter()
        .any(|other| platform.contains(other))
}

/// Returns whether this is a product's name that no browser appends.
fn is_foreign_product(piece: &str) -> bool {
    let (name, version) = piece.split_once('/').unwrap_or((piece, ""));
    let name = name.trim_end_matches(';');
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
        && !["Browser", "TV", "ozilla"]
            .iter()
            .any(|part| name.contains(part))
        && version.split('.').count() < 4
        && !COMPANIONS
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
        && !BROWSERS
            .iter()
            .any(|line| piece.starts_with(line.0.trim_start()))
}
