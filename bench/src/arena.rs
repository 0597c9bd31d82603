//! Where contests are held: a server per layout, all with the same links.

use std::collections::HashMap;

use crate::Result;
use crate::contests::{CONTESTS, Entry};
use crate::fill::{fill_first, start};
use crate::load::Requests;
use crate::options::Options;
use crate::progress::say;
use crate::random::Random;
use crate::rivals::{Call, Caller, Layout};
use crate::server::{Server, Setup};

pub(crate) struct Arena<'a> {
    pub(crate) caller: Caller<'a>,
    links: u64,
    servers: HashMap<&'static str, Server>,
    /// The next link that was not made yet, by entry.
    fresh: HashMap<&'static str, u64>,
    /// Entries whose command this module does not have.
    left_out: Vec<&'static str>,
}

impl<'a> Arena<'a> {
    pub(crate) fn set_up(options: &'a Options, links: u64, setup: &Setup) -> Result<Arena<'a>> {
        let mut servers = HashMap::new();
        for layout in Layout::ALL {
            servers.insert(layout.key(), start(options, layout, setup)?);
        }
        let mut hashes = servers[Layout::Hashes.key()].client()?;
        let mut caller = Caller::new(&options.urls, Some(&mut hashes))?;
        for layout in Layout::ALL {
            fill_first(&servers[layout.key()], layout, &mut caller, links)?;
        }
        // The Function counts on from where the links end; the article's links are made far beyond, so that both make new ones.
        hashes.ask(&["SET", "counter", &(1000 + links).to_string()])?;
        let growing = (CONTESTS.iter().flat_map(|contest| contest.entries)).filter(|e| e.grows);
        let fresh = growing.map(|entry| {
            let begin = if entry.call == Call::Article { 4 } else { 1 };
            (entry.key, begin * links)
        });
        let mut arena = Arena {
            caller,
            links,
            fresh: fresh.collect(),
            servers,
            left_out: vec![],
        };
        if !arena.knows_visitors()? {
            say("VISIT takes no options here: left out");
            arena.left_out.push("visit-told");
        }
        Ok(arena)
    }

    pub(crate) fn server(&self, entry: &Entry) -> &Server {
        &self.servers[entry.layout.key()]
    }

    pub(crate) fn has(&self, entry: &Entry) -> bool {
        !self.left_out.contains(&entry.key)
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
        let mut client = self.servers[Layout::Module.key()].client()?;
        Ok(client.ask(&["VISIT", "g8", "IP", "192.0.2.1"]).is_ok())
    }
}
