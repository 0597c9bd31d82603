//! Parses callgrind's output: <https://valgrind.org/docs/manual/cl-format.html>.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use crate::Result;

/// The function that the server runs periodically, independent of calls.
const CLOCKWORK: [&str; 2] = ["serverCron", "moduleTimerHandler"];

/// Instructions per call, by function, excluding those of called functions.
#[derive(Default)]
pub(super) struct Profile {
    by_function: HashMap<String, f64>,
    of_module: f64,
    /// Instructions of [`CLOCKWORK`], including those of called functions.
    of_clockwork: f64,
    /// `Some` if caches were simulated.
    misses: Option<Misses>,
}

/// Misses of the simulated caches per call.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct Misses {
    /// Instruction misses in the first level.
    pub(super) code: f64,
    /// Data misses in the first level.
    pub(super) data: f64,
    /// Misses of both in the last level.
    pub(super) far: f64,
}

impl Misses {
    /// Adds the cost of one of callgrind's events.
    fn add(&mut self, event: &str, cost: f64) {
        match event {
            "I1mr" => self.code += cost,
            "D1mr" | "D1mw" => self.data += cost,
            "ILmr" | "DLmr" | "DLmw" => self.far += cost,
            _ => {}
        }
    }

    /// Adds or subtracts the misses among the costs of a line.
    fn add_line(&mut self, events: &[&str], line: &str, factor: f64) {
        let costs = line.split(' ').skip(1);
        for (event, cost) in events.iter().zip(costs) {
            self.add(event, factor * cost.parse().unwrap_or(0.0));
        }
    }
}

impl Profile {
    pub(super) fn read(path: &Path, calls: u64) -> Result<Profile> {
        let bytes = fs::read(path)?;
        let profile = Profile::parse(&String::from_utf8_lossy(&bytes), 1.0 / calls as f64);
        Ok(profile)
    }

    /// `scale` converts the cost of all calls to that of one call.
    fn parse(text: &str, scale: f64) -> Profile {
        let mut profile = Profile::default();
        let (mut functions, mut objects) = (Names::default(), Names::default());
        let (mut function, mut object) = (String::new(), String::new());
        let (mut callee, mut is_call) = (String::new(), false);
        let (mut events, mut misses) = (vec![], Misses::default());
        for line in text.lines() {
            if let Some(names) = line.strip_prefix("events: ") {
                events = names.split(' ').collect();
            }
            if let Some((key, value)) = line.split_once('=') {
                match key {
                    "fn" => function = functions.of(value),
                    "ob" => object = objects.of(value),
                    "cfn" => callee = functions.of(value),
                    // This registers compressed names too.
                    "cob" => drop(objects.of(value)),
                    "calls" => is_call = true,
                    _ => {}
                }
                continue;
            }
            if !line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
                continue;
            }
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse().ok());
            let cost = cost.unwrap_or(0.0) * scale;
            // The line after a call has the inclusive costs of the callee.
            if std::mem::take(&mut is_call) {
                if CLOCKWORK.contains(&callee.as_str()) {
                    profile.of_clockwork += cost;
                    misses.add_line(&events, line, -scale);
                }
                continue;
            }
            *profile.by_function.entry(function.clone()).or_default() += cost;
            if object.contains("redis_shorten") {
                profile.of_module += cost;
            }
            misses.add_line(&events, line, scale);
        }
        profile.misses = events.contains(&"I1mr").then_some(misses);
        profile
    }

    /// Returns the total without the periodic work, if its functions have names.
    pub(super) fn total(&self) -> f64 {
        self.by_function.values().sum::<f64>() - self.of_clockwork
    }

    pub(super) fn of_module(&self) -> f64 {
        self.of_module
    }

    pub(super) fn misses(&self) -> Option<Misses> {
        self.misses
    }

    /// Returns the most expensive functions: instructions and name, separated by semicolons.
    pub(super) fn top(&self, most: usize) -> String {
        let mut sorted: Vec<_> = self.by_function.iter().collect();
        sorted.sort_by(|a, b| b.1.total_cmp(a.1));
        let lines = sorted.into_iter().take(most).map(|(name, cost)| {
            let name = name.replace(['`', '|', ';'], " ");
            format!("{cost:.0} {name}")
        });
        lines.collect::<Vec<_>>().join("; ")
    }

    /// Returns the functions whose costs differ most from those in another profile, as lines of
    /// text.
    pub(super) fn changes(&self, other: &Profile, most: usize) -> Vec<String> {
        let cost = |profile: &Profile, name: &str| {
            let cost = profile.by_function.get(name);
            cost.copied().unwrap_or(0.0)
        };
        let all: BTreeSet<&String> = (self.by_function.keys())
            .chain(other.by_function.keys())
            .collect();
        let mut changes: Vec<_> = (all.into_iter())
            .map(|name| (cost(self, name), cost(other, name), name))
            .filter(|(here, there, _)| (here - there).abs() >= 1.0)
            .collect();
        changes.sort_by(|a, b| (b.0 - b.1).abs().total_cmp(&(a.0 - a.1).abs()));
        let lines = changes.into_iter().take(most);
        lines
            .map(|(here, there, name)| {
                format!("{:+.0} ({there:.0} → {here:.0}) {name}", here - there)
            })
            .collect()
    }
}

/// Resolves compressed names: a name is written once with a number, then only the number.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn of(&mut self, text: &str) -> String {
        match text.split_once(") ") {
            Some((number, name)) => {
                self.0.insert(format!("{number})"), name.into());
                name.into()
            }
            None => self.0.get(text).cloned().unwrap_or_else(|| text.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = "version: 1\nevents: Ir\n\nob=(1) /usr/bin/server\nfl=(1) a.c\nfn=(1) main\n16 400\n+2 100\ncob=(2) /x/libredis_shorten.so\n\
                        cfn=(2) shorten\ncalls=1 50\n* 700\ncfn=(3) serverCron\ncalls=1 9\n* 40\n\nob=(2)\nfn=(2)\n51 600\n52 100\n\nob=(1)\nfn=(3)\n9 40\n\n\
                        totals: 1240\n";

    #[test]
    fn costs_of_callees_count_once_and_those_of_the_timer_do_not() {
        let profile = Profile::parse(DUMP, 0.01);
        assert_eq!(profile.total().round(), 12.0);
        assert_eq!(profile.of_module().round(), 7.0);
        assert_eq!(profile.top(2), "7 shorten; 5 main");
    }

    #[test]
    fn the_largest_changes_come_first_and_equal_costs_do_not() {
        let (here, there) = (Profile::parse(DUMP, 1.0), Profile::parse(DUMP, 0.5));
        let changes = here.changes(&there, 2);
        assert_eq!(
            changes,
            ["+350 (350 → 700) shorten", "+250 (250 → 500) main"]
        );
        assert!(here.changes(&here, 2).is_empty());
    }

    #[test]
    fn misses_are_counted_where_caches_were_simulated() {
        let text = "events: Ir I1mr D1mr DLmr\nfn=(1) main\n16 400 4 6\n+2 100 0 2 2\ncfn=(2) serverCron\n\
                    calls=1 9\n* 40 1\n\nfn=(2)\n9 40 1\n";
        let misses = Profile::parse(text, 0.5).misses();
        let expected = Misses {
            code: 2.0,
            data: 4.0,
            far: 1.0,
        };
        assert_eq!(misses, Some(expected));
        assert_eq!(Profile::parse(DUMP, 1.0).misses(), None);
    }
}
