//! Compares two builds of the module: `MODULE`, the one under development, and `VS`, the other.
//!
//! Both run on servers of the same binary with the same links, and get the same calls in turns, so
//! that other load on the machine affects both.

use crate::options::Options;
use crate::results::Measurement;

/// The measurements of one call with both modules, round by round.
pub(crate) struct Pair {
    pub(crate) call: &'static str,
    /// Configuration and pipeline.
    pub(crate) circumstances: String,
    pub(crate) main: Vec<f64>,
    /// Empty for a call that does not use the module.
    pub(crate) versus: Vec<f64>,
    pub(crate) unit: Unit,
    /// Further notes, one per line.
    pub(crate) notes: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Server CPU.
    Micros,
    /// Counted by callgrind.
    Instructions,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Micros => "µs of server CPU a call",
            Unit::Instructions => "instructions a call",
        }
    }

    fn show(self, value: f64) -> String {
        match self {
            Unit::Micros => format!("{value:.2}"),
            Unit::Instructions => format!("{value:.0}"),
        }
    }
}

impl Pair {
    /// Returns `MODULE` / `VS` of each round. Below 1, `MODULE` is faster.
    fn ratios(&self) -> Vec<f64> {
        let rounds = self.main.iter().zip(&self.versus);
        rounds.map(|(main, versus)| main / versus).collect()
    }

    fn line(&self) -> Option<String> {
        let show = |measured: Measurement| self.unit.show(measured.median);
        let line = format!(
            "{:<29} {:<28} {:>8}",
            self.call,
            self.circumstances,
            show(Measurement::of(&self.main)?),
        );
        let ratios = self.ratios();
        let (Some(versus), Some(ratio)) = (Measurement::of(&self.versus), Measurement::of(&ratios))
        else {
            return Some(line);
        };
        let line = format!("{line} {:>8} {:>8.3}", show(versus), ratio.median);
        if ratios.len() == 1 {
            return Some(line);
        }
        let (least, most, rounds) = (ratio.least, ratio.most, ratios.len());
        let faster = ratios.iter().filter(|&&ratio| ratio < 1.0).count();
        Some(format!(
            "{line}  {least:.3}–{most:.3}, faster in {faster} of {rounds}"
        ))
    }
}

/// Returns the table that is printed at the end of a comparison.
pub(crate) fn table(options: &Options, pairs: &[Pair]) -> String {
    let mut lines = vec![format!("MODULE  {}", options.module.display())];
    if let Some(versus) = &options.versus {
        lines.push(format!("VS      {}", versus.display()));
    }
    for unit in [Unit::Micros, Unit::Instructions] {
        let mut pairs = pairs.iter().filter(|pair| pair.unit == unit).peekable();
        if pairs.peek().is_some() {
            let (name, [main, versus, ratio]) = (unit.name(), ["MODULE", "VS", "ratio"]);
            lines.push(format!("\n{name:<58} {main:>8} {versus:>8} {ratio:>8}"));
        }
        for pair in pairs {
            lines.extend(pair.line());
            lines.extend(pair.notes.iter().map(|note| format!("    {note}")));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_without_the_module_has_no_ratio() {
        let pair = Pair {
            call: "GET",
            circumstances: "no AOF".into(),
            main: vec![3450.4],
            versus: vec![],
            unit: Unit::Instructions,
            notes: vec![],
        };
        assert!(
            pair.line()
                .unwrap()
                .ends_with("no AOF                           3450")
        );
    }

    #[test]
    fn the_ratio_is_the_median_of_the_rounds_ratios() {
        let pair = Pair {
            call: "RESOLVE",
            circumstances: "no AOF, pipeline 1".into(),
            main: vec![1.0, 4.0, 9.0],
            versus: vec![2.0, 5.0, 3.0],
            unit: Unit::Micros,
            notes: vec![],
        };
        let line = pair.line().unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let expected = "RESOLVE no AOF, pipeline 1 4.00 3.00 0.800 0.500–3.000, faster in 2 of 3";
        assert_eq!(words.join(" "), expected);
    }
}
