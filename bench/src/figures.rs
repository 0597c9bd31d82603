//! What was measured, by name, and the file it is kept in, so that runs of other sizes and in other
//! configurations land beside each other and one of them can be measured again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// The middle and the range of the rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Figure {
    pub(crate) fn of(rounds: &[f64]) -> Option<Figure> {
        Some(Figure {
            median: median(rounds)?,
            least: rounds.iter().copied().reduce(f64::min)?,
            most: rounds.iter().copied().reduce(f64::max)?,
        })
    }
}

/// The middle of the rounds; none if there are no rounds.
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

/// Numbers, and facts in words, each under a name of parts joined by dots.
#[derive(Default)]
pub(crate) struct Figures {
    numbers: BTreeMap<String, Figure>,
    facts: BTreeMap<String, String>,
    /// Where they are kept; nowhere if they are only looked at.
    path: Option<PathBuf>,
    /// What the run at hand is to be remembered by.
    circumstances: String,
}

impl Figures {
    /// Those kept in a file, to which those of the run at hand come. It is described in words.
    pub(crate) fn open(path: &Path, circumstances: &str) -> Result<Figures> {
        Ok(Figures {
            path: Some(path.into()),
            circumstances: circumstances.into(),
            ..Figures::read(path)?
        })
    }

    /// Those kept in a file; none if there is no such file.
    pub(crate) fn read(path: &Path) -> Result<Figures> {
        let mut figures = Figures::default();
        if !path.exists() {
            return Ok(figures);
        }
        for line in fs::read_to_string(path)?.lines() {
            let parts: Vec<&str> = line.split('\t').collect();
            match parts[..] {
                [name, text] => figures.fact(name, text),
                [name, median, least, most] => {
                    let figure = Figure {
                        median: median.parse()?,
                        least: least.parse()?,
                        most: most.parse()?,
                    };
                    figures.numbers.insert(name.into(), figure);
                }
                _ => return Err(format!("no figure: {line:?}").into()),
            }
        }
        Ok(figures)
    }

    /// Writes them to their file.
    pub(crate) fn keep(&self) -> Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut text = String::new();
        for (name, fact) in &self.facts {
            writeln!(text, "{name}\t{fact}")?;
        }
        for (name, figure) in &self.numbers {
            let Figure {
                median,
                least,
                most,
            } = figure;
            writeln!(text, "{name}\t{median}\t{least}\t{most}")?;
        }
        Ok(fs::write(path, text)?)
    }

    /// Begins the figures of a run, whose names begin so: those of an earlier one are forgotten.
    pub(crate) fn begin(&mut self, run: &str) {
        let prefix = format!("{run}.");
        self.numbers.retain(|name, _| !name.starts_with(&prefix));
        self.facts.retain(|name, _| !name.starts_with(&prefix));
        let circumstances = self.circumstances.clone();
        self.fact(&format!("run.{run}"), &circumstances);
    }

    /// The runs whose figures there are, and their circumstances.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (&str, &str)> {
        (self.facts.iter()).filter_map(|(name, text)| Some((name.strip_prefix("run.")?, &text[..])))
    }

    pub(crate) fn fact(&mut self, name: &str, text: &str) {
        let plain = text.replace(['\t', '\n'], " ");
        self.facts.insert(name.into(), plain);
    }

    pub(crate) fn set(&mut self, name: &str, rounds: &[f64]) {
        if let Some(figure) = Figure::of(rounds) {
            self.numbers.insert(name.into(), figure);
        }
    }

    pub(crate) fn told(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Figure> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn median(&self, name: &str) -> Option<f64> {
        self.get(name).map(|figure| figure.median)
    }

    /// One median over another.
    pub(crate) fn ratio(&self, name: &str, other: &str) -> Option<f64> {
        let ratio = self.median(name)? / self.median(other)?;
        ratio.is_finite().then_some(ratio)
    }

    /// The numbers whose name begins so, by what follows.
    pub(crate) fn under<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, Figure)> + 'a {
        (self.numbers.iter())
            .filter_map(move |(name, figure)| Some((name.strip_prefix(prefix)?, *figure)))
    }

    /// The numbers of links in names that begin so and go on with one, in order.
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
    fn what_is_kept_is_read_again() {
        let file = std::env::temp_dir().join(format!("figures-{}", std::process::id()));
        let mut figures = Figures::open(&file, "commit 1").unwrap();
        figures.begin("speed.aof");
        figures.set("speed.aof.a", &[3.0, 1.5, 2.0]);
        figures.set("speed.aof.b", &[4.0, 1.0]);
        figures.fact("machine.cpu", "some\tCPU");
        figures.keep().unwrap();
        let read = Figures::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(read.numbers, figures.numbers);
        assert_eq!(read.told("machine.cpu"), Some("some CPU"));
        assert_eq!(read.ratio("speed.aof.a", "speed.aof.b"), Some(0.8));
        assert_eq!(read.under("speed.").count(), 2);
        assert_eq!(read.runs().collect::<Vec<_>>(), [("speed.aof", "commit 1")]);
    }

    #[test]
    fn a_run_replaces_the_one_before_and_no_other() {
        let mut figures = Figures::default();
        let names = [
            "speed.aof.1000.p1.get.cpu",
            "speed.aof.10000.p1.get.cpu",
            "speed.none",
        ];
        names.iter().for_each(|name| figures.set(name, &[1.0]));
        figures.begin("speed.aof.1000");
        assert_eq!(
            names.map(|name| figures.median(name).is_some()),
            [false, true, true]
        );
    }
}
