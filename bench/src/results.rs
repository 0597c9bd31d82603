//! Measurements by name, and the file that stores them. Runs of other sizes and configurations stand
//! beside each other in it, and each run can be repeated on its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// The median and the range of the rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measurement {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Measurement {
    pub(crate) fn of(rounds: &[f64]) -> Option<Measurement> {
        Some(Measurement {
            median: median(rounds)?,
            least: rounds.iter().copied().reduce(f64::min)?,
            most: rounds.iter().copied().reduce(f64::max)?,
        })
    }
}

/// Returns the median of the rounds, or `None` if there are no rounds.
pub(crate) fn median(rounds: &[f64]) -> Option<f64> {
    let mut sorted = rounds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    Some(if sorted.len().is_multiple_of(2) {
        (sorted[half - 1] + upper) / 2.0
    } else {
        upper
    })
}

/// Numbers and text facts, each under a name of parts joined by dots.
#[derive(Default)]
pub(crate) struct Results {
    numbers: BTreeMap<String, Measurement>,
    facts: BTreeMap<String, String>,
    /// The file; `None` if the results are only printed.
    path: Option<PathBuf>,
    /// The description of the current run: commit, date and the like.
    circumstances: String,
}

impl Results {
    /// Opens a file of results, to add those of the current run, which `circumstances` describes.
    pub(crate) fn open(path: &Path, circumstances: &str) -> Result<Results> {
        Ok(Results {
            path: Some(path.into()),
            circumstances: circumstances.into(),
            ..Results::read(path)?
        })
    }

    /// Reads a file of results. Returns no results if the file does not exist.
    pub(crate) fn read(path: &Path) -> Result<Results> {
        let mut results = Results::default();
        if !path.exists() {
            return Ok(results);
        }
        for line in fs::read_to_string(path)?.lines() {
            let parts: Vec<&str> = line.split('\t').collect();
            match parts[..] {
                [name, text] => results.fact(name, text),
                [name, median, least, most] => {
                    let measured = Measurement {
                        median: median.parse()?,
                        least: least.parse()?,
                        most: most.parse()?,
                    };
                    results.numbers.insert(name.into(), measured);
                }
                _ => return Err(format!("not a result: {line:?}").into()),
            }
        }
        Ok(results)
    }

    /// Writes the results to their file.
    pub(crate) fn keep(&self) -> Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut text = String::new();
        for (name, fact) in &self.facts {
            writeln!(text, "{name}\t{fact}")?;
        }
        for (name, measured) in &self.numbers {
            let Measurement {
                median,
                least,
                most,
            } = measured;
            writeln!(text, "{name}\t{median}\t{least}\t{most}")?;
        }
        Ok(fs::write(path, text)?)
    }

    /// Begins a run, whose name is the prefix of its results. Removes those of an earlier run.
    pub(crate) fn begin(&mut self, run: &str) {
        let prefix = format!("{run}.");
        self.numbers.retain(|name, _| !name.starts_with(&prefix));
        self.facts.retain(|name, _| !name.starts_with(&prefix));
        let circumstances = self.circumstances.clone();
        self.fact(&format!("run.{run}"), &circumstances);
    }

    /// Returns all runs and their circumstances.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&str, &str)> {
        (self.facts.iter()).filter_map(|(name, text)| Some((name.strip_prefix("run.")?, &text[..])))
    }

    pub(crate) fn fact(&mut self, name: &str, text: &str) {
        let plain = text.replace(['\t', '\n'], " ");
        self.facts.insert(name.into(), plain);
    }

    pub(crate) fn set(&mut self, name: &str, rounds: &[f64]) {
        if let Some(measured) = Measurement::of(rounds) {
            self.numbers.insert(name.into(), measured);
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Measurement> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn median(&self, name: &str) -> Option<f64> {
        self.get(name).map(|measured| measured.median)
    }

    /// Returns one median divided by another.
    pub(crate) fn ratio(&self, name: &str, other: &str) -> Option<f64> {
        let ratio = self.median(name)? / self.median(other)?;
        ratio.is_finite().then_some(ratio)
    }

    /// Returns the numbers whose name begins with `prefix`, by the rest of the name.
    pub(crate) fn under<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, Measurement)> + 'a {
        (self.numbers.iter())
            .filter_map(move |(name, measured)| Some((name.strip_prefix(prefix)?, *measured)))
    }

    /// Returns the numbers of links that follow `prefix` in names, in order.
    pub(crate) fn sizes(&self, prefix: &str) -> Vec<u64> {
        let names = self
            .under(prefix)
            .filter_map(|(name, _)| name.split('.').next());
        let mut sizes: Vec<u64> = names.filter_map(|size| size.parse().ok()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_results_are_read_back_unchanged() {
        let file = std::env::temp_dir().join(format!("results-{}", std::process::id()));
        let mut results = Results::open(&file, "commit 1").unwrap();
        results.begin("speed.aof");
        results.set("speed.aof.a", &[3.0, 1.5, 2.0]);
        results.set("speed.aof.b", &[4.0, 1.0]);
        results.fact("machine.cpu", "some\tCPU");
        results.keep().unwrap();
        let read = Results::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(read.numbers, results.numbers);
        assert_eq!(read.text("machine.cpu"), Some("some CPU"));
        assert_eq!(read.ratio("speed.aof.a", "speed.aof.b"), Some(0.8));
        assert_eq!(read.under("speed.").count(), 2);
        assert_eq!(read.runs().collect::<Vec<_>>(), [("speed.aof", "commit 1")]);
    }

    #[test]
    fn a_run_replaces_the_previous_one_and_no_other() {
        let mut results = Results::default();
        let names = [
            "speed.aof.1000.p1.get.cpu",
            "speed.aof.10000.p1.get.cpu",
            "speed.none",
        ];
        names.iter().for_each(|name| results.set(name, &[1.0]));
        results.begin("speed.aof.1000");
        assert_eq!(
            names.map(|name| results.median(name).is_some()),
            [false, true, true]
        );
    }
}
