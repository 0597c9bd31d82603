//! Speed: every call and its baselines, measured in turns on servers of equal size.

use std::collections::HashMap;

use crate::Result;
use crate::baselines::name_of_script;
use crate::comparisons::{COMPARISONS, Comparison, Entry};
use crate::configuration::Configuration;
use crate::fixture::{Build, Fixture};
use crate::load::{Generator, Outcome, Requests, Until};
use crate::options::Options;
use crate::progress::{count, say};
use crate::results::{Results, median};
use crate::server::Setup;
use crate::versus::{Pair, Unit};

/// Connections of the load generator.
pub(crate) const CONNECTIONS: usize = 50;
/// Requests in flight on a connection.
pub(crate) const PIPELINES: [usize; 3] = [1, 16, 100];
/// The maximum number of links of a server, because three servers are filled at the same time.
const LINKS: u64 = 10_000_000;
/// Calls encoded in advance for rounds that repeat them.
const SAMPLE: u64 = 300_000;
/// The maximum number of new links in a round.
const NEW: u64 = 200_000;

/// Measures all comparisons in all selected configurations. When two modules are compared, returns
/// the measurements of both.
pub(crate) fn measure(options: &Options, results: &mut Results) -> Result<Vec<Pair>> {
    let mut pairs = vec![];
    for &configuration in &options.configurations {
        let links = options.links.min(LINKS);
        say(&format!("speed, {}", configuration.name()));
        let fixture = Fixture::set_up(options, links, configuration, &Setup::default())?;
        results.fact("speed.script", name_of_script(&fixture.caller.function));
        for &pipeline in &options.pipelines {
            results.begin(&prefix(configuration, links, pipeline));
        }
        let mut bench = Bench {
            options,
            fixture,
            configuration,
            links,
        };
        for comparison in COMPARISONS {
            for &pipeline in &options.pipelines {
                pairs.extend(bench.hold(comparison, pipeline, results)?);
            }
        }
        results.keep()?;
    }
    Ok(pairs)
}

/// Returns the prefix of the names of one run's results.
pub(crate) fn prefix(configuration: Configuration, links: u64, pipeline: usize) -> String {
    format!("speed.{}.{links}.p{pipeline}", configuration.key())
}

struct Bench<'a> {
    options: &'a Options,
    fixture: Fixture<'a>,
    configuration: Configuration,
    links: u64,
}

/// The values of all rounds of one entry, by name.
type Rounds = HashMap<&'static str, Vec<f64>>;

/// One entry, with each build of the module.
struct Runner {
    entry: &'static Entry,
    requests: Requests,
    lanes: Vec<Lane>,
}

/// The connections to one server, and the values of its rounds.
struct Lane {
    build: Build,
    generator: Generator,
    rounds: Rounds,
}

impl Bench<'_> {
    /// Measures one comparison: a round of each entry, then in reverse order, and so on.
    fn hold(
        &mut self,
        comparison: &Comparison,
        pipeline: usize,
        results: &mut Results,
    ) -> Result<Vec<Pair>> {
        let mut runners = vec![];
        for entry in comparison.entries {
            if self.options.has_asked(entry) && !self.fixture.builds(entry).is_empty() {
                runners.push(self.prepare(entry, pipeline)?);
            }
        }
        if runners.is_empty() {
            return Ok(vec![]);
        }
        say(&format!("{}, pipeline {pipeline}", comparison.name));
        for _ in 0..self.options.rounds {
            for runner in &mut runners {
                self.round(runner)?;
            }
            runners.reverse();
        }
        if !self.options.rounds.is_multiple_of(2) {
            runners.reverse();
        }
        let mut pairs = vec![];
        for runner in runners {
            pairs.push(self.conclude(runner, pipeline, results));
        }
        Ok(pairs)
    }

    /// Opens the connections and encodes the calls of one entry, and runs a warm-up round.
    fn prepare(&mut self, entry: &'static Entry, pipeline: usize) -> Result<Runner> {
        let mut requests = Requests::default();
        self.encode(entry, &mut requests);
        let mut lanes = vec![];
        for build in self.fixture.builds(entry) {
            let port = self.fixture.server(entry, build)?.port();
            let threads = self.options.cores.threads();
            let mut generator = Generator::connect(port, CONNECTIONS, pipeline, threads)?;
            generator.run(&requests, Until::Done)?;
            self.fixture.settle(entry, build)?;
            lanes.push(Lane {
                build,
                generator,
                rounds: Rounds::new(),
            });
        }
        Ok(Runner {
            entry,
            requests,
            lanes,
        })
    }

    fn encode(&mut self, entry: &Entry, requests: &mut Requests) {
        let calls = if entry.grows {
            (self.links / 2 / (self.options.rounds as u64 + 1)).clamp(500, NEW)
        } else {
            SAMPLE.min(self.links)
        };
        self.fixture.encode(entry, calls, requests);
    }

    /// Runs the same calls on every server of the entry, in reverse order the next time.
    fn round(&mut self, runner: &mut Runner) -> Result<()> {
        let until = if runner.entry.grows {
            self.encode(runner.entry, &mut runner.requests);
            Until::Done
        } else {
            Until::Time(self.options.round)
        };
        for lane in &mut runner.lanes {
            let server = self.fixture.server(runner.entry, lane.build)?;
            let before = server.cpu()?;
            let outcome = lane.generator.run(&runner.requests, until)?;
            let cpu = (server.cpu()? - before).as_secs_f64();
            note(&mut lane.rounds, &outcome, cpu);
            self.fixture.settle(runner.entry, lane.build)?;
        }
        runner.lanes.reverse();
        Ok(())
    }

    /// Prints and stores the values of the rounds.
    fn conclude(&self, runner: Runner, pipeline: usize, results: &mut Results) -> Pair {
        let prefix = prefix(self.configuration, self.links, pipeline);
        let Runner {
            entry, mut lanes, ..
        } = runner;
        lanes.sort_by_key(|lane| lane.build);
        for lane in &lanes {
            tell(entry, lane);
            for (name, values) in &lane.rounds {
                results.set(&format!("{prefix}.{}.{name}", entry.key), values);
            }
        }
        let cpu = |build| {
            let lane = lanes.iter().find(|lane| lane.build == build);
            lane.and_then(|lane| lane.rounds.get("cpu")).cloned()
        };
        Pair {
            call: entry.label,
            circumstances: format!("{}, pipeline {pipeline}", self.configuration.name()),
            main: cpu(Build::Main).unwrap_or_default(),
            versus: cpu(Build::Versus).unwrap_or_default(),
            unit: Unit::Micros,
            notes: vec![],
        }
    }
}

fn tell(entry: &Entry, lane: &Lane) {
    let median = |name| (lane.rounds.get(name)).and_then(|rounds| median(rounds));
    let median = |name| median(name).unwrap_or(0.0);
    say(&format!(
        "  {:<34} {:6.2} µs of server CPU, {:>12} a second, server {:3.0} %, generator {:3.0} % busy",
        format!("{}{}", entry.label, lane.build.mark()),
        median("cpu"),
        count(median("rate")),
        100.0 * median("server"),
        100.0 * median("generator"),
    ));
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
