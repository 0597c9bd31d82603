//! LINK.FIND, LINK.INFO, LINK.SCAN and LINK.COUNT: what there is to know. Nothing here changes anything.

use crate::code::{Code, RANK_LIMIT};
use crate::digest;
use crate::engine::{Engine, Store};
use crate::error::Error;
use crate::record::{Origin, Record};
use crate::shard::Shard;
use crate::slot::{self, Slot};

/// Slots that one LINK.SCAN call looks into at most, so that a call over an almost empty database stays short.
const SLOTS_PER_SCAN: Slot = 1024;

/// What LINK.INFO answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkInfo {
    /// The destination.
    pub url: Vec<u8>,
    /// Whether it answers.
    pub state: State,
    /// Where its code came from.
    pub strategy: Origin,
    /// The number its code stands for; none for an alias.
    pub id: Option<u64>,
    /// When it was made, Unix ms.
    pub created: u64,
    /// When it was last changed by hand, Unix ms.
    pub updated: u64,
    /// When it ends, Unix ms.
    pub expires: Option<u64>,
    /// Visits given.
    pub visits: u64,
    /// The last visit, Unix ms.
    pub last_visit: Option<u64>,
    /// After how many visits it ends.
    pub max_visits: Option<u64>,
    /// Free text.
    pub note: Option<Vec<u8>>,
    /// The URL's MD5, in hex.
    pub md5: [u8; 32],
    /// base-url and code, if a base-url is set.
    pub short_url: Option<Vec<u8>>,
}

/// Whether a link answers, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It answers.
    Active,
    /// Its time is over.
    Expired,
    /// Its visits are used up.
    Exhausted,
}

impl State {
    /// As LINK.INFO shows it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Expired => "expired",
            State::Exhausted => "exhausted",
        }
    }

    fn of(record: &Record<'_>, now: u64) -> State {
        match (record.is_expired(now), record.is_exhausted()) {
            (true, _) => State::Expired,
            (false, true) => State::Exhausted,
            (false, false) => State::Active,
        }
    }
}

impl<S: Store> Engine<'_, S> {
    /// The code that SHORTEN would answer for this URL without making a link.
    ///
    /// # Errors
    /// `WRONGTYPE` or `ERR` if a shard's key holds something else.
    pub fn find(&mut self, url: &[u8]) -> Result<Option<Code>, Error> {
        self.indexed(url, slot::of(url))
    }

    /// All that is known of a link, expired or exhausted ones included; none if the code is malformed or unknown.
    ///
    /// # Errors
    /// As [`Engine::find`].
    pub fn info(&mut self, code: &[u8]) -> Result<Option<LinkInfo>, Error> {
        let (now, settings) = (self.now, self.settings);
        let Some(code) = Code::from_bytes(code) else {
            return Ok(None);
        };
        let Some(record) = self.link(&code)? else {
            return Ok(None);
        };
        let some = |number: u64| (number != 0).then_some(number);
        Ok(Some(LinkInfo {
            md5: digest::md5_hex(&record.url()),
            url: record.url().into_owned(),
            state: State::of(&record, now),
            strategy: record.origin,
            id: if record.origin == Origin::Alias {
                None
            } else {
                code.id()
            },
            created: record.created,
            updated: record.updated,
            expires: some(record.expires),
            visits: record.visits,
            last_visit: some(record.last_visit),
            max_visits: some(record.limit),
            note: (!record.note.is_empty()).then(|| record.note.to_vec()),
            short_url: settings
                .base_url
                .as_ref()
                .map(|base| [base.as_str().as_bytes(), code.as_bytes()].concat()),
        }))
    }

    /// Shows about `count` codes from `cursor` on, and answers the cursor to go on from; 0 begins and ends. A link that is there
    /// from the first call to the last is shown at least once.
    ///
    /// The cursor is a slot and a rank: it means the same in every process, and survives restarts.
    ///
    /// # Errors
    /// As [`Engine::find`].
    pub fn scan(
        &mut self,
        cursor: u64,
        count: usize,
        mut each: impl FnMut(&Code),
    ) -> Result<u64, Error> {
        let mut slot = Slot::try_from(cursor / RANK_LIMIT).unwrap_or(slot::SLOTS);
        let mut rank = cursor % RANK_LIMIT;
        let last = slot.saturating_add(SLOTS_PER_SCAN).min(slot::SLOTS);
        let mut shown = 0_usize;
        let mut seen = None;
        while slot < last {
            if self.store.owns(slot)
                && let Some(shard) = self.store.shard(slot)?
            {
                for (at, code, _) in shard.links().iter_from(rank) {
                    // Codes that share a rank are shown together: a cursor cannot point between them.
                    if shown >= count && seen != Some(at) {
                        return Ok(u64::from(slot).saturating_mul(RANK_LIMIT) | at);
                    }
                    each(&code);
                    shown = shown.saturating_add(1);
                    seen = Some(at);
                }
            }
            (slot, rank, seen) = (slot.saturating_add(1), 0, None);
            if shown >= count {
                break;
            }
        }
        Ok(if slot < slot::SLOTS {
            u64::from(slot).saturating_mul(RANK_LIMIT)
        } else {
            0
        })
    }

    /// How many links this database holds, expired ones that were not reclaimed yet included.
    ///
    /// # Errors
    /// As [`Engine::find`].
    pub fn count(&mut self) -> Result<u64, Error> {
        let mut links = 0_u64;
        for slot in 0..slot::SLOTS {
            if self.store.owns(slot) {
                let here = self.store.shard(slot)?.map_or(0, Shard::link_count);
                links = links.saturating_add(here as u64);
            }
        }
        Ok(links)
    }
}
