//! Speed: every call against its rivals, in turns, on servers of equal size.

use std::collections::HashMap;

use crate::Result;
use crate::arena::Arena;
use crate::contests::{CONTESTS, Contest, Entry};
use crate::figures::Figures;
use crate::load::{Generator, Outcome, Requests, Until};
use crate::options::Options;
use crate::progress::{count, say};
use crate::rivals::name_of_script;
use crate::server::Setup;

/// Connections of the load generator.
pub(crate) const CONNECTIONS: usize = 50;
/// Requests under way on a connection.
pub(crate) const PIPELINES: [usize; 2] = [1, 16];
/// Links of a server at most: three servers are filled at the same time.
const LINKS: u64 = 10_000_000;
/// Calls encoded ahead for rounds that go over them again and again.
const SAMPLE: u64 = 300_000;
/// A round of new links is no larger.
const NEW: u64 = 200_000;

/// Measures all contests.
pub(crate) fn measure(options: &Options, figures: &mut Figures) -> Result<()> {
    figures.forget("speed");
    let links = options.links.min(LINKS);
    let arena = Arena::set_up(options, links, &Setup::default())?;
    figures.fact("speed.script", name_of_script(&arena.caller.function));
    let mut bench = Bench {
        options,
        arena,
        links,
    };
    figures.set("speed.links", &[links as f64]);
    for contest in CONTESTS {
        for pipeline in PIPELINES {
            bench.hold(contest, pipeline, figures)?;
        }
    }
    Ok(())
}

struct Bench<'a> {
    options: &'a Options,
    arena: Arena<'a>,
    links: u64,
}

/// What the rounds of one entry brought, by name of the figure.
type Rounds = HashMap<&'static str, Vec<f64>>;

impl Bench<'_> {
    /// One contest: a round of each entry, and again, and again.
    fn hold(&mut self, contest: &Contest, pipeline: usize, figures: &mut Figures) -> Result<()> {
        say(&format!("{}, pipeline {pipeline}", contest.name));
        let mut runners = vec![];
        for entry in contest.entries {
            if self.arena.has(entry) {
                runners.push((entry, self.prepare(entry, pipeline)?, Rounds::new()));
            }
        }
        for _ in 0..self.options.rounds {
            for (entry, runner, rounds) in &mut runners {
                self.round(entry, runner, rounds)?;
            }
        }
        for (entry, _, rounds) in runners {
            let prefix = format!("speed.p{pipeline}.{}", entry.key);
            for (name, values) in rounds {
                figures.set(&format!("{prefix}.{name}"), &values);
            }
            let median = |name: &str| figures.median(&format!("{prefix}.{name}")).unwrap_or(0.0);
            say(&format!(
                "  {:<28} {:6.2} µs of server CPU, {:>12} a second, server {:3.0} %, generator {:3.0} % busy",
                entry.label,
                median("cpu"),
                count(median("rate")),
                100.0 * median("server"),
                100.0 * median("generator"),
            ));
        }
        Ok(())
    }

    /// Connections and calls of one entry, and a round that does not count.
    fn prepare(&mut self, entry: &Entry, pipeline: usize) -> Result<Runner> {
        let port = self.arena.server(entry).port();
        let threads = self.options.cores.threads();
        let mut runner = Runner {
            generator: Generator::connect(port, CONNECTIONS, pipeline, threads)?,
            requests: Requests::default(),
        };
        self.encode(entry, &mut runner.requests);
        runner.generator.run(&runner.requests, Until::Done)?;
        Ok(runner)
    }

    fn encode(&mut self, entry: &Entry, requests: &mut Requests) {
        let calls = if entry.grows {
            (self.links / 2 / (self.options.rounds as u64 + 1)).clamp(500, NEW)
        } else {
            SAMPLE.min(self.links)
        };
        self.arena.encode(entry, calls, requests);
    }

    fn round(&mut self, entry: &Entry, runner: &mut Runner, rounds: &mut Rounds) -> Result<()> {
        let until = if entry.grows {
            self.encode(entry, &mut runner.requests);
            Until::Done
        } else {
            Until::Time(self.options.round)
        };
        let server = self.arena.server(entry);
        let before = server.cpu()?;
        let outcome = runner.generator.run(&runner.requests, until)?;
        let cpu = (server.cpu()? - before).as_secs_f64();
        note(rounds, &outcome, cpu);
        Ok(())
    }
}

struct Runner {
    generator: Generator,
    requests: Requests,
}

fn note(rounds: &mut Rounds, outcome: &Outcome, cpu: f64) {
    let seconds = outcome.time.as_secs_f64();
    let micros = |part| outcome.latency.quantile(part).as_secs_f64() * 1e6;
    let mut add = |name, value| rounds.entry(name).or_default().push(value);
    add("cpu", cpu / outcome.calls as f64 * 1e6);
    add("rate", outcome.per_second());
    add("p50", micros(0.5));
    add("p99", micros(0.99));
    add("server", cpu / seconds);
    add("generator", outcome.cpu.as_secs_f64() / seconds);
}
