//! The properties of a user agent.

use std::sync::{Arc, LazyLock};

/// Maximum length of the name of a browser, an OS or a device, in bytes.
pub(crate) const MAX_NAME: usize = 40;
/// Maximum length of a version, in bytes.
pub(crate) const MAX_VERSION: usize = 24;

/// The properties of a user agent. An empty text means unknown. Names have at most 40 bytes,
/// versions at most 24. All are printable ASCII.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// Whether it is a bot, a link preview or a program. Then `browser` is its name, and OS and
    /// device are left empty, because bots spoof them.
    pub bot: bool,
    /// Such as `Chrome`.
    pub browser: String,
    /// Such as `104.0.0.0`.
    pub browser_version: String,
    /// Such as `Mac OS X`. Without a version: `Windows`, not `Windows 10`.
    pub os: String,
    /// Such as `10.15.7`. Browsers no longer report new versions: Windows 11 is 10, and macOS since
    /// 11 is 10.15.7.
    pub os_version: String,
    /// `Computer`, `Mobile`, `Tablet`, `TV`, `Console`, `Headset` or `Car`.
    pub device: String,
}

impl Agent {
    /// Returns an unknown agent, of which at most is known that it is a bot.
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

/// Returns the printable beginning of a text, at most `max` bytes.
pub(super) fn fit(text: &str, max: usize) -> String {
    text.bytes()
        .take_while(|byte| byte.is_ascii_graphic() || *byte == b' ')
        .take(max)
        .map(char::from)
        .collect::<String>()
        .trim()
        .to_owned()
}
