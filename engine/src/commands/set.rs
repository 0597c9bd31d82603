//! LINK.SET, LINK.DEL, LINK.EXPIRE and LINK.PERSIST: what people change by hand.

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

/// What LINK.SET was asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetRequest<'a> {
    /// Which link.
    pub code: &'a [u8],
    /// Its destination.
    pub url: &'a [u8],
    /// NX or XX.
    pub condition: Option<Condition>,
    /// What becomes of its expiry.
    pub ttl: Ttl,
    /// Its limit from now on; 0 lifts it, none leaves it.
    pub max_visits: Option<u64>,
    /// Its note from now on; empty takes it away, none leaves it.
    pub note: Option<&'a [u8]>,
    /// When it was made, Unix ms, if that is to be set.
    pub created: Option<u64>,
    /// Its visits so far, if they are to be set.
    pub visits: Option<u64>,
}

/// When LINK.SET sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Only if no link holds the code, not even an expired one that is still kept.
    Nx,
    /// Only if a link holds it, be it an expired one that is still kept.
    Xx,
}

/// What LINK.SET does to the expiry, as SET does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ttl {
    /// Takes it away: nothing was said of it, or PERSIST.
    #[default]
    Drop,
    /// KEEPTTL.
    Keep,
    /// Sets it.
    Set(Expiry),
}

impl<S: Store> Engine<'_, S> {
    /// Makes or changes a link; false if NX or XX was not met. A link that is there keeps what is
    /// not given, visits and statistics included; an expired one is there as long as it is kept.
    ///
    /// # Errors
    /// `BADCODE`, `BADURL`; `ERR` for an expiry, a note, a time or a count out of bounds.
    pub fn set(&mut self, request: &SetRequest<'_>) -> Result<bool, Error> {
        let code = Code::parse(request.code)?;
        let expires = match request.ttl {
            Ttl::Set(expiry) => expiry.resolve(self.now, "link.set")?,
            Ttl::Drop | Ttl::Keep => 0,
        };
        check_bounds(request)?;
        self.settings.url.check(request.url)?;
        // Not for its answer: a pool that cannot be read must refuse the link before anything is changed.
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
        // Its entry may have been lost with its index's shard.
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

    /// Removes a link; false if there is none.
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

    /// Gives a link `seconds` from now to live, or deletes it if they are not positive; false if
    /// there is none. An expired link that is still kept comes back.
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

    /// Takes a link's expiry away; false if there is none, or no link. An expired link that is
    /// still kept comes back.
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

    /// The link of a code, be it an expired one that is still kept.
    fn kept(&mut self, code: &Code) -> Result<Option<Record<'_>>, Error> {
        let (now, retention) = (self.now, self.retention());
        let record = self.link(code)?;
        Ok(record.filter(|record| !record.is_reclaimable(now, retention)))
    }
}

/// The record that `base` becomes; `note` is what it has.
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
