//! What the engine should be: a map of links, a set of index entries, a counter and a pool, written for clearness alone.

use std::collections::{BTreeMap, BTreeSet};

use shorten_engine::base62::{self, LIMIT};
use shorten_engine::code::Code;
use shorten_engine::settings::{Settings, Strategy};
use shorten_engine::{
    Change, Condition, Expiry, LinkInfo, Origin, State, Ttl, address, digest, slot,
};

pub type Text = Vec<u8>;

#[derive(Clone, Debug)]
pub struct Link {
    pub url: Text,
    pub origin: Origin,
    pub indexed: bool,
    pub created: u64,
    pub updated: u64,
    pub expires: u64,
    pub limit: u64,
    pub visits: u64,
    pub last_visit: u64,
    pub note: Text,
}

/// A SHORTEN with owned arguments.
#[derive(Clone, Debug)]
pub struct Ask {
    pub url: Text,
    pub alias: Option<Text>,
    pub strategy: Option<Strategy>,
    pub new: bool,
    pub expiry: Option<Expiry>,
    pub max_visits: Option<u64>,
    pub note: Option<Text>,
}

/// A LINK.SET with owned arguments.
#[derive(Clone, Debug)]
pub struct Edit {
    pub code: Text,
    pub url: Text,
    pub condition: Option<Condition>,
    pub ttl: Ttl,
    pub max_visits: Option<u64>,
    pub note: Option<Text>,
    pub created: Option<u64>,
    pub visits: Option<u64>,
}

/// The word of the error expected.
pub type Expected<T> = Result<T, &'static str>;

/// What SHORTEN should answer.
#[derive(Clone, Debug)]
pub enum Answer {
    Known(Text),
    Made(Text, Origin),
    /// Whatever the pool gives.
    Drawn,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub links: BTreeMap<Text, Link>,
    /// (URL, code): an entry is a hint, valid only as [`Model::find`] says.
    entries: BTreeSet<(Text, Text)>,
    /// The counter's next number, while slot 0's shard remembers it.
    next: Option<u64>,
    /// One above the highest number the counter gave to a code of each slot.
    issued: BTreeMap<u16, u64>,
    /// Codes in the pool that the test put there, and how many others are there.
    planted: BTreeSet<Text>,
    pub strangers: u64,
    pub taken: BTreeSet<Text>,
    pub wanted: bool,
    pub events: Vec<(String, Change)>,
}

pub fn code(bytes: &[u8]) -> Code {
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
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires != 0 && self.expires <= now
    }

    pub fn is_reclaimable(&self, now: u64, settings: &Settings) -> bool {
        self.expires != 0 && self.expires + settings.expired_retention * 1000 <= now
    }

    fn answers(&self, now: u64) -> bool {
        !self.is_expired(now) && (self.limit == 0 || self.visits < self.limit)
    }

    pub fn info(&self, name: &[u8], now: u64) -> LinkInfo {
        let some = |number: u64| Some(number).filter(|&number| number != 0);
        LinkInfo {
            url: self.url.clone(),
            state: match (self.is_expired(now), self.answers(now)) {
                (true, _) => State::Expired,
                (_, true) => State::Active,
                _ => State::Exhausted,
            },
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
            md5: digest::md5_hex(&self.url),
            short_url: None,
        }
    }
}

impl Model {
    pub fn find(&self, url: &[u8]) -> Option<Text> {
        let leads = |name: &Text| {
            self.links
                .get(name)
                .is_some_and(|link| link.indexed && link.url == url)
        };
        let valid = self
            .entries
            .iter()
            .filter(|(of, name)| of == url && leads(name));
        valid
            .map(|(_, name)| name.clone())
            .min_by_key(|name| code(name).rank())
    }

    pub fn shorten(&self, ask: &Ask, settings: &Settings, now: u64) -> Expected<Answer> {
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
        address::check(&ask.url, settings).map_err(|_| "BADURL")?;
        if let Some(alias) = &ask.alias {
            Code::parse(alias).map_err(|_| "BADCODE")?;
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
            Strategy::Counter => {
                let names = (self.next_number(settings)..LIMIT)
                    .map(|id| base62::encode(id).unwrap().into_bytes());
                let name = names
                    .into_iter()
                    .find(|name| !occupied(name))
                    .ok_or("ERR")?;
                Ok(Answer::Made(name, Origin::Counter))
            }
            Strategy::Hash => {
                let mut names =
                    (0..1000).map(|round| digest::hash_code(&ask.url, round).as_bytes().to_vec());
                Ok(Answer::Made(
                    names.find(|name| !occupied(name)).unwrap(),
                    Origin::Hash,
                ))
            }
            Strategy::Pool => Ok(Answer::Drawn),
        }
    }

    /// The number the counter would give, if its code is free.
    pub fn next_number(&self, settings: &Settings) -> u64 {
        self.next.unwrap_or_else(|| {
            self.issued
                .values()
                .copied()
                .max()
                .unwrap_or(0)
                .max(settings.counter_start)
        })
    }

    /// SHORTEN made this link.
    pub fn made(&mut self, ask: &Ask, name: &Text, origin: Origin, now: u64) {
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
            let above = base62::decode(name).unwrap() + 1;
            self.next = self.next.max(Some(above));
            let issued = self.issued.entry(slot::of(name)).or_default();
            *issued = above.max(*issued);
        }
        self.wanted |= origin == Origin::Pool;
        self.put(name, link, Change::Made);
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

    pub fn event(&mut self, name: &[u8], change: Change) {
        self.events
            .push((String::from_utf8(name.to_vec()).unwrap(), change));
    }

    pub fn set(&mut self, edit: &Edit, settings: &Settings, now: u64) -> Expected<bool> {
        Code::parse(&edit.code).map_err(|_| "BADCODE")?;
        let expires = if let Ttl::Set(expiry) = edit.ttl {
            when(expiry, now)?
        } else {
            0
        };
        let too_large = edit.visits.is_some_and(|n| n >= 1 << 48)
            || edit.created.is_some_and(|n| n > i64::MAX as u64);
        if too_large || edit.note.as_ref().is_some_and(|note| note.len() > 255) {
            return error("ERR");
        }
        address::check(&edit.url, settings).map_err(|_| "BADURL")?;
        let held = self.links.get(&edit.code);
        let free = held.is_none_or(|link| link.is_reclaimable(now, settings));
        let old = held.filter(|link| !link.is_expired(now)).cloned();
        if (edit.condition == Some(Condition::Nx) && !free)
            || (edit.condition == Some(Condition::Xx) && old.is_none())
        {
            return Ok(false);
        }
        let fresh = Link {
            url: vec![],
            origin: Origin::Alias,
            indexed: false,
            created: now,
            updated: now,
            expires: 0,
            limit: 0,
            visits: 0,
            last_visit: 0,
            note: vec![],
        };
        let old = old.unwrap_or(fresh);
        let expires = if edit.ttl == Ttl::Keep {
            old.expires
        } else {
            expires
        };
        let limit = edit.max_visits.unwrap_or(old.limit);
        let link = Link {
            indexed: old.indexed && old.url == edit.url && expires == 0 && limit == 0,
            url: edit.url.clone(),
            created: edit.created.unwrap_or(old.created),
            updated: now,
            expires,
            limit,
            visits: edit.visits.unwrap_or(old.visits),
            note: edit.note.clone().unwrap_or_else(|| old.note.clone()),
            ..old
        };
        self.put(&edit.code, link, Change::Set);
        Ok(true)
    }

    pub fn delete(&mut self, name: &[u8]) -> Expected<bool> {
        Code::parse(name).map_err(|_| "BADCODE")?;
        let found = self.links.remove(name).is_some();
        if found {
            self.event(name, Change::Deleted);
        }
        Ok(found)
    }

    pub fn expire(&mut self, name: &[u8], seconds: i64, now: u64) -> Expected<bool> {
        Code::parse(name).map_err(|_| "BADCODE")?;
        if seconds <= 0 {
            let living = self
                .links
                .get(name)
                .is_some_and(|link| !link.is_expired(now));
            return if living { self.delete(name) } else { Ok(false) };
        }
        let expires = when(Expiry::InSeconds(seconds), now)?;
        let Some(link) = self
            .links
            .get_mut(name)
            .filter(|link| !link.is_expired(now))
        else {
            return Ok(false);
        };
        (link.expires, link.updated, link.indexed) = (expires, now, false);
        self.event(name, Change::Expire);
        Ok(true)
    }

    pub fn persist(&mut self, name: &[u8], now: u64) -> Expected<bool> {
        Code::parse(name).map_err(|_| "BADCODE")?;
        let Some(link) = self.links.get_mut(name).filter(|link| link.expires > now) else {
            return Ok(false);
        };
        (link.expires, link.updated) = (0, now);
        self.event(name, Change::Persist);
        Ok(true)
    }

    pub fn resolve(&self, name: &[u8], now: u64) -> Option<Text> {
        self.links
            .get(name)
            .filter(|link| link.answers(now))
            .map(|link| link.url.clone())
    }

    pub fn visit(&mut self, name: &[u8], now: u64) -> Option<Text> {
        let link = self.links.get_mut(name).filter(|link| link.answers(now))?;
        link.visits = (link.visits + 1).min((1 << 48) - 1);
        link.last_visit = now;
        let (url, exhausted) = (link.url.clone(), link.visits == link.limit);
        if exhausted {
            self.event(name, Change::Exhausted);
        }
        Some(url)
    }

    pub fn pool_size(&self) -> u64 {
        self.planted.len() as u64 + self.strangers
    }

    pub fn plant(&mut self, name: &Text) {
        self.wanted = true;
        if !self.taken.contains(name) {
            self.planted.insert(name.clone());
        }
    }

    /// A code came from the pool, or was made on the spot if that is empty.
    pub fn drawn(&mut self, name: &Text) {
        assert!(
            name.len() == 6 && code(name).is_short(),
            "a pool code has six digits"
        );
        assert!(
            !self.links.contains_key(name) && !self.taken.contains(name),
            "nobody has it"
        );
        let empty = self.pool_size() == 0;
        if !self.planted.remove(name) && !empty {
            self.strangers = self
                .strangers
                .checked_sub(1)
                .expect("while the pool holds codes they are drawn");
        }
    }

    pub fn clear(&mut self) -> u64 {
        let size = self.pool_size();
        self.planted.clear();
        (self.strangers, self.wanted) = (0, false);
        size
    }

    /// The shard's key was deleted, with all that it remembers.
    pub fn lose(&mut self, lost: u16) {
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
