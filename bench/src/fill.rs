//! Filling servers with links.

use std::ops::Range;

use crate::Result;
use crate::baselines::{Call, Caller, Layout};
use crate::fixture::Build;
use crate::load::{Generator, Requests, Until};
use crate::options::Options;
use crate::progress::{count, say};
use crate::server::{Server, Setup};

/// Links encoded at a time.
const CHUNK: u64 = 50_000;
/// The interval of progress messages, in links.
const TELL: u64 = 5_000_000;

/// Starts an empty server for this layout.
pub(crate) fn start(
    options: &Options,
    layout: Layout,
    build: Build,
    setup: &Setup,
) -> Result<Server> {
    Server::start(options, &setup.clone().loading(options, layout, build))
}

/// Adds links with this call, as fast as possible.
pub(crate) fn fill(
    server: &Server,
    caller: &mut Caller<'_>,
    call: Call,
    links: Range<u64>,
) -> Result<()> {
    let mut generator = Generator::connect(server.port(), 8, 64, 1)?;
    let mut requests = Requests::default();
    let (first, mut at) = (links.start, links.start);
    while at < links.end {
        let to = (at + CHUNK).min(links.end);
        caller.refill(&mut requests, call, at..to);
        generator.run(&requests, Until::Done)?;
        if (to - first) / TELL > (at - first) / TELL {
            say(&format!("  {} links", count(to as f64)));
        }
        at = to;
    }
    Ok(())
}

/// Returns the number of links of a server.
pub(crate) fn held(server: &Server, layout: Layout) -> Result<u64> {
    let mut client = server.client()?;
    match layout {
        Layout::Module => client.number(&["LINK.COUNT"]),
        Layout::Keys => client.number(&["DBSIZE"]),
        Layout::Hashes => client.number(&["HLEN", "urls"]),
    }
}

/// Fills an empty server with the first links, and checks their number.
pub(crate) fn fill_first(
    server: &Server,
    layout: Layout,
    caller: &mut Caller<'_>,
    links: u64,
) -> Result<()> {
    say(&format!("{}: {} links", layout.name(), count(links as f64)));
    fill(server, caller, layout.filling(), 0..links)?;
    let held = held(server, layout)?;
    if held != links {
        return Err(format!("{} holds {held} links, not {links}", layout.name()).into());
    }
    Ok(())
}
