//! What callgrind writes: <https://valgrind.org/docs/manual/cl-format.html>.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::Result;

/// What the server does every so many milliseconds, whoever calls.
const CLOCKWORK: [&str; 2] = ["serverCron", "moduleTimerHandler"];

/// Instructions by function, without those of the functions it calls.
#[derive(Default)]
pub(super) struct Profile {
    by_function: HashMap<String, f64>,
    of_module: f64,
    /// Of [`CLOCKWORK`], with all that it calls.
    of_clockwork: f64,
}

impl Profile {
    pub(super) fn read(path: &Path) -> Result<Profile> {
        let bytes = fs::read(path)?;
        Ok(Profile::parse(&String::from_utf8_lossy(&bytes)))
    }

    fn parse(text: &str) -> Profile {
        let mut profile = Profile::default();
        let (mut functions, mut objects) = (Names::default(), Names::default());
        let (mut function, mut object) = (String::new(), String::new());
        let (mut callee, mut is_call) = (String::new(), false);
        for line in text.lines() {
            if let Some((key, value)) = line.split_once('=') {
                match key {
                    "fn" => function = functions.of(value),
                    "ob" => object = objects.of(value),
                    "cfn" => callee = functions.of(value),
                    // This gives names to numbers too.
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
            let cost: f64 = cost.unwrap_or(0.0);
            // The line after a call has the costs of what was called.
            if std::mem::take(&mut is_call) {
                if CLOCKWORK.contains(&callee.as_str()) {
                    profile.of_clockwork += cost;
                }
                continue;
            }
            *profile.by_function.entry(function.clone()).or_default() += cost;
            if object.contains("redis_shorten") {
                profile.of_module += cost;
            }
        }
        profile
    }

    /// Without the clockwork, where its functions have names.
    pub(super) fn total(&self) -> f64 {
        self.by_function.values().sum::<f64>() - self.of_clockwork
    }

    pub(super) fn of_module(&self) -> f64 {
        self.of_module
    }

    /// The dearest functions: instructions per call and name, with semicolons between them.
    pub(super) fn top(&self, most: usize, calls: u64) -> String {
        let mut sorted: Vec<_> = self.by_function.iter().collect();
        sorted.sort_by(|a, b| b.1.total_cmp(a.1));
        let lines = sorted.into_iter().take(most).map(|(name, cost)| {
            let name = name.replace(['`', '|', ';'], " ");
            format!("{:.0} {name}", cost / calls as f64)
        });
        lines.collect::<Vec<_>>().join("; ")
    }
}

/// Names are written once, with a number, and then as the number alone.
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
    fn costs_of_callees_are_counted_once_and_the_clockworks_not_at_all() {
        let profile = Profile::parse(DUMP);
        assert_eq!(profile.total(), 1200.0);
        assert_eq!(profile.of_module(), 700.0);
        assert_eq!(profile.top(2, 100), "7 shorten; 5 main");
    }
}
