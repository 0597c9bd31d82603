//! The size of a link in the AOF, and the time to load it.

use crate::Result;
use crate::baselines::{Call, Caller, Layout};
use crate::fill::{fill, held, start};
use crate::fixture::Build;
use crate::memory::{loading_time, per_million};
use crate::options::Options;
use crate::progress::{count, say};
use crate::results::Results;
use crate::server::{Server, Setup};
use crate::versus::{Pair, Unit};

/// The maximum number of links, because all servers run at the same time.
const LINKS: u64 = 1_000_000;
/// How many times each AOF is loaded, in turns.
const LOADS: usize = 3;

/// The call per link whose writes are in an AOF.
pub(crate) struct Writer {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    layout: Layout,
    call: Call,
}

const fn writer(key: &'static str, label: &'static str, layout: Layout, call: Call) -> Writer {
    Writer {
        key,
        label,
        layout,
        call,
    }
}

/// All writers, the module's first.
pub(crate) const WRITERS: [Writer; 4] = [
    writer("module", "SHORTEN", Layout::Module, Call::Shorten),
    writer(
        "function",
        "Function, two hashes",
        Layout::Hashes,
        Call::Function,
    ),
    writer(
        "article",
        "four commands, two hashes",
        Layout::Hashes,
        Call::Article,
    ),
    writer("keys", "SET, a key per link", Layout::Keys, Call::Set),
];

/// Returns the prefix of the names of one run's results.
pub(crate) fn prefix(links: u64, writer: &str) -> String {
    format!("aof.{links}.{writer}")
}

/// A server with a writer's AOF, and the durations of its loads.
struct Log {
    writer: &'static Writer,
    build: Build,
    server: Server,
    links: u64,
    bytes: f64,
    /// From the server's log, in seconds.
    seconds: Vec<f64>,
    /// Server CPU in seconds, including the start.
    cpu: Vec<f64>,
}

/// Measures all writers of the selected layouts. When two modules are compared, only theirs.
pub(crate) fn measure(options: &Options, results: &mut Results) -> Result<Vec<Pair>> {
    let links = options.links.min(LINKS);
    let mut logs = vec![];
    for writer in &WRITERS {
        let is_module = writer.layout == Layout::Module;
        if options.layouts.contains(&writer.layout) && (options.versus.is_none() || is_module) {
            logs.push(Log::write(options, writer, Build::Main, links)?);
        }
        if options.versus.is_some() && is_module {
            logs.push(Log::write(options, writer, Build::Versus, links)?);
        }
    }
    for _ in 0..LOADS {
        logs.iter_mut().try_for_each(Log::load)?;
        logs.reverse();
    }
    let place = |log: &Log| {
        WRITERS
            .iter()
            .position(|writer| writer.key == log.writer.key)
    };
    logs.sort_by_key(|log| (place(log), log.build));
    for log in &logs {
        log.conclude(results);
    }
    Ok(pairs(&logs, links))
}

impl Log {
    fn write(options: &Options, writer: &'static Writer, build: Build, links: u64) -> Result<Log> {
        say(&format!(
            "AOF of {} links, {}{}",
            count(links as f64),
            writer.label,
            build.mark()
        ));
        let setup = Setup::default()
            .with("appendonly", "yes")
            .with("aof-use-rdb-preamble", "no")
            .with("auto-aof-rewrite-percentage", "0");
        let server = start(options, writer.layout, build, &setup)?;
        let mut client = server.client()?;
        let mut caller = Caller::new(&options.urls, Some(&mut client))?;
        if writer.layout == Layout::Hashes {
            client.ask(&["SET", "counter", "999"])?;
        }
        let before = client.info_number("persistence", "aof_current_size")?;
        fill(&server, &mut caller, writer.call, 0..links)?;
        let bytes = client.info_number("persistence", "aof_current_size")? - before;
        Ok(Log {
            writer,
            build,
            server,
            links,
            bytes: bytes as f64 / links as f64,
            seconds: vec![],
            cpu: vec![],
        })
    }

    fn load(&mut self) -> Result<()> {
        let log = self.server.restart()?;
        self.seconds
            .push(loading_time(&log, "DB loaded from append only file: ")?);
        self.cpu.push(self.server.cpu()?.as_secs_f64());
        if held(&self.server, self.writer.layout)? != self.links {
            let (label, links) = (self.writer.label, self.links);
            return Err(format!("{label}: the AOF did not bring {links} links back").into());
        }
        Ok(())
    }

    fn conclude(&self, results: &mut Results) {
        let name = prefix(self.links, self.writer.key);
        let (cpu, seconds) = (
            per_million(&self.cpu, self.links),
            per_million(&self.seconds, self.links),
        );
        results.begin(&name);
        results.set(&format!("{name}.bytes"), &[self.bytes]);
        results.set(&format!("{name}.load"), &seconds);
        results.set(&format!("{name}.cpu"), &cpu);
        let median = |what: &str| results.median(&format!("{name}.{what}")).unwrap_or(0.0);
        say(&format!(
            "  {:<34} {:6.1} bytes a link, loaded in {:.2} µs a link, {:.2} µs of server CPU",
            format!("{}{}", self.writer.label, self.build.mark()),
            self.bytes,
            median("load"),
            median("cpu"),
        ));
    }
}

/// Returns the loads with both modules.
fn pairs(logs: &[Log], links: u64) -> Vec<Pair> {
    let of = |build| logs.iter().find(|log| log.build == build);
    let (Some(main), Some(versus)) = (of(Build::Main), of(Build::Versus)) else {
        return vec![];
    };
    vec![Pair {
        call: main.writer.label,
        circumstances: "loading an AOF, a link".into(),
        main: per_million(&main.cpu, links),
        versus: per_million(&versus.cpu, links),
        unit: Unit::Micros,
        notes: vec![format!(
            "bytes of AOF a link: {:.1} → {:.1}",
            versus.bytes, main.bytes
        )],
    }]
}
