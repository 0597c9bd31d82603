//! User agents without what points to one person: kinds and major versions.

use std::sync::Arc;

use super::agent::Agent;

/// The longest major version, in bytes: `NT 10`.
const LONGEST_MAJOR: usize = 8;

/// A version up to its first number: `104` of `104.0.5112.79`. One without a number, or with a long one, is more than that.
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
    if head.len() <= LONGEST_MAJOR {
        head
    } else {
        ""
    }
}

/// What of an agent does not point to one person.
#[derive(Clone, Debug)]
pub(super) struct Coarse {
    /// It, with the major numbers of its versions.
    pub(super) agent: Arc<Agent>,
    /// It, in the place of the user agent: `Chrome/104 (Mac OS X)`.
    pub(super) text: Arc<str>,
}

impl Coarse {
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

/// How many agents [`Coarsened`] remembers.
const PLACES: usize = 512;

/// What was made of the agents told last. They are known by their address, which is theirs alone for as long as they are remembered.
#[derive(Default)]
pub(super) struct Coarsened {
    places: Vec<Option<(Arc<Agent>, Coarse)>>,
}

impl Coarsened {
    pub(super) fn of(&mut self, agent: &Arc<Agent>) -> Coarse {
        if self.places.is_empty() {
            self.places.resize(PLACES, None);
        }
        // Fibonacci hashing: allocators give addresses at regular distances.
        let spread = (Arc::as_ptr(agent).addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let index = usize::try_from(spread >> 32).unwrap_or(0) % PLACES;
        let Some(place) = self.places.get_mut(index) else {
            return Coarse::of(agent);
        };
        match place {
            Some((known, coarse)) if Arc::ptr_eq(known, agent) => coarse.clone(),
            _ => {
                let coarse = Coarse::of(agent);
                *place = Some((Arc::clone(agent), coarse.clone()));
                coarse
            }
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
            let coarse = Coarse::of(&full);
            assert_eq!(&*coarse.text, text, "{full:?}");
            let [browser_version, os_version] = versions.map(String::from);
            assert_eq!(
                *coarse.agent,
                Agent {
                    browser_version,
                    os_version,
                    ..full
                }
            );
        }
    }

    #[test]
    fn what_is_remembered_of_an_agent_is_what_would_be_made_of_it() {
        let mut coarsened = Coarsened::default();
        // More than there are places for, twice each.
        let agents: Vec<_> = (0..2_000)
            .map(|n| Arc::new(agent(["Chrome", &format!("{n}.1")], ["", ""])))
            .collect();
        for agent in agents.iter().flat_map(|agent| [agent, agent]) {
            assert_eq!(coarsened.of(agent).agent, Coarse::of(agent).agent);
        }
        assert_eq!(coarsened.places.len(), PLACES);
        let known = coarsened.of(&agents[7]);
        assert!(Arc::ptr_eq(&known.agent, &coarsened.of(&agents[7]).agent));
    }
}
