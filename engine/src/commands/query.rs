//! The commands that read: LINK.FIND, LINK.INFO, LINK.SCAN and LINK.COUNT.

use crate::code::Code;
use crate::code::md5;
use crate::code::slot::{self, Slot};
use crate::commands::cursor::{self, BUCKET_BITS};
use crate::commands::engine::Engine;
use crate::commands::store::Store;
use crate::error::Error;
use crate::shard::Shard;
use crate::shard::{Origin, Record};

/// Maximum number of slots that a LINK.SCAN call visits, so that a call on an almost empty database
/// stays short.
pub(super) const SLOTS_PER_SCAN: Slot = 1024;

/// The reply of LINK.INFO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkInfo {
    /// The destination.
    pub url: Vec<u8>,
    /// Whether it resolves.
    pub state: LinkState,
    /// How its code was created.
    pub strategy: Origin,
    /// The number of its code. `None` for an alias.
    pub id: Option<u64>,
    /// When it was created, Unix ms.
    pub created: u64,
    /// When a client last changed it, Unix ms.
    pub updated: u64,
    /// When it expires, Unix ms.
    pub expires: Option<u64>,
    /// Number of visits by humans.
    pub visits: u64,
    /// Time of the last visit, Unix ms.
    pub last_visit: Option<u64>,
    /// Maximum number of visits.
    pub max_visits: Option<u64>,
    /// The note.
    pub note: Option<Vec<u8>>,
    /// The URL's MD5, in hex.
    pub md5: [u8; 32],
    /// base-url and code, if base-url is set.
    pub short_url: Option<Vec<u8>>,
}

/// Whether a link resolves, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// The link resolves.
    Active,
    /// The link has expired.
    Expired,
    /// The link's visits are used up.
    Exhausted,
}

impl LinkState {
    /// Returns the name that LINK.INFO and VISIT with STATUS show.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LinkState::Active => "active",
            LinkState::Expired => "expired",
            LinkState::Exhausted => "exhausted",
        }
    }

    /// Returns the state of a link at a Unix time in ms.
    pub(super) fn of(record: &Record<'_>, now: u64) -> LinkState {
        match (record.is_expired(now), record.is_exhausted()) {
            (true, _) => LinkState::Expired,
            (false, true) => LinkState::Exhausted,
            (false, false) => LinkState::Active,
        }
    }
}

impl<S: Store> Engine<'_, S> {
    /// Returns the code that SHORTEN returns for this URL without creating a link.
    ///
    /// # Errors
    /// `WRONGTYPE` or `ERR` if a shard's key holds something else.
    pub fn find(&mut self, url: &[u8]) -> Result<Option<Code>, Error> {
        self.indexed_code(url, slot::of(url))
    }

    /// Returns the details of a link, even if it has expired or is exhausted. Returns `None` if the
    /// code is malformed or unknown.
    ///
    /// # Errors
    /// See [`Engine::find`].
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
            md5: md5::md5_hex(&record.url()),
            url: record.url().into_owned(),
            state: LinkState::of(&record, now),
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
                .url
                .base_url
                .as_ref()
                .map(|base| [base.as_str().as_bytes(), code.as_bytes()].concat()),
        }))
    }

    /// Passes about `count` codes from `cursor` on to `each`. Returns the cursor to continue from.
    /// 0 is the beginning and the end. A link that exists from the first call to the last is
    /// returned at least once.
    ///
    /// The cursor is a slot and a bucket of ranks. It means the same in every
    /// process and stays valid across restarts.
    ///
    /// # Errors
    /// `ERR` if no scan returns this cursor. See also [`Engine::find`].
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
            if self.store.owns_slot(slot)
                && let Some(shard) = self.store.get(slot)?
            {
                let links = shard.links().iter_from(bucket << BUCKET_BITS);
                let codes = links.map(|(rank, code, _)| (rank, code));
                let (returned, next) = cursor::page(codes, BUCKET_BITS, left, &mut each);
                if let Some(next) = next {
                    return Ok(cursor::write(slot, next));
                }
                left = left.saturating_sub(returned);
            }
            (slot, bucket) = (slot.saturating_add(1), 0);
        }
        Ok(cursor::write(slot, 0))
    }

    /// Returns the number of links of this database, including expired ones that are not reclaimed
    /// yet.
    ///
    /// # Errors
    /// See [`Engine::find`].
    pub fn count(&mut self) -> Result<u64, Error> {
        let mut links = 0_u64;
        for slot in 0..slot::SLOTS {
            if self.store.owns_slot(slot) {
                let here = self.store.get(slot)?.map_or(0, Shard::link_count);
                links = links.saturating_add(here as u64);
            }
        }
        Ok(links)
    }
}
