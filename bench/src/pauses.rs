//! The longest pause: a connection that pings all the time while the server grows, saves, rewrites, expires, refills and is emptied.

mod pinger;

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::Result;
use crate::arena::Build;
use crate::client::Client;
use crate::figures::Figures;
use crate::fill::start;
use crate::load::{Generator, Requests, Until};
use crate::options::Options;
use crate::progress::{count, say};
use crate::rivals::{Call, Caller, Layout};
use crate::server::{Server, Setup};
use pinger::watched;

/// Connections and pipeline of the load: enough to keep the server working, not so much that a ping waits in a long queue.
const LOAD: (usize, usize) = (2, 8);
/// Nothing takes longer than this to be done with.
const PATIENCE: Duration = Duration::from_secs(1800);

/// The phases by name, and what they are called.
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
pub(crate) fn measure(options: &Options, figures: &mut Figures) -> Result<()> {
    for &layout in &options.layouts {
        say(&format!(
            "pauses, {}, {} links",
            layout.name(),
            count(options.links as f64)
        ));
        figures.begin(&prefix(options.links, layout));
        Watch::begin(options, layout, figures)?.all()?;
        figures.keep()?;
    }
    Ok(())
}

/// The beginning of the names of the figures of one run.
pub(crate) fn prefix(links: u64, layout: Layout) -> String {
    format!("pauses.{links}.{}", layout.key())
}

struct Watch<'a> {
    options: &'a Options,
    figures: &'a mut Figures,
    layout: Layout,
    server: Server,
    client: Client,
    caller: Caller<'a>,
}

impl<'a> Watch<'a> {
    fn begin(options: &'a Options, layout: Layout, figures: &'a mut Figures) -> Result<Watch<'a>> {
        let setup = Setup::default().with("auto-aof-rewrite-percentage", "0");
        let server = start(options, layout, Build::Main, &setup)?;
        Ok(Watch {
            client: server.client()?,
            caller: Caller::new(&options.urls, None)?,
            options,
            figures,
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

    /// Links that all end in the same millisecond.
    fn expire(&mut self) -> Result<()> {
        let (links, more) = (self.options.links, (self.options.links / 5).max(1));
        let rate = self
            .figures
            .median(&self.name("growth", "rate"))
            .unwrap_or(1e4);
        let ahead = Duration::from_secs_f64(2.0 + 1.5 * more as f64 / rate);
        let end = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)? + ahead;
        let at = u64::try_from(end.as_millis())?;
        let call = match self.layout {
            Layout::Module => Call::ShortenUntil(at),
            Layout::Keys => Call::SetUntil(at),
            // Fields of a hash have no expiry where the layout comes from.
            Layout::Hashes => return Ok(()),
        };
        self.add(call, links, links + more)?;
        self.phase("expiry", |watch| watch.until_gone(links, end))
    }

    /// Waits until no more than so many links are there.
    fn until_gone(&mut self, links: u64, end: Duration) -> Result<()> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        thread::sleep(end.saturating_sub(now));
        match self.layout {
            Layout::Module => self.until("shorten", "shorten_links", |n| n <= links),
            _ => until(|| Ok(self.client.number(&["DBSIZE"])? <= links)),
        }
    }

    /// A pool that fills itself in the background.
    fn refill(&mut self) -> Result<()> {
        let codes = self.options.links.min(1_000_000).to_string();
        for name in ["shorten.pool-max", "shorten.pool-min"] {
            // Before 7.0 a module has no such settings, and other layouts have no pool.
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

    /// Adds links, not too fast.
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
        self.figures.set(&self.name("growth", "rate"), &[rate]);
        Ok(())
    }

    fn until(&mut self, section: &str, field: &str, enough: impl Fn(u64) -> bool) -> Result<()> {
        until(|| Ok(enough(self.client.figure(section, field)?)))
    }

    /// Pings while something is done, and notes what the pings met with.
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
            self.figures.set(&name, &[millis(time)]);
        };
        note("max", pings.own.max());
        note("p999", pings.own.quantile(0.999));
        if let Some(worked) = &pings.worked {
            note("worked", worked.max());
        }
        let first = self.name("pinger", "first");
        self.figures
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
        if begin.elapsed() > PATIENCE {
            return Err("it takes too long".into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
