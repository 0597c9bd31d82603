//! What was asked: parts on the command line, the rest in the environment, as make hands it over.

use std::env;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::Result;
use crate::rivals::Layout;
use crate::sys;
use crate::urls::Urls;

/// How a run is to be done.
pub(crate) struct Options {
    /// The binary of the server.
    pub(crate) server: PathBuf,
    /// The module.
    pub(crate) module: PathBuf,
    /// How many links there are when speed is measured, and the most there are at all.
    pub(crate) links: u64,
    /// Whose memory and pauses are measured.
    pub(crate) layouts: Vec<Layout>,
    /// How often each thing is measured.
    pub(crate) rounds: usize,
    /// How long a round takes.
    pub(crate) round: Duration,
    /// Where the report goes.
    pub(crate) out: PathBuf,
    /// The folder of the sources, to tell the commit.
    pub(crate) sources: PathBuf,
    pub(crate) urls: Urls,
    pub(crate) cores: Cores,
}

/// Who runs where.
pub(crate) struct Cores {
    /// The server's own; none if there is but one for all.
    pub(crate) server: Option<usize>,
    /// Those of the load generator and of everything else, the server's children included.
    pub(crate) others: Vec<usize>,
}

impl Cores {
    fn share_out() -> Cores {
        let mut others = sys::cores();
        let server = if others.len() > 1 { others.pop() } else { None };
        Cores { server, others }
    }

    /// Threads of the load generator: one core is left to what else there is, where there are enough.
    pub(crate) fn threads(&self) -> usize {
        self.others.len().saturating_sub(1).clamp(1, 3)
    }

    /// In the form of the servers' cpulist settings.
    pub(crate) fn list(cores: &[usize]) -> String {
        let names: Vec<String> = cores.iter().map(usize::to_string).collect();
        names.join(",")
    }
}

impl Options {
    pub(crate) fn read() -> Result<Options> {
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let file = |name: &str| env::var_os(name).filter(|path| !path.is_empty());
        let seconds = number("ROUND_SECONDS", 1.0)?;
        Ok(Options {
            server: file("REDIS_SERVER").map_or_else(|| "redis-server".into(), PathBuf::from),
            module: file("MODULE").map_or_else(
                || sources.join("target/release/libredis_shorten.so"),
                PathBuf::from,
            ),
            links: number("LINKS", 1_000_000_u64)?.max(1000),
            layouts: layouts()?,
            rounds: number("ROUNDS", 5_usize)?.max(1),
            round: Duration::from_secs_f64(f64::clamp(seconds, 0.01, 3600.0)),
            out: file("OUT").map_or_else(|| sources.join("docs/bench"), PathBuf::from),
            sources,
            urls: match file("URLS") {
                Some(path) => Urls::read(path.as_ref())?,
                None => Urls::made(),
            },
            cores: Cores::share_out(),
        })
    }

    /// The sizes at which memory is measured.
    pub(crate) fn sizes(&self) -> Vec<u64> {
        let mut sizes = vec![200_000, 1_000_000, 10_000_000, 50_000_000];
        sizes.retain(|&size| size < self.links);
        sizes.push(self.links);
        sizes
    }
}

/// All, or those named.
fn layouts() -> Result<Vec<Layout>> {
    let asked = env::var("LAYOUTS").unwrap_or_default();
    let asked: Vec<&str> = asked.split_whitespace().collect();
    let names = Layout::ALL.map(Layout::key);
    if let Some(name) = asked.iter().find(|name| !names.contains(name)) {
        return Err(format!("LAYOUTS: no layout {name}; there are {}", names.join(", ")).into());
    }
    let is_asked = |layout: &Layout| asked.is_empty() || asked.contains(&layout.key());
    Ok(Layout::ALL.into_iter().filter(is_asked).collect())
}

fn number<T: FromStr>(name: &str, default: T) -> Result<T> {
    let text = env::var(name).unwrap_or_default();
    if text.is_empty() {
        return Ok(default);
    }
    let plain = text.replace('_', "");
    (plain.parse()).map_err(|_| format!("{name}={text}: not a number it can be").into())
}
