//! The goals, each bound to a configuration, a pipeline depth, a number of links and a server.

use super::page::{Page, cells, or_dash, short};
use crate::baselines::Layout;
use crate::configuration::Configuration;
use crate::progress::count;
use crate::results::Results;
use crate::{aof, instructions, pauses, speed};

const MILLION: u64 = 1_000_000;
const REDIS: &str = "Redis 7.0.15";

/// A goal: a measured value or a ratio must not exceed a limit.
struct Goal {
    name: &'static str,
    /// The conditions of the measurement.
    configuration: Configuration,
    pipeline: Option<usize>,
    links: u64,
    server: &'static str,
    limit: f64,
    measure: Measure,
}

/// The measured value. Names of calls are keys of entries.
enum Measure {
    /// The ratio of the server CPU of two calls.
    Cpu(&'static str, &'static str),
    /// The ratio of the instructions of two calls.
    Instructions(&'static str, &'static str),
    /// The ratio of the server CPU of loading the AOFs of two writers.
    Loading(&'static str, &'static str),
    /// The module's memory or RDB, in bytes per link.
    Bytes(&'static str),
    /// The module's AOF, in bytes per link.
    AofBytes,
    /// The server's longest work while the module grows.
    Pause,
}

use Measure::{AofBytes, Bytes, Cpu, Instructions, Loading, Pause};

/// In the main configuration, on Redis, with a million links.
const fn goal(name: &'static str, pipeline: usize, limit: f64, measure: Measure) -> Goal {
    Goal {
        name,
        configuration: Configuration::Aof,
        pipeline: Some(pipeline),
        links: MILLION,
        server: REDIS,
        limit,
        measure,
    }
}

/// Of the layout: without a pipeline, and measured in a server without an AOF.
const fn layout(name: &'static str, links: u64, limit: f64, measure: Measure) -> Goal {
    Goal {
        configuration: Configuration::None,
        pipeline: None,
        links,
        ..goal(name, 0, limit, measure)
    }
}

/// All goals. The bytes per link are those of commit 9ff257e plus one percent.
const GOALS: [Goal; 18] = [
    goal("RESOLVE / GET", 16, 0.95, Cpu("resolve", "get")),
    Goal {
        links: 10 * MILLION,
        ..goal("RESOLVE / GET", 16, 1.0, Cpu("resolve", "get"))
    },
    goal("RESOLVE / GET", 1, 0.95, Cpu("resolve", "get")),
    Goal {
        server: "Valkey 9.1.2",
        ..goal("RESOLVE / GET", 16, 1.2, Cpu("resolve", "get"))
    },
    goal("SHORTEN known / GET", 16, 1.2, Cpu("known", "known-get")),
    goal("VISIT / (GET + INCR)", 16, 0.85, Cpu("visit", "get-incr")),
    goal(
        "VISIT with IP, UA, REFERER / (GET + INCR)",
        16,
        1.3,
        Cpu("visit-told", "get-incr"),
    ),
    goal("SHORTEN new / Function", 16, 0.5, Cpu("new", "function")),
    goal("SHORTEN new / Function", 1, 0.8, Cpu("new", "function")),
    goal(
        "SHORTEN new / four commands",
        16,
        0.8,
        Cpu("new", "article"),
    ),
    Goal {
        links: 100_000,
        ..goal(
            "SHORTEN new / Function",
            16,
            0.3,
            Instructions("new", "function"),
        )
    },
    layout("memory, bytes per link", MILLION, 70.1, Bytes("used")),
    layout("memory, bytes per link", 10 * MILLION, 62.4, Bytes("used")),
    layout("RDB, bytes per link", MILLION, 50.4, Bytes("rdb")),
    layout("RDB, bytes per link", 10 * MILLION, 44.8, Bytes("rdb")),
    Goal {
        pipeline: None,
        ..goal("AOF, bytes per link", 0, 131.0, AofBytes)
    },
    Goal {
        pipeline: None,
        ..goal(
            "loading an AOF of SHORTEN / of the Function, per link",
            0,
            0.9,
            Loading("module", "function"),
        )
    },
    layout(
        "longest pause while growing, server's own work, ms",
        10 * MILLION,
        1.0,
        Pause,
    ),
];

impl Goal {
    /// Returns the value that is compared with the limit, and the results it is computed from.
    fn measured(&self, results: &Results) -> Option<(f64, String)> {
        let ratio = |of: &str, baseline: &str, unit: &str| {
            let (of, baseline) = (results.median(of)?, results.median(baseline)?);
            let ratio = of / baseline;
            let text = format!("{} / {} {unit}", short(of), short(baseline));
            ratio.is_finite().then_some((ratio, text))
        };
        match self.measure {
            Cpu(of, baseline) => {
                let prefix = speed::prefix(self.configuration, self.links, self.pipeline?);
                let name = |entry: &str| format!("{prefix}.{entry}.cpu");
                ratio(&name(of), &name(baseline), "µs")
            }
            Instructions(of, baseline) => {
                let prefix = instructions::prefix(self.configuration);
                let name = |entry: &str| format!("{prefix}.{entry}.total");
                let links = results.median(&format!("{prefix}.links"))?;
                // The number of links must be that of the goal.
                let is_meant = links == self.links as f64;
                ratio(&name(of), &name(baseline), "instructions").filter(|_| is_meant)
            }
            Loading(of, baseline) => {
                let name = |writer| format!("{}.cpu", aof::prefix(self.links, writer));
                ratio(&name(of), &name(baseline), "µs")
            }
            Bytes(what) => {
                let name = format!("memory.{}.{}.{what}", self.links, Layout::Module.key());
                Some((results.median(&name)?, String::new()))
            }
            AofBytes => {
                let name = format!("{}.bytes", aof::prefix(self.links, "module"));
                Some((results.median(&name)?, String::new()))
            }
            Pause => {
                let prefix = pauses::prefix(self.links, Layout::Module);
                let worked = results.median(&format!("{prefix}.growth.worked"))?;
                let longest = results.median(&format!("{prefix}.growth.max"))?;
                Some((worked, format!("longest ping {}", short(longest))))
            }
        }
    }

    fn row(&self, servers: &[(String, &Results)]) -> Vec<String> {
        let server = servers.iter().find(|(name, _)| name == self.server);
        let measured = server.and_then(|(_, results)| self.measured(results));
        let (result, results, state) = match measured {
            None => ("–".into(), "–".into(), "not measured"),
            Some((value, results)) => {
                // The printed value is the one that is compared.
                let scale = match self.limit {
                    limit if limit >= 100.0 => 1.0,
                    limit if limit >= 10.0 => 10.0,
                    _ => 100.0,
                };
                let is_met = (value * scale).round() <= (self.limit * scale).round();
                let state = if is_met { "met" } else { "**missed**" };
                (short(value), results, state)
            }
        };
        let what = match self.measure {
            Cpu(..) | Loading(..) => "server CPU",
            Instructions(..) => "instructions",
            _ => "",
        };
        vec![
            [self.name, what].join(if what.is_empty() { "" } else { ", " }),
            self.configuration.name().into(),
            self.pipeline
                .map_or_else(|| "–".into(), |pipeline| pipeline.to_string()),
            count(self.links as f64),
            self.server.into(),
            short(self.limit),
            result,
            results,
            server.map_or_else(|| "–".into(), |(_, results)| or_dash(self.beside(results))),
            state.into(),
        ]
    }

    /// The ratio by instructions, where the goal is one by server CPU. They are counted at one
    /// pipeline depth.
    fn beside(&self, results: &Results) -> Option<f64> {
        let Cpu(of, baseline) = self.measure else {
            return None;
        };
        let prefix = instructions::prefix(self.configuration);
        let name = |entry: &str| format!("{prefix}.{entry}.total");
        let is_counted = self.pipeline == Some(instructions::PIPELINE);
        results
            .ratio(&name(of), &name(baseline))
            .filter(|_| is_counted)
    }
}

pub(super) fn write(page: &mut Page, servers: &[(String, &Results)]) {
    page.line("## Goals");
    let head = cells(&[
        "goal",
        "configuration",
        "pipeline",
        "links",
        "server",
        "at most",
        "measured",
        "of",
        "by instructions",
        "state",
    ]);
    let rows: Vec<_> = GOALS.iter().map(|goal| goal.row(servers)).collect();
    page.table(&head, &rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the last four cells of the rows of a server with these results.
    fn states(server: &str, results: &Results) -> Vec<[String; 4]> {
        let rows = GOALS
            .iter()
            .map(|goal| goal.row(&[(server.into(), results)]));
        rows.filter_map(|row| row[6..].to_vec().try_into().ok())
            .collect()
    }

    #[test]
    fn a_goal_is_met_missed_or_not_measured() {
        let mut results = Results::default();
        results.set("speed.aof.1000000.p16.resolve.cpu", &[1.9]);
        results.set("speed.aof.1000000.p16.get.cpu", &[2.0]);
        results.set("speed.aof.1000000.p1.resolve.cpu", &[8.0]);
        results.set("speed.aof.1000000.p1.get.cpu", &[8.0]);
        results.set("instructions.aof.resolve.total", &[5000.0]);
        results.set("instructions.aof.get.total", &[4000.0]);
        let states = states(REDIS, &results);
        assert_eq!(states[0], ["0.95", "1.90 / 2.00 µs", "1.25", "met"]);
        assert_eq!(states[1], ["–", "–", "1.25", "not measured"]);
        assert_eq!(states[2], ["1.00", "8.00 / 8.00 µs", "–", "**missed**"]);
    }

    #[test]
    fn a_goal_is_measured_by_its_own_server_and_size_alone() {
        let mut results = Results::default();
        results.set("speed.aof.1000000.p16.resolve.cpu", &[1.9]);
        results.set("speed.aof.1000000.p16.get.cpu", &[2.0]);
        results.set("instructions.aof.links", &[20_000.0]);
        results.set("instructions.aof.new.total", &[1.0]);
        results.set("instructions.aof.function.total", &[2.0]);
        let is_measured = |state: &[String; 4]| state[3] != "not measured";
        assert_eq!(
            states("Valkey 9.1.2", &results)
                .iter()
                .position(is_measured),
            Some(3)
        );
        assert_eq!(
            states(REDIS, &results)
                .iter()
                .filter(|state| is_measured(state))
                .count(),
            1
        );
        assert!(!states("Redis 8.2.3", &results).iter().any(is_measured));
    }
}
