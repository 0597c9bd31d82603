//! Anonymized user agents: names and major versions only.

use std::sync::Arc;

use super::agent::Agent;

/// Maximum length of a major version, in bytes, such as `NT 10`.
const MAX_MAJOR: usize = 8;

/// Returns a version up to its first number: `104` for `104.0.5112.79`. Returns nothing if there is
/// no number, or if the result is long.
fn major(version: &str) -> &str {
    let start = version
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(version.len());
    let rest = version.get(start..).unwrap_or_default();
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let head = version
        .get(..start.saturating_add(digits))
        .unwrap_or_default();
    if head.len() <= MAX_MAJOR { head } else { "" }
}

/// The parts of an agent that do not identify a person.
#[derive(Clone, Debug)]
pub(in crate::visitor) struct AnonymizedAgent {
    /// The agent with major versions.
    pub(in crate::visitor) agent: Arc<Agent>,
    /// Its text, which replaces the user agent: `Chrome/104 (Mac OS X)`.
    pub(in crate::visitor) text: Arc<str>,
}

impl AnonymizedAgent {
    pub(super) fn of(agent: &Agent) -> Self {
        let coarse = Agent {
            browser_version: major(&agent.browser_version).to_owned(),
            os_version: major(&agent.os_version).to_owned(),
            ..agent.clone()
        };
        let mut text = coarse.browser.clone();
        if !text.is_empty() && !coarse.browser_version.is_empty() {
            text.push('/');
            text.push_str(&coarse.browser_version);
        }
        if !coarse.os.is_empty() {
            let gap = if text.is_empty() { "" } else { " " };
            text.extend([gap, "(", &coarse.os, ")"]);
        }
        Self {
            agent: Arc::new(coarse),
            text: text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(browser: [&str; 2], os: [&str; 2]) -> Agent {
        Agent {
            browser: browser[0].into(),
            browser_version: browser[1].into(),
            os: os[0].into(),
            os_version: os[1].into(),
            device: "Computer".into(),
            ..Agent::default()
        }
    }

    #[test]
    fn versions_are_cut_to_their_major_number_and_the_text_is_made_of_kinds() {
        for (full, versions, text) in [
            (
                agent(["Chrome", "104.0.5112.79"], ["Mac OS X", "10.15.7"]),
                ["104", "10"],
                "Chrome/104 (Mac OS X)",
            ),
            (
                agent(["Edge", "18"], ["Windows", "NT 10.0"]),
                ["18", "NT 10"],
                "Edge/18 (Windows)",
            ),
            (
                agent(["IE", "6.0"], ["Windows", "XP"]),
                ["6", "XP"],
                "IE/6 (Windows)",
            ),
            (agent(["Firefox", ""], ["", "7_1"]), ["", "7"], "Firefox"),
            (
                agent(["", "7.1"], ["Linux", "tuxedo-of-someone"]),
                ["7", ""],
                "(Linux)",
            ),
            (
                agent(["Safari", "1600000000.1"], ["", ""]),
                ["", ""],
                "Safari",
            ),
            (agent(["", ""], ["", ""]), ["", ""], ""),
        ] {
            let anonymized = AnonymizedAgent::of(&full);
            assert_eq!(&*anonymized.text, text, "{full:?}");
            let [browser_version, os_version] = versions.map(String::from);
            assert_eq!(
                *anonymized.agent,
                Agent {
                    browser_version,
                    os_version,
                    ..full
                }
            );
        }
    }
}
