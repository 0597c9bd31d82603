//! What is added to a browser's user agent by a program that took it.
//!
//! Previews, scanners and watchers take a browser's user agent and add their name, mostly at its
//! end: `… Chrome/123.0.0.0 Safari/537.36 GoogleMessages/15.1`. Makers of browsers append theirs in
//! the same way. What tells them apart:
//!
//! - Browsers made from Chromium have its version's four numbers, `LikeWise/94.1.6935.36`, or are
//!   in a table.
//! - On phones and televisions any app may show pages and append its name with a version. Only a
//!   bare word is foreign there.
//! - Before 2017 toolbars of all kinds appended theirs.
//! - What an extension of a browser appends is a remark, `Initiator: …`, and no product.

use super::overrides::BROWSERS;

/// From which version on a browser has no toolbars that append their names.
const NO_TOOLBARS: u32 = 60;

/// How browsers begin.
const START: &str = "Mozilla/5.0 (";

/// What begins a browser's version, and how many of Chrome's one is worth; the first that occurs
/// counts.
const VERSIONS: [(&str, u32); 4] = [
    ("Chrome/", 1),
    ("Firefox/", 1),
    ("Version/", 5),
    ("Trident/", 10),
];

/// The engines that browsers' user agents end with.
const ENGINES: [&str; 2] = ["Safari/", "Firefox/"];

/// What browsers and their companions append: names without their version.
#[rustfmt::skip]
const COMPANIONS: &[&str] = &[
    // Browsers that no line of `mend` marks.
    "Basilisk", "Chromium", "Cyberfox", "IceDragon", "Iceweasel", "K-Meleon", "LibreWolf", "Lightning", "Midori", "Otter",
    "Sleipnir", "Flock", "LBBROWSER", "TheWorld", "QIHU", "360SE", "360EE", "Avira", "Chrome", "Safari", "Firefox", "Mobile",
    "Version", "Gecko", "Core", "FirePHP", "Honorlock", "Brave", "Google", "SE", "chromeframe", "rekonq", "MetaSr",
    // Systems and devices.
    "Ubuntu", "Debian", "Fedora", "SUSE", "Mint", "Raspbian", "elementary", "elementaryOS", "Linux", "Tesla", "SteamDeck", "HbbTV", "Model",
    "VIDAA", "CrKey", "Roku", "OMI", "FVC", "NETTV", "CE-HTML", "LaTivu", "WebAppManager", "GW-Device", "Coolita", "VK_PATCH",
    // What was put there by toolbars.
    "BMID", "AlexaToolbar", "GTB", "ASW", "NetType", "MMS",
];

/// Whether a program added something to this browser's user agent.
pub(super) fn is_added(text: &str) -> bool {
    added(text).is_some()
}

/// What a program added to this browser's user agent.
pub(super) fn added(text: &str) -> Option<&str> {
    if let Some(platform) = text.strip_prefix(START) {
        return at_the_end(text, platform);
    }
    let (start, platform) = text.split_once(START)?;
    at_the_start(start, platform)
}

/// No browser of a computer begins with anything else; phones do with the device.
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
        // Any app shows pages, and appends its name with a version.
        !first.contains('/')
            && !name.contains("Browser")
            && !["; wv", "Trident/"].iter().any(|app| text.contains(app))
            && is_foreign_product(first)
    };
    is_foreign.then_some(name)
}

/// Whether the end of a computer's browser is foreign. Internet Explorer has its makers' marks
/// there, but no products.
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

/// What is before and after the engine that all browsers of a kind end with.
fn around_engine(text: &str) -> Option<(&str, &str)> {
    // Nearly all end with it.
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

/// The program that has the engine built in: a bare name before it, `(KHTML, like Gecko)
/// wkhtmltopdf Safari/534.34`. Browsers have versions.
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

/// Whether this is a browser of a computer, and no television, car or headset that has the same
/// system.
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

/// Whether a piece is a product's name that no browser appends.
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
