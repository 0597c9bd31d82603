//! What a user agent tells.

use std::sync::{Arc, LazyLock};

/// Longest name of a browser, a system or a device, in bytes.
pub(crate) const MAX_NAME: usize = 40;
/// Longest version, in bytes.
pub(crate) const MAX_VERSION: usize = 24;

/// What a user agent tells. An empty text stands for unknown. Names have at most 40 bytes, versions at most 24; all are printable ASCII.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// A bot, a link preview, a program. Then `browser` is its name, and nothing is known of system and device: bots say of those
    /// whatever opens doors.
    pub bot: bool,
    /// Such as `Chrome`.
    pub browser: String,
    /// Such as `104.0.0.0`.
    pub browser_version: String,
    /// Such as `Mac OS X`. Never with a version: `Windows`, not `Windows 10`.
    pub os: String,
    /// Such as `10.15.7`. Browsers stopped counting: Windows 11 says 10, and macOS since 11 says 10.15.7.
    pub os_version: String,
    /// `Computer`, `Mobile`, `Tablet`, `TV`, `Console`, `Headset` or `Car`.
    pub device: String,
}

impl Agent {
    /// An agent of which nothing is known, or nothing but that it is a bot.
    pub(crate) fn unknown(bot: bool) -> Arc<Agent> {
        static UNKNOWN: LazyLock<[Arc<Agent>; 2]> = LazyLock::new(|| {
            [false, true].map(|bot| {
                Arc::new(Agent {
                    bot,
                    ..Agent::default()
                })
            })
        });
        let [human, robot] = &*UNKNOWN;
        Arc::clone(if bot { robot } else { human })
    }
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
