//! SHORTEN: a code for a URL.

use crate::code::Code;
use crate::code::base62;
use crate::code::md5;
use crate::code::slot::{self, Slot};
use crate::code::slot_codes;
use crate::commands::apply::PutHints;
use crate::commands::engine::{ALLOCATOR, Engine};
use crate::commands::expiry::Expiry;
use crate::commands::index::Lookup;
use crate::commands::store::Store;
use crate::effect::Put;
use crate::error::Error;
use crate::settings::Strategy;
use crate::shard::{MAX_NOTE, Origin, Record};

/// Rounds of the hash strategy after which it gives up. No honest URL gets beyond the second.
const ROUNDS: u64 = 1000;

/// What SHORTEN was asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShortenRequest<'a> {
    /// The destination.
    pub url: &'a [u8],
    /// The code auto_refill.
    pub alias: Option<&'a [u8]>,
    /// How to make the code, if not as the settings say.
    pub strategy: Option<Strategy>,
    /// Whether to make a link even if the URL has one.
    pub new: bool,
    /// When the link ends.
    pub expiry: Option<Expiry>,
    /// After how many visits it ends; at least 1.
    pub max_visits: Option<u64>,
    /// Free text, at most [`MAX_NOTE`] bytes.
    pub note: Option<&'a [u8]>,
}

impl ShortenRequest<'_> {
    /// Whether the link may be one that exists already.
    fn takes_existing(&self) -> bool {
        !self.new
            && self.alias.is_none()
            && self.expiry.is_none()
            && self.max_visits.is_none()
            && self.note.is_none()
    }
}

impl<S: Store> Engine<'_, S> {
    /// The code of a link to the URL: the indexed one, if nothing in the request asks for a link of its own, else a new one's.
    ///
    /// # Errors
    /// `BADURL`, `BADCODE`, `CODETAKEN`; `ERR` for an expiry, a limit or a note out of bounds, or when no code is left.
    pub fn shorten(&mut self, request: &ShortenRequest<'_>) -> Result<Code, Error> {
        let url = request.url;
        let url_slot = slot::of(url);
        let expires = request
            .expiry
            .map_or(Ok(0), |expiry| expiry.resolve(self.now, "shorten"))?;
        if request.max_visits == Some(0) {
            return Err(Error::other("MAXVISITS must be at least 1"));
        }
        let note = check_note(request.note.unwrap_or_default())?;
        let looked_up = if request.takes_existing() {
            self.lookup(url, url_slot)?
        } else {
            Lookup::default()
        };
        if let Some(code) = looked_up.found {
            return Ok(code);
        }
        self.settings.url.check(url)?;
        let (code, origin) = self.allocate_code(request, url_slot)?;
        let slot = code.slot();
        let permanent = expires == 0 && request.max_visits.is_none() && note.is_empty();
        // The first link keeps the entry. NEW is not alone in passing by it: so does an empty note.
        let indexed = origin != Origin::Alias
            && permanent
            && (request.takes_existing() || self.lookup(url, url_slot)?.found.is_none());
        let limit = request.max_visits.unwrap_or(0);
        let record = Record {
            indexed,
            expires,
            limit,
            note,
            ..Record::new(origin, url, self.now)
        };
        let seed = if indexed {
            self.seed_for(url_slot, slot)?
        } else {
            None
        };
        let known = PutHints {
            url_slot: Some(url_slot),
            absent: looked_up.absent,
            // `choose` steps over every code that has a link, but an alias may be that of an expired one.
            is_new: origin != Origin::Alias,
        };
        self.put_and_replicate(
            Put {
                code,
                record,
                by_set: false,
                seed,
            },
            known,
        )?;
        self.counters.count_created(origin);
        Ok(code)
    }

    /// The code of a new link to a URL of slot `url_slot`.
    fn allocate_code(
        &mut self,
        request: &ShortenRequest<'_>,
        url_slot: Slot,
    ) -> Result<(Code, Origin), Error> {
        if let Some(alias) = request.alias {
            let code = Code::parse(alias)?;
            if self.index_of(url_slot, code.slot()).is_none() {
                return Err(Error::cross_slot(format!(
                    "alias and URL belong to different hash slots; use LINK.SET {code} url"
                )));
            }
            // Not for its answer: a pool that cannot be read must refuse the link before anything is changed.
            self.is_reserved(&code)?;
            return if self.is_free(&code)? {
                Ok((code, Origin::Alias))
            } else {
                Err(Error::code_taken(alias))
            };
        }
        match request.strategy.unwrap_or(self.settings.strategy) {
            Strategy::Counter if self.store.is_cluster() => {
                Ok((self.next_aligned_code(url_slot)?, Origin::Counter))
            }
            Strategy::Counter => Ok((self.next_counter_code()?, Origin::Counter)),
            Strategy::Hash => Ok((self.hash_code(request.url, url_slot)?, Origin::Hash)),
            Strategy::Pool => Ok((self.pool_code(url_slot)?, Origin::Pool)),
        }
    }

    /// The counter's next code that nobody holds.
    fn next_counter_code(&mut self) -> Result<Code, Error> {
        let known = self
            .store
            .get(ALLOCATOR)?
            .map_or(0, |shard| shard.allocator().next_counter);
        let first = if known == 0 {
            self.recover_counter()
        } else {
            known
        };
        let numbers = |id| Some((id, Code::from_id(id)?));
        self.first_free(first, numbers)?.ok_or_else(exhausted)
    }

    /// The next code of a slot's walk that nobody holds: above every number the counter ever gave there, here or on a server this
    /// data was imported from.
    fn next_aligned_code(&mut self, slot: Slot) -> Result<Code, Error> {
        let first = self
            .store
            .get(slot)?
            .map_or(0, |shard| shard.allocator().issued_rank_bound);
        let walk = |rank| {
            let code = slot_codes::next_code_in_slot(slot, rank)?;
            Some((code.rank(), code))
        };
        self.first_free(first, walk)?.ok_or_else(exhausted)
    }

    /// Where a counter without memory begins: above every number that any shard remembers to have been given.
    fn recover_counter(&mut self) -> u64 {
        let mut above = 0;
        let slots = if self.store.may_have_issued_numbers() {
            slot::SLOTS
        } else {
            0
        };
        for slot in 0..slots {
            // A key that is no shard remembers no number; whoever needs that very shard is told what is wrong with it.
            let issued = self
                .store
                .get(slot)
                .ok()
                .flatten()
                .map(|shard| shard.allocator().issued_rank_bound);
            above = above.max(issued.unwrap_or(0));
        }
        let next = if above == 0 {
            0
        } else {
            Code::id_from_rank(above).unwrap_or(base62::LIMIT)
        };
        next.max(self.settings.counter_start)
    }

    /// The code that the URL's MD5 gives, in the first round that gives a free one.
    fn hash_code(&mut self, url: &[u8], url_slot: Slot) -> Result<Code, Error> {
        let digests = md5::Rounds::of(url);
        for round in 0..ROUNDS {
            let hash = digests.fold(round);
            let aligned = if self.store.is_cluster() {
                slot_codes::code_of_hash(hash, url_slot)
            } else {
                None
            };
            let code = aligned.unwrap_or_else(|| Code::from_hash(hash));
            if !self.is_occupied(&code)? {
                return Ok(code);
            }
            self.counters.count_collision();
        }
        Err(Error::other(format!(
            "the hash strategy found no free code in {ROUNDS} rounds; use STRATEGY COUNTER or POOL"
        )))
    }
}

fn exhausted() -> Error {
    Error::other(
        "the counter is exhausted: all codes of up to 8 Base62 digits have been issued; use STRATEGY HASH or POOL",
    )
}

/// # Errors
/// `ERR` if the note is longer than [`MAX_NOTE`] bytes.
pub(crate) fn check_note(note: &[u8]) -> Result<&[u8], Error> {
    if note.len() <= MAX_NOTE {
        return Ok(note);
    }
    Err(Error::other(format!(
        "note has {} bytes, but the limit is {MAX_NOTE}",
        note.len()
    )))
}
