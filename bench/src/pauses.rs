//! The longest pause: a connection pings all the time while the server grows, saves, rewrites,
//! expires, refills and is flushed.

mod latency_probe;

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::Result;
use crate::baselines::{Call, Caller, Layout};
use crate::client::Client;
use crate::fill::start;
use crate::fixture::Build;
use crate::load::{Generator, Requests, Until};
use crate::options::Options;
use crate::progress::{count, say};
use crate::results::Results;
use crate::server::{Server, Setup};
use latency_probe::watched;

/// Connections and pipeline of the load: enough to keep the server busy, and not so much that a ping
/// waits in a long queue.
const LOAD: (usize, usize) = (2, 8);
/// The timeout of each wait.
const TIMEOUT: Duration = Duration::from_secs(1800);

/// The phases: key and title.
pub(crate) const PHASES: [(&str, &str); 7] = [
    ("idle", "nothing"),
    ("growth", "growth"),
    ("save", "BGSAVE"),
    ("rewrite", "AOF switched on and rewritten"),
    ("expiry", "expiry of a fifth of the links at once"),
    ("refill", "refill of the pool"),
    ("flush", "FLUSHALL ASYNC"),
];

/// Measures all layouts.
pub(crate) fn measure(options: &Options, results: &mut Results) -> Result<()> {
    for &layout in &options.layouts {
        say(&format!(
            "pauses, {}, {} links",
            layout.name(),
            count(options.links as f64)
        ));
        results.begin(&prefix(options.links, layout));
        Watch::begin(options, layout, results)?.all()?;
        results.keep()?;
    }
    Ok(())
}

/// Returns the prefix of the names of one run's results.
pub(crate) fn prefix(links: u64, layout: Layout) -> String {
    format!("pauses.{links}.{}", layout.key())
}

struct Watch<'a> {
    options: &'a Options,
    results: &'a mut Results,
    layout: Layout,
    server: Server,
    client: Client,
    caller: Caller<'a>,
}

impl<'a> Watch<'a> {
    fn begin(options: &'a Options, layout: Layout, results: &'a mut Results) -> Result<Watch<'a>> {
        let setup = Setup::default().with("auto-aof-rewrite-percentage", "0");
        let server = start(options, layout, Build::Main, &setup)?;
        Ok(Watch {
            client: server.client()?,
            caller: Caller::new(&options.urls, None)?,
            options,
            results,
            layout,
            server,
        })
    }

    fn all(mut self) -> Result<()> {
        self.phase("idle", |_| {
            thread::sleep(Duration::from_secs(2));
            Ok(())
        })?;
        let (links, filling) = (self.options.links, self.layout.filling());
        self.phase("growth", |watch| watch.add(filling, 0, links))?;
        self.phase("save", |watch| {
            watch.client.ask(&["BGSAVE"])?;
            watch.until("persistence", "rdb_bgsave_in_progress", |n| n == 0)
        })?;
        self.phase("rewrite", |watch| {
            watch.client.ask(&["CONFIG", "SET", "appendonly", "yes"])?;
            watch.until("persistence", "aof_rewrite_scheduled", |n| n == 0)?;
            watch.until("persistence", "aof_rewrite_in_progress", |n| n == 0)
        })?;
        self.client.ask(&["CONFIG", "SET", "appendonly", "no"])?;
        self.expire()?;
        self.refill()?;
        self.phase("flush", |watch| {
            watch.client.ask(&["FLUSHALL", "ASYNC"])?;
            thread::sleep(Duration::from_millis(500));
            watch.until("memory", "lazyfree_pending_objects", |n| n == 0)
        })
    }

    /// Measures links that all expire in the same millisecond.
    fn expire(&mut self) -> Result<()> {
        let (links, more) = (self.options.links, (self.options.links / 5).max(1));
        let rate = self
            .results
            .median(&self.name("growth", "rate"))
            .unwrap_or(1e4);
        let ahead = Duration::from_secs_f64(2.0 + 1.5 * more as f64 / rate);
        let end = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)? + ahead;
        let at = u64::try_from(end.as_millis())?;
        let call = match self.layout {
            Layout::Module => Call::ShortenUntil(at),
            Layout::Keys => Call::SetUntil(at),
            // The article's servers have no expiry of hash fields.
            Layout::Hashes => return Ok(()),
        };
        self.add(call, links, links + more)?;
        self.phase("expiry", |watch| watch.until_gone(links, end))
    }

    /// Waits until at most `links` links are left.
    fn until_gone(&mut self, links: u64, end: Duration) -> Result<()> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        thread::sleep(end.saturating_sub(now));
        match self.layout {
            Layout::Module => self.until("shorten", "shorten_links", |n| n <= links),
            _ => until(|| Ok(self.client.number(&["DBSIZE"])? <= links)),
        }
    }

    /// Measures a pool that is filled in the background.
    fn refill(&mut self) -> Result<()> {
        let codes = self.options.links.min(1_000_000).to_string();
        for name in ["shorten.pool-max", "shorten.pool-min"] {
            // Servers before 7.0 have no module settings, and other layouts have no pool.
            if self.client.ask(&["CONFIG", "SET", name, &codes]).is_err() {
                return Ok(());
            }
        }
        let wanted = codes.parse()?;
        self.phase("refill", |watch| {
            watch.client.ask(&["CODEPOOL", "TAKE"])?;
            until(|| Ok(watch.client.number(&["CODEPOOL", "SIZE"])? >= wanted))
        })
    }

    /// Adds links at a moderate rate.
    fn add(&mut self, call: Call, from: u64, to: u64) -> Result<()> {
        let mut generator = Generator::connect(self.server.port(), LOAD.0, LOAD.1, 1)?;
        let (mut requests, mut at, begin) = (Requests::default(), from, Instant::now());
        while at < to {
            let next = (at + 20_000).min(to);
            self.caller.refill(&mut requests, call, at..next);
            generator.run(&requests, Until::Done)?;
            if next % 5_000_000 == 0 {
                say(&format!("  {} links", count(next as f64)));
            }
            at = next;
        }
        let rate = (to - from) as f64 / begin.elapsed().as_secs_f64();
        self.results.set(&self.name("growth", "rate"), &[rate]);
        Ok(())
    }

    fn until(&mut self, section: &str, field: &str, enough: impl Fn(u64) -> bool) -> Result<()> {
        until(|| Ok(enough(self.client.info_number(section, field)?)))
    }

    /// Pings while `work` runs, and stores the latencies of the pings.
    fn phase(
        &mut self,
        phase: &str,
        work: impl FnOnce(&mut Watch<'a>) -> Result<()>,
    ) -> Result<()> {
        let (port, pid) = (self.server.port(), self.server.pid());
        let pings = watched(port, pid, || work(self))?;
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let mut note = |what: &str, time| {
            let name = self.name(phase, what);
            self.results.set(&name, &[millis(time)]);
        };
        note("max", pings.own.max());
        note("p999", pings.own.quantile(0.999));
        if let Some(worked) = &pings.worked {
            note("worked", worked.max());
        }
        let first = self.name("latency_probe", "first");
        self.results
            .set(&first, &[f64::from(u8::from(pings.first))]);
        let worked = pings.worked.map_or("–".into(), |worked| {
            format!("{:.2} ms", millis(worked.max()))
        });
        say(&format!(
            "  {phase:<8} longest {:7.2} ms, p99.9 {:6.2} ms, of one the server's work {worked} (with time spent waiting for a core: {:.2} ms)",
            millis(pings.own.max()),
            millis(pings.own.quantile(0.999)),
            millis(pings.all.max()),
        ));
        Ok(())
    }

    fn name(&self, phase: &str, what: &str) -> String {
        format!("{}.{phase}.{what}", prefix(self.options.links, self.layout))
    }
}

fn until(mut done: impl FnMut() -> Result<bool>) -> Result<()> {
    let begin = Instant::now();
    while !done()? {
        if begin.elapsed() > TIMEOUT {
            return Err(format!("not done within {TIMEOUT:?}").into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
