//! The commands that change links: LINK.SET, LINK.DEL, LINK.EXPIRE and LINK.PERSIST.

use crate::code::Code;
use crate::code::slot;
use crate::commands::apply::PutHints;
use crate::commands::engine::Engine;
use crate::commands::expiry::Expiry;
use crate::commands::shorten::check_note;
use crate::commands::store::Store;
use crate::effect::{Effect, Put};
use crate::error::Error;
use crate::packed::fsst::UrlBytes;
use crate::shard::{MAX_COUNT, MAX_TIME, Origin, Record};

/// The arguments of LINK.SET.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetRequest<'a> {
    /// The code.
    pub code: &'a [u8],
    /// The destination.
    pub url: &'a [u8],
    /// NX or XX.
    pub condition: Option<Condition>,
    /// What happens to the expiry.
    pub ttl: Ttl,
    /// The new limit. 0 removes it, `None` keeps it.
    pub max_visits: Option<u64>,
    /// The new note. An empty one removes it, `None` keeps it.
    pub note: Option<&'a [u8]>,
    /// The new time of creation, Unix ms. `None` keeps it.
    pub created: Option<u64>,
    /// The new number of visits. `None` keeps it.
    pub visits: Option<u64>,
}

/// The condition of LINK.SET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Only if no link has the code, not even an expired one that is still kept.
    Nx,
    /// Only if a link has the code, including an expired one that is still kept.
    Xx,
}

/// What LINK.SET does to the expiry, by the rules of SET.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ttl {
    /// Removes it: PERSIST, or no option.
    #[default]
    Drop,
    /// Keeps it: KEEPTTL.
    Keep,
    /// Sets it.
    Set(Expiry),
}

impl<S: Store> Engine<'_, S> {
    /// Creates or changes a link. Returns `false` if NX or XX is not met. An existing link keeps
    /// what is not given, including visits and statistics. An expired link exists as long as it is
    /// kept.
    ///
    /// # Errors
    /// `BADCODE`, `BADURL`; `ERR` if an expiry, a note, a time or a count is out of bounds.
    pub fn set(&mut self, request: &SetRequest<'_>) -> Result<bool, Error> {
        let code = Code::parse(request.code)?;
        let expires = match request.ttl {
            Ttl::Set(expiry) => expiry.resolve(self.now, "link.set")?,
            Ttl::Drop | Ttl::Keep => 0,
        };
        check_bounds(request)?;
        self.settings.url.check(request.url)?;
        // Called for its errors: a pool that cannot be read must refuse the link before anything is
        // changed.
        self.is_reserved(&code)?;
        let now = self.now;
        let old = self.kept(&code)?;
        let met = match request.condition {
            None => true,
            Some(Condition::Nx) => old.is_none(),
            Some(Condition::Xx) => old.is_some(),
        };
        if !met {
            return Ok(false);
        }
        let note = old.map(|old| old.note.to_vec()).unwrap_or_default();
        let base = old.map_or(Record::new(Origin::Alias, b"", now), |old| Record {
            indexed: old.indexed && old.url.is(request.url),
            note: b"",
            url: UrlBytes::Plain(b""),
            ..old
        });
        let record = changed(&base, request, expires, &note, now);
        if old.is_none() {
            self.counters.count_created(Origin::Alias);
        }
        let url_slot = slot::of(request.url);
        // The entry can have been lost with the index's shard.
        let seed = if record.indexed {
            self.seed_for(url_slot, code.slot())?
        } else {
            None
        };
        let known = PutHints {
            url_slot: Some(url_slot),
            ..PutHints::default()
        };
        self.put_and_replicate(
            Put {
                code,
                record,
                by_set: true,
                seed,
            },
            known,
        )?;
        Ok(true)
    }

    /// Removes a link. Returns `false` if there is none.
    ///
    /// # Errors
    /// `BADCODE`.
    pub fn delete(&mut self, code: &[u8]) -> Result<bool, Error> {
        let code = Code::parse(code)?;
        let found = self.link(&code)?.is_some();
        if found {
            self.apply_and_replicate(
                code.slot(),
                &Effect::Delete {
                    codes: vec![code],
                    expired: false,
                },
            )?;
        }
        Ok(found)
    }

    /// Makes a link expire in `seconds`, or deletes it if they are not positive. Returns `false` if
    /// there is none. An expired link that is still kept is renewed.
    ///
    /// # Errors
    /// `BADCODE`; `ERR invalid expire time` beyond a signed 64-bit number of milliseconds.
    pub fn expire(&mut self, code: &[u8], seconds: i64) -> Result<bool, Error> {
        let code = Code::parse(code)?;
        if seconds <= 0 {
            return Ok(self.kept(&code)?.is_some() && self.delete(code.as_bytes())?);
        }
        let expires = Expiry::InSeconds(seconds).resolve(self.now, "link.expire")?;
        let found = self.kept(&code)?.is_some();
        if found {
            self.apply_and_replicate(
                code.slot(),
                &Effect::Expire {
                    code,
                    expires,
                    updated: self.now,
                },
            )?;
        }
        Ok(found)
    }

    /// Removes a link's expiry. Returns `false` if there is no link or no expiry. An expired link
    /// that is still kept is renewed.
    ///
    /// # Errors
    /// `BADCODE`.
    pub fn persist(&mut self, code: &[u8]) -> Result<bool, Error> {
        let code = Code::parse(code)?;
        let now = self.now;
        let found = self.kept(&code)?.is_some_and(|record| record.expires != 0);
        if found {
            self.apply_and_replicate(
                code.slot(),
                &Effect::Expire {
                    code,
                    expires: 0,
                    updated: now,
                },
            )?;
        }
        Ok(found)
    }

    /// Returns the link of a code, including an expired one that is still kept.
    fn kept(&mut self, code: &Code) -> Result<Option<Record<'_>>, Error> {
        let (now, retention) = (self.now, self.retention());
        let record = self.link(code)?;
        Ok(record.filter(|record| !record.is_reclaimable(now, retention)))
    }
}

/// Returns `base` with the request's changes. `note` is the note of the existing link.
fn changed<'a>(
    base: &Record<'a>,
    request: &SetRequest<'a>,
    expires: u64,
    note: &'a [u8],
    now: u64,
) -> Record<'a> {
    let expires = if request.ttl == Ttl::Keep {
        base.expires
    } else {
        expires
    };
    let limit = request.max_visits.unwrap_or(base.limit);
    let created = request.created.unwrap_or(base.created);
    Record {
        indexed: base.indexed && expires == 0 && limit == 0,
        created,
        updated: now,
        expires,
        limit,
        visits: request.visits.unwrap_or(base.visits),
        note: request.note.unwrap_or(note),
        url: UrlBytes::Plain(request.url),
        ..*base
    }
}

fn check_bounds(request: &SetRequest<'_>) -> Result<(), Error> {
    check_note(request.note.unwrap_or_default())?;
    for (option, value, most) in [
        ("VISITS", request.visits, MAX_COUNT),
        ("CREATED", request.created, MAX_TIME),
    ] {
        if let Some(value) = value.filter(|&value| value > most) {
            return Err(Error::other(format!(
                "{option} must be at most {most}, got '{value}'"
            )));
        }
    }
    Ok(())
}
