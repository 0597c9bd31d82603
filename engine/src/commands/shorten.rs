//! SHORTEN: returns a code for a URL.

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

/// Maximum number of rounds of the hash strategy. Only crafted URLs need more than two.
const ROUNDS: u64 = 1000;

/// The arguments of SHORTEN.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShortenRequest<'a> {
    /// The destination.
    pub url: &'a [u8],
    /// The requested code.
    pub alias: Option<&'a [u8]>,
    /// How to create the code. `None` for the setting.
    pub strategy: Option<Strategy>,
    /// Whether to create a link even if the URL has one.
    pub new: bool,
    /// When the link expires.
    pub expiry: Option<Expiry>,
    /// Maximum number of visits, at least 1.
    pub max_visits: Option<u64>,
    /// A note of at most [`MAX_NOTE`] bytes.
    pub note: Option<&'a [u8]>,
}

impl ShortenRequest<'_> {
    /// Returns whether the code of an existing link may be returned.
    fn takes_existing(&self) -> bool {
        !self.new
            && self.alias.is_none()
            && self.expiry.is_none()
            && self.max_visits.is_none()
            && self.note.is_none()
    }
}

/// The reply of SHORTEN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortened {
    /// The code of a link to the URL.
    pub code: Code,
    /// Whether the call created the link. If not, the link existed before.
    pub created: bool,
}

impl Shortened {
    /// Returns `created` or `existing`, the status that SHORTEN with STATUS shows.
    #[must_use]
    pub fn status(&self) -> &'static str {
        if self.created { "created" } else { "existing" }
    }
}

impl<S: Store> Engine<'_, S> {
    /// Returns the code of [`Engine::shorten_with_status`].
    ///
    /// # Errors
    /// See [`Engine::shorten_with_status`].
    pub fn shorten(&mut self, request: &ShortenRequest<'_>) -> Result<Code, Error> {
        self.shorten_with_status(request)
            .map(|shortened| shortened.code)
    }

    /// Returns the code of a link to the URL: the indexed one, unless the request needs a link of
    /// its own, or else a new one's.
    ///
    /// # Errors
    /// `BADURL`, `BADCODE`, `CODETAKEN`; `ERR` if an expiry, a limit or a note is out of bounds, or
    /// if there is no code left.
    pub fn shorten_with_status(
        &mut self,
        request: &ShortenRequest<'_>,
    ) -> Result<Shortened, Error> {
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
            return Ok(Shortened {
                code,
                created: false,
            });
        }
        self.settings.url.check(url)?;
        let (code, origin) = self.allocate_code(request, url_slot)?;
        let slot = code.slot();
        let permanent = expires == 0 && request.max_visits.is_none() && note.is_empty();
        // The first link keeps the entry. Besides NEW, an empty note needs a link of its own too.
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
            // `allocate_code` skips codes with a link, but an alias can be the code of an expired
            // link.
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
        Ok(Shortened {
            code,
            created: true,
        })
    }

    /// Returns the code of a new link to a URL of `url_slot`.
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
            // Called for its errors: a pool that cannot be read must refuse the link before
            // anything is changed.
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

    /// Returns the counter's next free code.
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

    /// Returns the next free code of a slot: above every code that the counter issued there, on
    /// this server or on one from which the data was imported.
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

    /// Returns the number at which a counter without state continues: above every number that any
    /// shard knows to have been issued.
    fn recover_counter(&mut self) -> u64 {
        let mut above = 0;
        let slots = if self.store.may_have_issued_numbers() {
            slot::SLOTS
        } else {
            0
        };
        for slot in 0..slots {
            // A key of another type has no numbers. Commands that need that shard report the error.
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

    /// Returns the first free code of the URL's MD5, in as many rounds as that takes.
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
        "the counter is exhausted: all codes of up to 8 Base62 digits have been issued; use \
         STRATEGY HASH or POOL",
    )
}

/// Checks the length of a note.
///
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
