//! A naive model of the engine: a map of links, a set of index entries, a counter and a pool,
//! written for clarity only.

mod aligned;
mod commands;

use std::collections::{BTreeMap, BTreeSet};

use shorten_engine::code::Code;
use shorten_engine::code::base62::{self, LIMIT};
use shorten_engine::code::{md5, slot};
use shorten_engine::settings::{Settings, Strategy};
use shorten_engine::{Change, Condition, Expiry, LinkInfo, LinkState, Origin, Ttl};

pub(crate) type Text = Vec<u8>;

#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) url: Text,
    pub(crate) origin: Origin,
    pub(crate) indexed: bool,
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) expires: u64,
    pub(crate) limit: u64,
    pub(crate) visits: u64,
    pub(crate) last_visit: u64,
    pub(crate) note: Text,
}

/// A SHORTEN with owned arguments.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) url: Text,
    pub(crate) alias: Option<Text>,
    pub(crate) strategy: Option<Strategy>,
    pub(crate) new: bool,
    pub(crate) expiry: Option<Expiry>,
    pub(crate) max_visits: Option<u64>,
    pub(crate) note: Option<Text>,
}

/// A LINK.SET with owned arguments.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    pub(crate) code: Text,
    pub(crate) url: Text,
    pub(crate) condition: Option<Condition>,
    pub(crate) ttl: Ttl,
    pub(crate) max_visits: Option<u64>,
    pub(crate) note: Option<Text>,
    pub(crate) created: Option<u64>,
    pub(crate) visits: Option<u64>,
}

/// The word of the expected error.
pub(crate) type Expected<T> = Result<T, &'static str>;

/// The expected reply of SHORTEN.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Known(Text),
    Made(Text, Origin),
    /// Any code of the pool.
    Drawn,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) links: BTreeMap<Text, Link>,
    /// (URL, code). An entry is a hint, valid only as [`Model::find`] defines.
    entries: BTreeSet<(Text, Text)>,
    /// The counter's next number, while slot 0's shard has it.
    next: Option<u64>,
    /// The highest code that the counter issued in each slot.
    issued: BTreeMap<u16, Code>,
    /// Whether every code must be in the slot of its URL.
    pub(crate) cluster: bool,
    /// Codes that the test put into the pool, and the number of others.
    planted: BTreeSet<Text>,
    pub(crate) strangers: u64,
    pub(crate) taken: BTreeSet<Text>,
    pub(crate) wanted: bool,
    pub(crate) events: Vec<(String, Change)>,
}

pub(crate) fn code(bytes: &[u8]) -> Code {
    Code::parse(bytes).unwrap()
}

fn error<T>(word: &'static str) -> Expected<T> {
    Err(word)
}

fn when(expiry: Expiry, now: u64) -> Expected<u64> {
    let millis = match expiry {
        Expiry::InSeconds(n) => i128::from(n) * 1000 + i128::from(now),
        Expiry::InMillis(n) => i128::from(n) + i128::from(now),
        Expiry::AtSeconds(n) => i128::from(n) * 1000,
        Expiry::AtMillis(n) => i128::from(n),
    };
    if millis > i128::from(now) && millis <= i128::from(i64::MAX) {
        Ok(millis as u64)
    } else {
        error("ERR")
    }
}

impl Link {
    pub(crate) fn is_expired(&self, now: u64) -> bool {
        self.expires != 0 && self.expires <= now
    }

    pub(crate) fn is_reclaimable(&self, now: u64, settings: &Settings) -> bool {
        self.expires != 0 && self.expires + settings.expired_retention * 1000 <= now
    }

    fn answers(&self, now: u64) -> bool {
        !self.is_expired(now) && (self.limit == 0 || self.visits < self.limit)
    }

    pub(crate) fn state(&self, now: u64) -> LinkState {
        match (self.is_expired(now), self.answers(now)) {
            (true, _) => LinkState::Expired,
            (_, true) => LinkState::Active,
            _ => LinkState::Exhausted,
        }
    }

    pub(crate) fn info(&self, name: &[u8], now: u64) -> LinkInfo {
        let some = |number: u64| Some(number).filter(|&number| number != 0);
        LinkInfo {
            url: self.url.clone(),
            state: self.state(now),
            strategy: self.origin,
            id: if self.origin == Origin::Alias {
                None
            } else {
                base62::decode(name)
            },
            created: self.created,
            updated: self.updated,
            expires: some(self.expires),
            visits: self.visits,
            last_visit: some(self.last_visit),
            max_visits: some(self.limit),
            note: Some(self.note.clone()).filter(|note| !note.is_empty()),
            md5: md5::md5_hex(&self.url),
            short_url: None,
        }
    }
}

impl Model {
    pub(crate) fn find(&self, url: &[u8]) -> Option<Text> {
        let leads = |name: &Text| {
            self.links
                .get(name)
                .is_some_and(|link| link.indexed && link.url == url)
        };
        let valid = self
            .entries
            .iter()
            .filter(|(of, name)| of == url && leads(name))
            .filter(|(_, name)| !self.cluster || slot::of(name) == slot::of(url));
        valid
            .map(|(_, name)| name.clone())
            .min_by_key(|name| code(name).rank())
    }

    pub(crate) fn shorten(&self, ask: &Ask, settings: &Settings, now: u64) -> Expected<Answer> {
        ask.expiry.map_or(Ok(0), |expiry| when(expiry, now))?;
        if ask.max_visits == Some(0) || ask.note.as_ref().is_some_and(|note| note.len() > 255) {
            return error("ERR");
        }
        let own = ask.new
            || ask.alias.is_some()
            || ask.expiry.is_some()
            || ask.max_visits.is_some()
            || ask.note.is_some();
        if let Some(known) = self.find(&ask.url).filter(|_| !own) {
            return Ok(Answer::Known(known));
        }
        settings.url.check(&ask.url).map_err(|_| "BADURL")?;
        if let Some(alias) = &ask.alias {
            Code::parse(alias).map_err(|_| "BADCODE")?;
            if self.cluster && slot::of(alias) != slot::of(&ask.url) {
                return error("CROSSSLOT");
            }
            let free = self
                .links
                .get(alias)
                .is_none_or(|link| link.is_reclaimable(now, settings));
            return if free {
                Ok(Answer::Made(alias.clone(), Origin::Alias))
            } else {
                error("CODETAKEN")
            };
        }
        let occupied = |name: &Text| {
            self.links.contains_key(name)
                || self.planted.contains(name)
                || self.taken.contains(name)
        };
        match ask.strategy.unwrap_or(settings.strategy) {
            Strategy::Counter if self.cluster => {
                let name = self.walk(slot::of(&ask.url), occupied).ok_or("ERR")?;
                Ok(Answer::Made(name, Origin::Counter))
            }
            Strategy::Counter => {
                let mut names = (self.next_number(settings)..LIMIT)
                    .map(|id| base62::encode(id).unwrap().into_bytes());
                let name = names.find(|name| !occupied(name)).ok_or("ERR")?;
                Ok(Answer::Made(name, Origin::Counter))
            }
            Strategy::Hash => {
                let hash = |round| match self.cluster {
                    true => aligned::hash_code(&ask.url, round),
                    false => Code::from_hash(md5::fold(&ask.url, round)),
                };
                let mut names = (0..1000).map(|round| hash(round).as_bytes().to_vec());
                let name = names.find(|name| !occupied(name)).unwrap();
                Ok(Answer::Made(name, Origin::Hash))
            }
            Strategy::Pool => Ok(Answer::Drawn),
        }
    }

    /// Returns the number that the counter issues if its code is free.
    pub(crate) fn next_number(&self, settings: &Settings) -> u64 {
        self.next.unwrap_or_else(|| {
            let above = self.issued.values().map(|code| code.id().unwrap() + 1);
            above.max().unwrap_or(0).max(settings.counter_start)
        })
    }

    /// SHORTEN created this link.
    pub(crate) fn made(&mut self, ask: &Ask, name: &Text, origin: Origin, now: u64) {
        let expires = ask.expiry.map_or(0, |expiry| when(expiry, now).unwrap());
        let note = ask.note.clone().unwrap_or_default();
        let plain =
            origin != Origin::Alias && expires == 0 && ask.max_visits.is_none() && note.is_empty();
        let link = Link {
            url: ask.url.clone(),
            origin,
            indexed: plain && self.find(&ask.url).is_none(),
            created: now,
            updated: now,
            expires,
            limit: ask.max_visits.unwrap_or(0),
            visits: 0,
            last_visit: 0,
            note,
        };
        if origin == Origin::Counter {
            let given = code(name);
            if !self.cluster {
                self.next = self.next.max(given.id().map(|id| id + 1));
            }
            let highest = self.issued.entry(given.slot()).or_insert(given);
            if highest.rank() < given.rank() {
                *highest = given;
            }
        }
        self.wanted |= origin == Origin::Pool;
        self.put(name, link, Change::Created);
    }

    fn put(&mut self, name: &Text, link: Link, change: Change) {
        self.planted.remove(name);
        self.taken.remove(name);
        if link.indexed {
            self.entries.insert((link.url.clone(), name.clone()));
        }
        self.links.insert(name.clone(), link);
        self.event(name, change);
    }

    pub(crate) fn event(&mut self, name: &[u8], change: Change) {
        self.events
            .push((String::from_utf8(name.to_vec()).unwrap(), change));
    }

    /// The shard's key was deleted with all its data.
    pub(crate) fn lose(&mut self, lost: u16) {
        self.links.retain(|name, _| slot::of(name) != lost);
        self.entries.retain(|(url, _)| slot::of(url) != lost);
        self.issued.remove(&lost);
        if lost == 0 {
            self.next = None;
            self.taken.clear();
            self.clear();
        }
    }
}
