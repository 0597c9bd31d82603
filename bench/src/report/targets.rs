//! The goals, and whether they are met.

use super::page::{Page, cells, short};
use crate::figures::Figures;

/// One goal: a figure, or one over another, is not to be above a limit.
struct Goal {
    name: &'static str,
    limit: f64,
    measure: fn(&Figures) -> Option<f64>,
    unit: &'static str,
}

const fn ratio(name: &'static str, limit: f64, measure: fn(&Figures) -> Option<f64>) -> Goal {
    Goal {
        name,
        limit,
        measure,
        unit: "",
    }
}

/// All of them, in the order of the design's table.
const GOALS: [Goal; 24] = [
    ratio("RESOLVE against GET: instructions", 0.95, |f| {
        instructions(f, "resolve", "get")
    }),
    ratio("… server CPU, pipeline 16", 0.95, |f| {
        cpu(f, 16, "resolve", "get")
    }),
    ratio("… server CPU, pipeline 1", 0.95, |f| {
        cpu(f, 1, "resolve", "get")
    }),
    ratio("SHORTEN of a new URL against SET: instructions", 1.5, |f| {
        instructions(f, "new", "set")
    }),
    ratio("… server CPU, pipeline 16", 1.5, |f| {
        cpu(f, 16, "new", "set")
    }),
    ratio("… server CPU, pipeline 1", 1.5, |f| {
        cpu(f, 1, "new", "set")
    }),
    ratio(
        "SHORTEN of a new URL against the Function: instructions",
        0.33,
        |f| instructions(f, "new", "function"),
    ),
    ratio("… server CPU, pipeline 16", 0.33, |f| {
        cpu(f, 16, "new", "function")
    }),
    ratio(
        "SHORTEN of a known URL against GET: instructions",
        1.3,
        |f| instructions(f, "known", "get"),
    ),
    ratio("… server CPU, pipeline 16", 1.3, |f| {
        cpu(f, 16, "known", "known-get")
    }),
    ratio("… server CPU, pipeline 1", 1.3, |f| {
        cpu(f, 1, "known", "known-get")
    }),
    ratio("VISIT against INCR: instructions", 1.6, |f| {
        instructions(f, "visit", "incr")
    }),
    ratio("… server CPU, pipeline 16", 1.6, |f| {
        cpu(f, 16, "visit", "incr")
    }),
    ratio("… server CPU, pipeline 1", 1.6, |f| {
        cpu(f, 1, "visit", "incr")
    }),
    Goal {
        name: "VISIT with IP, UA and REFERER: server CPU, pipeline 16, against the larger of 3 µs and 3 × INCR",
        limit: 1.0,
        measure: |f| told_visit(f, 16),
        unit: "",
    },
    Goal {
        name: "… pipeline 1",
        limit: 1.0,
        measure: |f| told_visit(f, 1),
        unit: "",
    },
    ratio(
        "memory per link against the URL's own bytes, 1 million links",
        1.25,
        |f| f.ratio("memory.1000000.module.used", "memory.1000000.url"),
    ),
    ratio("… 10 million links", 1.0, |f| {
        f.ratio("memory.10000000.module.used", "memory.10000000.url")
    }),
    ratio(
        "memory per link against two hashes, most links",
        0.42,
        |f| at_most_links(f, "used"),
    ),
    ratio("RDB bytes per link against two hashes", 0.55, |f| {
        at_most_links(f, "rdb")
    }),
    ratio(
        "RDB load and save time per link against two hashes, the worse of the two",
        0.6,
        |f| Some(at_most_links(f, "load")?.max(at_most_links(f, "save")?)),
    ),
    ratio(
        "AOF bytes per SHORTEN against the Function's effects",
        0.6,
        |f| f.ratio("aof.module.bytes", "aof.function.bytes"),
    ),
    Goal {
        name: "longest pause while growing: the server's work",
        limit: 2.0,
        measure: |f| f.median("pauses.module.growth.worked"),
        unit: " ms",
    },
    Goal {
        name: "… the ping that waited longest",
        limit: 2.0,
        measure: |f| f.median("pauses.module.growth.max"),
        unit: " ms",
    },
];

fn instructions(figures: &Figures, of: &str, rival: &str) -> Option<f64> {
    let name = |entry: &str| format!("instructions.{entry}.total");
    figures.ratio(&name(of), &name(rival))
}

fn cpu(figures: &Figures, pipeline: usize, of: &str, rival: &str) -> Option<f64> {
    let name = |entry: &str| format!("speed.p{pipeline}.{entry}.cpu");
    figures.ratio(&name(of), &name(rival))
}

/// A visit with all that a redirect knows, against 3 µs or three times INCR, whichever is larger.
fn told_visit(figures: &Figures, pipeline: usize) -> Option<f64> {
    let cpu = |entry: &str| figures.median(&format!("speed.p{pipeline}.{entry}.cpu"));
    Some(cpu("visit-told")? / f64::max(3.0, 3.0 * cpu("incr")?))
}

/// The module against two hashes, at the largest size that was measured.
fn at_most_links(figures: &Figures, what: &str) -> Option<f64> {
    let size = super::memory::sizes(figures).into_iter().max()?;
    let name = |layout: &str| format!("memory.{size}.{layout}.{what}");
    figures.ratio(&name("module"), &name("hashes"))
}

pub(super) fn write(page: &mut Page, servers: &[(String, &Figures)]) {
    page.line("## Goals");
    let mut head = cells(&["goal", "at most"]);
    head.extend(servers.iter().map(|(name, _)| name.clone()));
    let rows: Vec<_> = (GOALS.iter())
        .map(|goal| {
            let mut row = vec![
                goal.name.into(),
                format!("{}{}", short(goal.limit), goal.unit),
            ];
            row.extend(servers.iter().map(|(_, figures)| told(goal, figures)));
            row
        })
        .collect();
    page.table(&head, &rows);
}

fn told(goal: &Goal, figures: &Figures) -> String {
    match (goal.measure)(figures) {
        None => "–".into(),
        Some(measured) => {
            // What is printed is what is judged.
            let met = (measured * 100.0).round() <= goal.limit * 100.0;
            let mark = if met { "✓" } else { "✗" };
            format!("{}{} {mark}", short(measured), goal.unit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_missed_or_not_measured() {
        let mut figures = Figures::default();
        figures.set("pauses.module.growth.worked", &[1.2]);
        figures.set("pauses.module.growth.max", &[2.3]);
        figures.set("aof.module.bytes", &[60.0]);
        figures.set("aof.function.bytes", &[100.0]);
        let told: Vec<_> = GOALS.iter().map(|goal| told(goal, &figures)).collect();
        assert_eq!(told[0], "–");
        assert_eq!(told[21..], ["0.60 ✓", "1.20 ms ✓", "2.30 ms ✗"]);
    }
}
