//! Parsing of one user agent.

use std::sync::LazyLock;

use woothee::parser::{Parser, WootheeResult};

use super::agent::{Agent, MAX_NAME, MAX_VERSION, fit};
use super::matcher::PatternSet;
use super::overrides::{BROWSERS, BROWSERS_RENAMED, DEVICES, SYSTEMS, SYSTEMS_RENAMED};
use super::{bots, case};

/// The marks of all tables, searched in one pass.
static MARKS: LazyLock<PatternSet> = LazyLock::new(|| {
    let browsers = BROWSERS.iter().map(|line| line.0);
    let systems = SYSTEMS.iter().map(|line| line.0);
    let devices = DEVICES.iter().map(|line| line.0);
    PatternSet::exact(browsers.chain(systems).chain(devices))
});

/// The first line of a table whose mark occurs: its number, and where the mark ends in the text.
type Marked = Option<(usize, usize)>;

/// Parses these bytes. `whole` is whether they are the complete user agent.
pub(super) fn agent(bytes: &[u8], whole: bool, patterns: &[String]) -> Agent {
    let text = String::from_utf8_lossy(bytes);
    let clean = !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    let text = if clean {
        text
    } else {
        text.replace(char::is_control, " ").into()
    };
    let text = case::restored(text);
    if bots::is_bot(&text, whole && clean, patterns) {
        let (browser, browser_version) = bots::name(&text);
        return Agent {
            bot: true,
            browser,
            browser_version,
            ..Agent::default()
        };
    }
    let known = Parser::new().parse(&text).unwrap_or_default();
    let lengths = [BROWSERS.len(), SYSTEMS.len(), DEVICES.len()];
    let [marked_browser, marked_system, marked_device] = MARKS.first_lines(lengths, &text);
    let (browser, browser_version) = browser(&text, marked_browser, &known);
    let (os, os_version) = system(&text, marked_system, &known);
    let browser = possible(browser, &os);
    let device = device(&text, marked_device, &os, known.category);
    Agent {
        bot: false,
        browser,
        browser_version,
        os,
        os_version,
        device: device.to_owned(),
    }
}

/// Returns a browser that exists on this OS. `woothee` takes user agents that name only Apple's
/// engine for Apple's browsers.
fn possible(browser: String, os: &str) -> String {
    match (browser.as_str(), os) {
        ("Safari", "Android") => "Android Browser".to_owned(),
        ("iOS WebView", "Android") => "Android WebView".to_owned(),
        ("Safari", "BlackBerry") => "BlackBerry Browser".to_owned(),
        _ => browser,
    }
}

fn browser(text: &str, marked: Marked, known: &WootheeResult<'_>) -> (String, String) {
    if let Some((line, end)) = marked
        && let Some((_, name, before_version)) = BROWSERS.get(line)
    {
        return ((*name).to_owned(), version(text, before_version, end));
    }
    let name = BROWSERS_RENAMED
        .iter()
        .find(|(theirs, _)| *theirs == known.name)
        .map_or(known.name, |(_, ours)| ours);
    (
        fit(known_or_empty(name), MAX_NAME),
        fit(known_or_empty(known.version), MAX_VERSION),
    )
}

fn system(text: &str, marked: Marked, known: &WootheeResult<'_>) -> (String, String) {
    if let Some((line, end)) = marked
        && let Some((_, name, before_version)) = SYSTEMS.get(line)
    {
        return ((*name).to_owned(), version(text, before_version, end));
    }
    let (name, version) = SYSTEMS_RENAMED
        .iter()
        .find(|(theirs, ..)| *theirs == known.os)
        .map_or((known.os, ""), |(_, ours, version)| (*ours, *version));
    let version = if version.is_empty() {
        &known.os_version
    } else {
        version
    };
    (
        fit(known_or_empty(name), MAX_NAME),
        fit(known_or_empty(version), MAX_VERSION),
    )
}

fn device(text: &str, marked: Marked, os: &str, category: &str) -> &'static str {
    if let Some((line, _)) = marked
        && let Some((_, kind)) = DEVICES.get(line)
    {
        return kind;
    }
    let mobile = text.contains("Mobi");
    match (os, category) {
        // Google asks makers of phones to add Mobile, and makers of tablets not to.
        ("Android" | "HarmonyOS", _) if !mobile => "Tablet",
        ("Windows Phone", _) | (_, "smartphone" | "mobilephone") => "Mobile",
        ("Tizen", _) if mobile => "Mobile",
        ("Tizen" | "tvOS" | "VIDAA", _) => "TV",
        ("Windows" | "Mac OS X" | "Linux" | "FreeBSD" | "OpenBSD" | "NetBSD" | "Solaris", _)
        | (_, "pc") => "Computer",
        (_, "appliance") => "TV",
        _ if mobile => "Mobile",
        _ => "",
    }
}

/// Returns the version that follows a mark. `end` is where the line's own mark ends.
fn version(text: &str, mark: &str, end: usize) -> String {
    let start = if mark.is_empty() {
        Some(end)
    } else {
        text.find(mark)
            .map(|start| start.saturating_add(mark.len()))
    };
    let rest = start
        .and_then(|start| text.get(start..))
        .unwrap_or_default();
    let version: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | '_'))
        .map(|c| if c == '_' { '.' } else { c })
        .take(MAX_VERSION)
        .collect();
    version.trim_matches('.').to_owned()
}

/// Returns the text of `woothee`, or nothing for its word for unknown.
fn known_or_empty(text: &str) -> &str {
    if text == "UNKNOWN" { "" } else { text }
}
