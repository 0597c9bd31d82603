//! The size of a link in memory and in the RDB, and the time to save and load it.

use std::time::Instant;

use crate::Result;
use crate::baselines::{Call, Caller, Layout};
use crate::fill::{fill, held, start};
use crate::fixture::Build;
use crate::load::{Generator, Until};
use crate::options::Options;
use crate::progress::{count, say};
use crate::results::Results;
use crate::server::{Server, Setup};

/// Up to this many links, saving and loading is repeated.
const REPEATED: u64 = 1_000_000;
/// The number of repetitions.
const TIMES: usize = 3;

/// Measures all layouts at all sizes.
pub(crate) fn measure(options: &Options, results: &mut Results) -> Result<()> {
    for &layout in &options.layouts {
        grow(options, layout, results)?;
        results.keep()?;
    }
    Ok(())
}

/// Measures one server at each size.
fn grow(options: &Options, layout: Layout, results: &mut Results) -> Result<()> {
    let mut server = start(options, layout, Build::Main, &Setup::default())?;
    let mut caller = Caller::new(&options.urls, None)?;
    let empty = (used(&server)?, server.resident()?);
    let (mut size, name) = (0, layout.name());
    for next in options.sizes() {
        say(&format!("{name}: {} links", count(next as f64)));
        fill(&server, &mut caller, layout.filling(), size..next)?;
        size = next;
        if held(&server, layout)? != size {
            return Err(format!("{name} does not hold {size} links").into());
        }
        settle(&server, &mut caller, layout, size)?;
        let per_link = |bytes: u64, before: u64| bytes.saturating_sub(before) as f64 / size as f64;
        let used = per_link(used(&server)?, empty.0);
        let resident = per_link(server.resident()?, empty.1);
        let saves = save(&server, size)?;
        let file = server.file_size("dump.rdb")? as f64 / size as f64;
        say(&format!(
            "  {used:.1} bytes a link, {resident:.1} resident, {file:.1} in the RDB, saved in {:.2} s",
            saves.iter().copied().fold(f64::MAX, f64::min),
        ));
        let prefix = format!("memory.{size}.{}", layout.key());
        results.begin(&prefix);
        let length = options.urls.mean_length(size);
        results.set(&format!("memory.{size}.url"), &[length]);
        results.set(&format!("{prefix}.used"), &[used]);
        results.set(&format!("{prefix}.rss"), &[resident]);
        results.set(&format!("{prefix}.rdb"), &[file]);
        results.set(&format!("{prefix}.save"), &per_million(&saves, size));
    }
    let mut loads = vec![];
    for _ in 0..times(size) {
        let log = server.restart()?;
        loads.push(loading_time(&log, "DB loaded from disk: ")?);
    }
    let prefix = format!("memory.{size}.{}", layout.key());
    results.set(&format!("{prefix}.load"), &per_million(&loads, size));
    Ok(())
}

/// Completes rehashing. A hash rehashes only when it is accessed, one bucket at a time.
fn settle(server: &Server, caller: &mut Caller<'_>, layout: Layout, links: u64) -> Result<()> {
    let questions: &[Call] = match layout {
        Layout::Module => return Ok(()),
        Layout::Keys => &[Call::Get],
        Layout::Hashes => &[Call::HgetUrl, Call::HgetCode],
    };
    let buckets = links.next_power_of_two().saturating_sub(links);
    let sample = links.min(100_000);
    for &question in questions {
        let requests = caller.requests(question, 0..sample);
        let mut generator = Generator::connect(server.port(), 8, 64, 1)?;
        for _ in 0..=(buckets / sample) {
            generator.run(&requests, Until::Done)?;
        }
    }
    Ok(())
}

fn used(server: &Server) -> Result<u64> {
    server.client()?.info_number("memory", "used_memory")
}

fn times(size: u64) -> usize {
    if size <= REPEATED { TIMES } else { 1 }
}

/// Returns the duration of each SAVE, in seconds.
fn save(server: &Server, size: u64) -> Result<Vec<f64>> {
    let mut client = server.client()?;
    let mut seconds = vec![];
    for _ in 0..times(size) {
        let begin = Instant::now();
        client.ask(&["SAVE"])?;
        seconds.push(begin.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

/// Returns the loading time in a log, in seconds.
pub(crate) fn loading_time(log: &str, words: &str) -> Result<f64> {
    let seconds = (log.split(words).nth(1)).and_then(|rest| rest.split_whitespace().next());
    let seconds = seconds.ok_or_else(|| format!("no {words:?} in the log:\n{log}"))?;
    Ok(seconds.parse()?)
}

pub(crate) fn per_million(seconds: &[f64], links: u64) -> Vec<f64> {
    let scale = 1e6 / links as f64;
    seconds.iter().map(|seconds| seconds * scale).collect()
}
