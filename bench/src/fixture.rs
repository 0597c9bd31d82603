//! The servers that comparisons run on: one per layout, and one more for another build of the
//! module, all with the same links.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use crate::Result;
use crate::baselines::{Call, Caller, Layout};
use crate::comparisons::{Entry, entries};
use crate::configuration::{Configuration, await_replica};
use crate::fill::{fill_first, start};
use crate::load::Requests;
use crate::options::Options;
use crate::progress::say;
use crate::random::Random;
use crate::server::{Server, Setup};

/// The module may check only once a second whether an AOF or a replica receives its writes.
const SETTLE: Duration = Duration::from_millis(2500);

/// Which module a server has loaded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Build {
    /// The build of `MODULE`; also stands for servers without a module.
    Main,
    /// The build of `VS`.
    Versus,
}

impl Build {
    /// Returns the suffix for the name of a call.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Build::Main => "",
            Build::Versus => " (VS)",
        }
    }
}

/// A measured server and its replica.
struct Host {
    layout: Layout,
    build: Build,
    server: Server,
    replica: Option<Server>,
}

pub(crate) struct Fixture<'a> {
    pub(crate) caller: Caller<'a>,
    links: u64,
    hosts: Vec<Host>,
    /// The next link that does not exist yet, by entry.
    fresh: HashMap<&'static str, u64>,
    /// Entries whose command this module does not support.
    left_out: Vec<&'static str>,
}

impl<'a> Fixture<'a> {
    pub(crate) fn set_up(
        options: &'a Options,
        links: u64,
        configuration: Configuration,
        setup: &Setup,
    ) -> Result<Fixture<'a>> {
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
            // The Function continues after the last link. The article's links start far beyond, so
            // that both create new ones.
            client.ask(&["SET", "counter", &(1000 + links).to_string()])?;
        }
        let fresh = entries().filter(|entry| entry.grows).map(|entry| {
            let begin = if entry.call == Call::Article { 4 } else { 1 };
            (entry.key, begin * links)
        });
        let mut fixture = Fixture {
            caller,
            links,
            fresh: fresh.collect(),
            hosts,
            left_out: vec![],
        };
        if !fixture.knows_visitors()? {
            say("VISIT takes no options here: left out");
            fixture.left_out.push("visit-told");
        }
        thread::sleep(SETTLE);
        Ok(fixture)
    }

    fn host(&self, entry: &Entry, build: Build) -> Result<&Host> {
        let is_meant = |host: &&Host| host.layout == entry.layout && host.build == build;
        let host = self.hosts.iter().find(is_meant);
        host.ok_or_else(|| format!("{}: no such server was started", entry.key).into())
    }

    pub(crate) fn server(&self, entry: &Entry, build: Build) -> Result<&Server> {
        self.host(entry, build).map(|host| &host.server)
    }

    /// Waits until the replica has received all writes, so that no later round pays for them.
    pub(crate) fn settle(&self, entry: &Entry, build: Build) -> Result<()> {
        let host = self.host(entry, build)?;
        (host.replica.as_ref()).map_or(Ok(()), |replica| await_replica(&host.server, replica))
    }

    /// Returns the builds that an entry is measured with. Empty if the module lacks the command.
    pub(crate) fn builds(&self, entry: &Entry) -> Vec<Build> {
        if self.left_out.contains(&entry.key) {
            return vec![];
        }
        let hosts = self.hosts.iter().filter(|host| host.layout == entry.layout);
        hosts.map(|host| host.build).collect()
    }

    /// Encodes calls of an entry, for random existing links or for new ones.
    pub(crate) fn encode(&mut self, entry: &Entry, calls: u64, requests: &mut Requests) {
        self.encode_by(7, entry, calls, requests);
    }

    /// Like [`Fixture::encode`], with another random sequence of links.
    pub(crate) fn encode_others(&mut self, entry: &Entry, calls: u64, requests: &mut Requests) {
        self.encode_by(77, entry, calls, requests);
    }

    fn encode_by(&mut self, seed: u64, entry: &Entry, calls: u64, requests: &mut Requests) {
        match self.fresh.get_mut(entry.key) {
            Some(next) => {
                let from = *next;
                *next += calls;
                self.caller.refill(requests, entry.call, from..*next);
            }
            None => {
                let random = &mut Random::new(seed);
                let sample = (0..calls).map(|_| random.below(self.links));
                self.caller.refill(requests, entry.call, sample);
            }
        }
    }

    /// Returns whether VISIT accepts the visitor's address and other options.
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

/// Returns the servers that the selected calls need.
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
