//! The options: parts on the command line, the rest in the environment, as make passes it.

use std::env;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::Result;
use crate::baselines::Layout;
use crate::comparisons::{self, Entry};
use crate::configuration::Configuration;
use crate::speed::PIPELINES;
use crate::sys;
use crate::urls::Urls;

/// The options of a run.
pub(crate) struct Options {
    /// The binary of the server.
    pub(crate) server: PathBuf,
    /// The module.
    pub(crate) module: PathBuf,
    /// Another build of the module, to compare the first with.
    pub(crate) versus: Option<PathBuf>,
    /// Whether callgrind simulates caches too.
    pub(crate) caches: bool,
    /// The calls to measure, by key; all if empty.
    only: Vec<String>,
    /// The server configurations for speed and instructions.
    pub(crate) configurations: Vec<Configuration>,
    /// The pipeline depths at which speed is measured.
    pub(crate) pipelines: Vec<usize>,
    /// The number of links for speed, and the maximum for all parts.
    pub(crate) links: u64,
    /// The layouts whose memory and pauses are measured.
    pub(crate) layouts: Vec<Layout>,
    /// The number of rounds.
    pub(crate) rounds: usize,
    /// The duration of a round.
    pub(crate) round: Duration,
    /// The folder of the report.
    pub(crate) out: PathBuf,
    /// The folder of the sources, to find the commit.
    pub(crate) sources: PathBuf,
    pub(crate) urls: Urls,
    pub(crate) cores: Cores,
}

/// The assignment of cores.
pub(crate) struct Cores {
    /// The server's core. `None` if the machine has only one.
    pub(crate) server: Option<usize>,
    /// The cores of everything else: the load generator and the server's child processes.
    pub(crate) others: Vec<usize>,
}

impl Cores {
    fn share_out() -> Result<Cores> {
        let mut others = sys::cores()?;
        let server = if others.len() > 1 { others.pop() } else { None };
        Ok(Cores { server, others })
    }

    /// Returns the number of threads of the load generator. With enough cores, one is left free.
    pub(crate) fn threads(&self) -> usize {
        self.others.len().saturating_sub(1).clamp(1, 3)
    }

    /// Formats the cores as in the servers' cpulist settings.
    pub(crate) fn list(cores: &[usize]) -> String {
        let names: Vec<String> = cores.iter().map(usize::to_string).collect();
        names.join(",")
    }
}

impl Options {
    pub(crate) fn read() -> Result<Options> {
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let file = |name: &str| env::var_os(name).filter(|path| !path.is_empty());
        let versus = file("VS").map(PathBuf::from);
        // Two modules differ little. Many short rounds distribute other load of the machine evenly.
        let (rounds, seconds) = if versus.is_some() {
            (20, 0.25)
        } else {
            (5, 1.0)
        };
        let rounds = number("ROUNDS", rounds)?;
        let seconds = number("ROUND_SECONDS", seconds)?;
        Ok(Options {
            server: file("REDIS_SERVER").map_or_else(|| "redis-server".into(), PathBuf::from),
            module: file("MODULE").map_or_else(
                || sources.join("target/release/libredis_shorten.so"),
                PathBuf::from,
            ),
            caches: number("CACHES", 0_u8)? > 0,
            only: only()?,
            configurations: configurations(versus.is_some())?,
            pipelines: pipelines()?,
            versus,
            links: number("LINKS", 1_000_000_u64)?.max(1000),
            layouts: layouts()?,
            rounds: usize::max(rounds, 1),
            round: Duration::from_secs_f64(f64::clamp(seconds, 0.01, 3600.0)),
            out: file("OUT").map_or_else(|| sources.join("docs/bench"), PathBuf::from),
            sources,
            urls: match file("URLS") {
                Some(path) => Urls::read(path.as_ref())?,
                None => Urls::made(),
            },
            cores: Cores::share_out()?,
        })
    }

    /// Returns whether a call is selected. Two modules are compared only by the module's calls,
    /// unless others are named.
    pub(crate) fn has_asked(&self, entry: &Entry) -> bool {
        if self.only.is_empty() {
            return self.versus.is_none() || entry.call.is_ours();
        }
        self.only.iter().any(|key| key == entry.key)
    }

    /// Returns whether the results belong in the report: all calls, one module, no simulated
    /// caches.
    pub(crate) fn is_complete(&self) -> bool {
        self.only.is_empty() && self.versus.is_none() && !self.caches
    }

    /// Returns the sizes at which memory is measured.
    pub(crate) fn sizes(&self) -> Vec<u64> {
        let mut sizes = vec![200_000, 1_000_000, 10_000_000, 50_000_000];
        sizes.retain(|&size| size < self.links);
        sizes.push(self.links);
        sizes
    }
}

/// Returns the words of a list in the environment, split at commas and spaces.
///
/// # Errors
/// If a word is not among the known ones.
fn list(variable: &str, known: &[&str]) -> Result<Vec<String>> {
    let text = env::var(variable).unwrap_or_default();
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(String::from).collect();
    match words.iter().find(|word| !known.contains(&word.as_str())) {
        Some(word) => Err(format!("{variable}: {word} is none of {}", known.join(", ")).into()),
        None => Ok(words),
    }
}

/// Returns the named ones, or all if none is named.
fn layouts() -> Result<Vec<Layout>> {
    let asked = list("LAYOUTS", &Layout::ALL.map(Layout::key))?;
    let is_asked = |layout: &Layout| asked.is_empty() || asked.iter().any(|l| l == layout.key());
    Ok(Layout::ALL.into_iter().filter(is_asked).collect())
}

fn only() -> Result<Vec<String>> {
    let known: Vec<&str> = comparisons::entries().map(|entry| entry.key).collect();
    list("ONLY", &known)
}

/// Returns the named ones by importance. If none is named, all, or the main one when two modules
/// are compared.
fn configurations(is_versus: bool) -> Result<Vec<Configuration>> {
    let asked = list("CONFIG", &Configuration::ALL.map(Configuration::key))?;
    let all = Configuration::ALL.into_iter();
    Ok(match (asked.is_empty(), is_versus) {
        (true, true) => vec![Configuration::Aof],
        (true, false) => all.collect(),
        (false, _) => all.filter(|c| asked.iter().any(|a| a == c.key())).collect(),
    })
}

fn pipelines() -> Result<Vec<usize>> {
    let known = PIPELINES.map(|pipeline| pipeline.to_string());
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let asked = list("PIPELINE", &names)?;
    let is_asked = |pipeline: &usize| asked.is_empty() || asked.contains(&pipeline.to_string());
    Ok(PIPELINES.into_iter().filter(is_asked).collect())
}

fn number<T: FromStr>(name: &str, default: T) -> Result<T> {
    let text = env::var(name).unwrap_or_default();
    if text.is_empty() {
        return Ok(default);
    }
    let plain = text.replace('_', "");
    (plain.parse()).map_err(|_| format!("{name}={text}: not a number it can be").into())
}
