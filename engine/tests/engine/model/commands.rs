//! The model's other commands: changes, visits and the pool.

use shorten_engine::code::Code;
use shorten_engine::settings::Settings;
use shorten_engine::{Change, Condition, Expiry, Origin, Ttl};

use super::{Edit, Expected, Link, Model, Text, code, error, when};

impl Model {
    pub(crate) fn set(&mut self, edit: &Edit, settings: &Settings, now: u64) -> Expected<bool> {
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
        settings.url.check(&edit.url).map_err(|_| "BADURL")?;
        let old = self.kept(&edit.code, settings, now).cloned();
        if (edit.condition == Some(Condition::Nx) && old.is_some())
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

    pub(crate) fn delete(&mut self, name: &[u8]) -> Expected<bool> {
        Code::parse(name).map_err(|_| "BADCODE")?;
        let found = self.links.remove(name).is_some();
        if found {
            self.event(name, Change::Deleted);
        }
        Ok(found)
    }

    /// A link exists until it can be reclaimed.
    fn kept(&self, name: &[u8], settings: &Settings, now: u64) -> Option<&Link> {
        let link = self.links.get(name);
        link.filter(|link| !link.is_reclaimable(now, settings))
    }

    pub(crate) fn expire(
        &mut self,
        name: &[u8],
        seconds: i64,
        settings: &Settings,
        now: u64,
    ) -> Expected<bool> {
        Code::parse(name).map_err(|_| "BADCODE")?;
        let kept = self.kept(name, settings, now).is_some();
        if seconds <= 0 {
            return if kept { self.delete(name) } else { Ok(false) };
        }
        let expires = when(Expiry::InSeconds(seconds), now)?;
        let Some(link) = self.links.get_mut(name).filter(|_| kept) else {
            return Ok(false);
        };
        (link.expires, link.updated, link.indexed) = (expires, now, false);
        self.event(name, Change::Expire);
        Ok(true)
    }

    pub(crate) fn persist(&mut self, name: &[u8], settings: &Settings, now: u64) -> Expected<bool> {
        Code::parse(name).map_err(|_| "BADCODE")?;
        let kept = self.kept(name, settings, now);
        let ends = kept.is_some_and(|link| link.expires != 0);
        let Some(link) = self.links.get_mut(name).filter(|_| ends) else {
            return Ok(false);
        };
        (link.expires, link.updated) = (0, now);
        self.event(name, Change::Persist);
        Ok(true)
    }

    pub(crate) fn resolve(&self, name: &[u8], now: u64) -> Option<Text> {
        self.links
            .get(name)
            .filter(|link| link.answers(now))
            .map(|link| link.url.clone())
    }

    pub(crate) fn visit(&mut self, name: &[u8], now: u64) -> Option<Text> {
        let link = self.links.get_mut(name).filter(|link| link.answers(now))?;
        link.visits = (link.visits + 1).min((1 << 48) - 1);
        link.last_visit = now;
        let (url, exhausted) = (link.url.clone(), link.visits == link.limit);
        if exhausted {
            self.event(name, Change::Exhausted);
        }
        Some(url)
    }

    pub(crate) fn pool_size(&self) -> u64 {
        self.planted.len() as u64 + self.strangers
    }

    pub(crate) fn release(&mut self, names: &[Text]) -> Expected<u64> {
        for name in names {
            Code::parse(name).map_err(|_| "BADCODE")?;
        }
        let released = names.iter().filter(|name| self.taken.remove(*name));
        Ok(released.count() as u64)
    }

    pub(crate) fn plant(&mut self, name: &Text) {
        self.wanted = true;
        if !self.taken.contains(name) {
            self.planted.insert(name.clone());
        }
    }

    /// A code was drawn from the pool, or created because that is empty.
    pub(crate) fn drawn(&mut self, name: &Text) {
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

    pub(crate) fn clear(&mut self) -> u64 {
        let size = self.pool_size();
        self.planted.clear();
        (self.strangers, self.wanted) = (0, false);
        size
    }
}
