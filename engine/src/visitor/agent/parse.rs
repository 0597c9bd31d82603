//! One user agent, read anew.

use std::sync::LazyLock;

use woothee::parser::{Parser, WootheeResult};

use super::marks::Marks;
use super::mend::{BROWSERS, BROWSERS_RENAMED, DEVICES, SYSTEMS, SYSTEMS_RENAMED};
use super::{Agent, MAX_NAME, MAX_VERSION, bots};

static BROWSER_MARKS: LazyLock<Marks> =
    LazyLock::new(|| Marks::exact(BROWSERS.iter().map(|line| line.0)));
static SYSTEM_MARKS: LazyLock<Marks> =
    LazyLock::new(|| Marks::exact(SYSTEMS.iter().map(|line| line.0)));
static DEVICE_MARKS: LazyLock<Marks> =
    LazyLock::new(|| Marks::exact(DEVICES.iter().map(|line| line.0)));

/// What these bytes tell; `whole` if they are all of the user agent.
pub(super) fn agent(bytes: &[u8], whole: bool, patterns: &[String]) -> Agent {
    let text = String::from_utf8_lossy(bytes);
    let clean = !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
    let text = if clean {
        text
    } else {
        text.replace(char::is_control, " ").into()
    };
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
    let (browser, browser_version) = browser(&text, &known);
    let (os, os_version) = system(&text, &known);
    let device = device(&text, &os, known.category);
    Agent {
        bot: false,
        browser,
        browser_version,
        os,
        os_version,
        device: device.to_owned(),
    }
}

fn browser(text: &str, known: &WootheeResult<'_>) -> (String, String) {
    if let Some((line, end)) = BROWSER_MARKS.first_line(text)
        && let Some((_, name, before_version)) = BROWSERS.get(line)
    {
        return ((*name).to_owned(), version(text, before_version, end));
    }
    let name = BROWSERS_RENAMED
        .iter()
        .find(|(theirs, _)| *theirs == known.name)
        .map_or(known.name, |(_, ours)| ours);
    (
        fit(said(name), MAX_NAME),
        fit(said(known.version), MAX_VERSION),
    )
}

fn system(text: &str, known: &WootheeResult<'_>) -> (String, String) {
    if let Some((line, end)) = SYSTEM_MARKS.first_line(text)
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
    (fit(said(name), MAX_NAME), fit(said(version), MAX_VERSION))
}

fn device(text: &str, os: &str, category: &str) -> &'static str {
    if let Some((line, _)) = DEVICE_MARKS.first_line(text)
        && let Some((_, kind)) = DEVICES.get(line)
    {
        return kind;
    }
    let mobile = text.contains("Mobi");
    match (os, category) {
        // Google asks makers of phones to say Mobile, and makers of tablets not to.
        ("Android" | "HarmonyOS", _) if !mobile => "Tablet",
        (_, "smartphone" | "mobilephone") => "Mobile",
        ("Windows" | "Mac OS X" | "Linux" | "FreeBSD" | "OpenBSD" | "NetBSD" | "Solaris", _)
        | (_, "pc") => "Computer",
        (_, "appliance") => "TV",
        _ if mobile => "Mobile",
        _ => "",
    }
}

/// The version that follows a mark; `end` is where the line's own mark ends.
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

/// What `woothee` says, but for its word for nothing.
fn said(text: &str) -> &str {
    if text == "UNKNOWN" { "" } else { text }
}

/// As much of a text as is printable and has at most `max` bytes.
pub(super) fn fit(text: &str, max: usize) -> String {
    text.bytes()
        .take_while(|byte| byte.is_ascii_graphic() || *byte == b' ')
        .take(max)
        .map(char::from)
        .collect::<String>()
        .trim()
        .to_owned()
}
