//! LINK.FIND, LINK.INFO, LINK.SCAN and LINK.COUNT: what there is to know. Nothing here changes anything.

use crate::code::Code;
use crate::cursor::{self, BUCKET_BITS};
use crate::digest;
use crate::engine::{Engine, Store};
use crate::error::Error;
use crate::record::{Origin, Record};
use crate::shard::Shard;
use crate::slot::{self, Slot};

/// Slots that one LINK.SCAN call looks into at most, so that a call over an almost empty database stays short.
pub(super) const SLOTS_PER_SCAN: Slot = 1024;

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
    /// As LINK.INFO shows it, and VISIT with STATUS.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Expired => "expired",
            State::Exhausted => "exhausted",
        }
    }

    /// The state of a link.
    pub(crate) fn of(record: &Record<'_>, now: u64) -> State {
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
    /// The cursor is a slot and a bucket of ranks, see [`cursor`]: it means the same in every process, and survives restarts.
    ///
    /// # Errors
    /// `ERR` for a cursor that no scan gives. As [`Engine::find`].
    pub fn scan(
        &mut self,
        cursor: u64,
        count: usize,
        mut each: impl FnMut(&Code),
    ) -> Result<u64, Error> {
        let (mut slot, mut bucket) = cursor::read(cursor)?;
        let last = slot.saturating_add(SLOTS_PER_SCAN).min(slot::SLOTS);
        let mut left = count;
        while slot < last && left > 0 {
            if self.store.owns(slot)
                && let Some(shard) = self.store.shard(slot)?
            {
                let links = shard.links().iter_from(bucket << BUCKET_BITS);
                let codes = links.map(|(rank, code, _)| (rank, code));
                let (shown, next) = cursor::show(codes, BUCKET_BITS, left, &mut each);
                if let Some(next) = next {
                    return Ok(cursor::write(slot, next));
                }
                left = left.saturating_sub(shown);
            }
            (slot, bucket) = (slot.saturating_add(1), 0);
        }
        Ok(cursor::write(slot, 0))
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
