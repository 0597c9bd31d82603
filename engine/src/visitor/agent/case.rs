//! User agents that a proxy has converted to lower or upper case.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::matcher::PatternSet;
use super::overrides::{BROWSERS, DEVICES, SYSTEMS};
use super::position;

/// The beginnings of converted `Mozilla/` and `Opera/`.
const CONVERTED: [&str; 4] = ["mozilla/", "MOZILLA/", "opera/", "OPERA/"];

/// What `woothee` and the tables search for besides the tables' marks, in its original case.
#[rustfmt::skip]
const OTHER_WORDS: &[&str] = &[
    "Mozilla/", "AppleWebKit/", "KHTML, like Gecko", "Gecko/", "Chrome/", "Safari/", "Firefox/", "Version/", "Opera/", "Opera ",
    "Presto/", "MSIE ", "Trident/", "IEMobile/", "Windows NT", "Windows", "Macintosh", "like Mac OS X", "X11", "Linux", "Android", "iPhone",
    "iPad", "iPod", "CPU iPhone OS", "CPU OS", "CrOS ", "FreeBSD", "BlackBerry", "BB10", "Mobile", "Tablet", "Build/", "FBAV/",
    "Ubuntu", "compatible; MSIE",
];

static WORDS_IN_CASE: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let browsers = BROWSERS.iter().flat_map(|line| [line.0, line.2]);
    let systems = SYSTEMS.iter().flat_map(|line| [line.0, line.2]);
    let devices = DEVICES.iter().map(|line| line.0);
    let all = OTHER_WORDS
        .iter()
        .copied()
        .chain(browsers)
        .chain(systems)
        .chain(devices);
    all.filter(|word| !word.is_empty()).collect()
});
static WORDS: LazyLock<PatternSet> =
    LazyLock::new(|| PatternSet::any_case(WORDS_IN_CASE.iter().copied()));

/// Restores the case of a browser's user agent.
pub(super) fn restored(text: Cow<'_, str>) -> Cow<'_, str> {
    if !CONVERTED.iter().any(|start| text.starts_with(start)) {
        return text;
    }
    let mut written = String::with_capacity(text.len());
    let mut done = 0;
    for found in WORDS.all(&text) {
        if let Some(word) = WORDS_IN_CASE.get(found.line)
            && position::begins_word(&text, found.start)
        {
            written.push_str(text.get(done..found.start).unwrap_or_default());
            written.push_str(word);
            done = found.end;
        }
    }
    written.push_str(text.get(done..).unwrap_or_default());
    written.into()
}
