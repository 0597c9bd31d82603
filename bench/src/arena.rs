//! Where contests are held: a server per layout, and one more for another build of the module, all
//! with the same links.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::configuration::{Configuration, await_replica};
use crate::contests::{Entry, entries};
use crate::fill::{fill_first, start};
use crate::load::Requests;
use crate::options::Options;
use crate::progress::say;
use crate::random::Random;
use crate::rivals::{Call, Caller, Layout};
use crate::server::{Server, Setup};

/// The module may look once a second who is told of its writes.
const SETTLE: Duration = Duration::from_millis(2500);

/// Which module a server has loaded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Build {
    /// That of `MODULE`; also said of servers without a module.
    Main,
    /// That of `VS`.
    Versus,
}

impl Build {
    /// What is added to the name of a call.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Build::Main => "",
            Build::Versus => " (VS)",
        }
    }
}

/// A server that is measured, and its replica.
struct Host {
    layout: Layout,
    build: Build,
    server: Server,
    replica: Option<Server>,
}

pub(crate) struct Arena<'a> {
    pub(crate) caller: Caller<'a>,
    links: u64,
    hosts: Vec<Host>,
    /// The next link that was not made yet, by entry.
    fresh: HashMap<&'static str, u64>,
    /// Entries whose command this module does not have.
    left_out: Vec<&'static str>,
}

impl<'a> Arena<'a> {
    pub(crate) fn set_up(
        options: &'a Options,
        links: u64,
        configuration: Configuration,
        setup: &Setup,
    ) -> Result<Arena<'a>> {
        let setup = configuration.prepare(setup);
        let mut hosts = vec![];
        for (layout, build) in places(options) {
            hosts.push(Host {
                server: start(options, layout, build, &setup)?,
                replica: None,
                layout,
                build,
            });
        }
        let hashes = hosts.iter().find(|host| host.layout == Layout::Hashes);
        let mut hashes = hashes.map(|host| host.server.client()).transpose()?;
        let mut caller = Caller::new(&options.urls, hashes.as_mut())?;
        for host in &mut hosts {
            fill_first(&host.server, host.layout, &mut caller, links)?;
            let setup = setup.clone().loading(options, host.layout, host.build);
            host.replica = configuration.apply(options, &setup, &host.server)?;
        }
        if let Some(mut client) = hashes {
            // The Function counts on from where the links end; the article's links are made far
            // beyond, so that both make new ones.
            client.ask(&["SET", "counter", &(1000 + links).to_string()])?;
        }
        let fresh = entries().filter(|entry| entry.grows).map(|entry| {
            let begin = if entry.call == Call::Article { 4 } else { 1 };
            (entry.key, begin * links)
        });
        let mut arena = Arena {
            caller,
            links,
            fresh: fresh.collect(),
            hosts,
            left_out: vec![],
        };
        if !arena.knows_visitors()? {
            say("VISIT takes no options here: left out");
            arena.left_out.push("visit-told");
        }
        thread::sleep(SETTLE);
        Ok(arena)
    }

    fn host(&self, entry: &Entry, build: Build) -> Result<&Host> {
        let is_meant = |host: &&Host| host.layout == entry.layout && host.build == build;
        let host = self.hosts.iter().find(is_meant);
        host.ok_or_else(|| format!("{}: no such server was started", entry.key).into())
    }

    pub(crate) fn server(&self, entry: &Entry, build: Build) -> Result<&Server> {
        self.host(entry, build).map(|host| &host.server)
    }

    /// Waits until what was written has reached the replica, so that no later round pays for it.
    pub(crate) fn settle(&self, entry: &Entry, build: Build) -> Result<()> {
        let host = self.host(entry, build)?;
        (host.replica.as_ref()).map_or(Ok(()), |replica| await_replica(&host.server, replica))
    }

    /// The builds that an entry is measured with: none if the module does not have the command.
    pub(crate) fn builds(&self, entry: &Entry) -> Vec<Build> {
        if self.left_out.contains(&entry.key) {
            return vec![];
        }
        let hosts = self.hosts.iter().filter(|host| host.layout == entry.layout);
        hosts.map(|host| host.build).collect()
    }

    /// So many calls of an entry: about links that are there, by chance, or about new ones.
    pub(crate) fn encode(&mut self, entry: &Entry, calls: u64, requests: &mut Requests) {
        match self.fresh.get_mut(entry.key) {
            Some(next) => {
                let from = *next;
                *next += calls;
                self.caller.refill(requests, entry.call, from..*next);
            }
            None => {
                let random = &mut Random::new(7);
                let sample = (0..calls).map(|_| random.below(self.links));
                self.caller.refill(requests, entry.call, sample);
            }
        }
    }

    /// Whether VISIT takes the visitor's address and the like.
    fn knows_visitors(&self) -> Result<bool> {
        for host in self
            .hosts
            .iter()
            .filter(|host| host.layout == Layout::Module)
        {
            let mut client = host.server.client()?;
            if client.ask(&["VISIT", "g8", "IP", "192.0.2.1"]).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The servers that the calls asked for need.
fn places(options: &Options) -> Vec<(Layout, Build)> {
    let mut places = vec![];
    for layout in Layout::ALL {
        let is_needed = |entry: &Entry| entry.layout == layout && options.has_asked(entry);
        if entries().any(is_needed) {
            places.push((layout, Build::Main));
            if layout == Layout::Module && options.versus.is_some() {
                places.push((layout, Build::Versus));
            }
        }
    }
    places
}
