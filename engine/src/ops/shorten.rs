//! SHORTEN: a code for a URL.

use crate::address;
use crate::aligned;
use crate::base62;
use crate::code::Code;
use crate::digest;
use crate::effect::Put;
use crate::engine::{ALLOCATOR, Engine, Store};
use crate::error::Error;
use crate::expiry::Expiry;
use crate::ops::Known;
use crate::ops::index::Lookup;
use crate::record::{MAX_NOTE, Origin, Record};
use crate::settings::Strategy;
use crate::slot::{self, Slot};

/// Rounds of the hash strategy after which it gives up. No honest URL gets beyond the second.
const ROUNDS: u64 = 1000;

/// What SHORTEN was asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shorten<'a> {
    /// The destination.
    pub url: &'a [u8],
    /// The code wanted.
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

impl Shorten<'_> {
    /// Whether the link may be one that exists already.
    fn takes_existing(&self) -> bool {
        !self.new
            && self.alias.is_none()
            && self.expiry.is_none()
            && self.max_visits.is_none()
            && self.note.is_none()
    }
}

/// What SHORTEN answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortened {
    /// The code of a link to the URL.
    pub code: Code,
    /// Whether the call made the link. If not, the link existed before.
    pub created: bool,
}

impl Shortened {
    /// `created` or `existing`, as SHORTEN with STATUS shows it.
    #[must_use]
    pub fn status(&self) -> &'static str {
        if self.created { "created" } else { "existing" }
    }
}

impl<S: Store> Engine<'_, S> {
    /// The code alone of [`Engine::shorten_with_status`].
    ///
    /// # Errors
    /// As [`Engine::shorten_with_status`].
    pub fn shorten(&mut self, request: &Shorten<'_>) -> Result<Code, Error> {
        self.shorten_with_status(request)
            .map(|shortened| shortened.code)
    }

    /// The code of a link to the URL: the indexed one, if nothing in the request asks for a link of its own, else a new one's.
    ///
    /// # Errors
    /// `BADURL`, `BADCODE`, `CODETAKEN`; `ERR` for an expiry, a limit or a note out of bounds, or when no code is left.
    pub fn shorten_with_status(&mut self, request: &Shorten<'_>) -> Result<Shortened, Error> {
        let url = request.url;
        let home = slot::of(url);
        let expires = request
            .expiry
            .map_or(Ok(0), |expiry| expiry.resolve(self.now, "shorten"))?;
        if request.max_visits == Some(0) {
            return Err(Error::other("MAXVISITS must be at least 1"));
        }
        let note = check_note(request.note.unwrap_or_default())?;
        let looked_up = if request.takes_existing() {
            self.look_up(url, home)?
        } else {
            Lookup::default()
        };
        if let Some(code) = looked_up.found {
            return Ok(Shortened {
                code,
                created: false,
            });
        }
        address::check(url, self.settings)?;
        let (code, origin) = self.choose(request, home)?;
        let slot = code.slot();
        let permanent = expires == 0 && request.max_visits.is_none() && note.is_empty();
        // The first link keeps the entry. NEW is not alone in passing by it: so does an empty note.
        let indexed = origin != Origin::Alias
            && permanent
            && (request.takes_existing() || self.look_up(url, home)?.found.is_none());
        let limit = request.max_visits.unwrap_or(0);
        let record = Record {
            indexed,
            expires,
            limit,
            note,
            ..Record::new(origin, url, self.now)
        };
        let seed = if indexed {
            self.seed_for(home, slot)?
        } else {
            None
        };
        let known = Known {
            url_slot: Some(home),
            absent: looked_up.absent,
            // `choose` steps over every code that has a link, but an alias may be that of an expired one.
            is_new: origin != Origin::Alias,
        };
        self.commit_put(
            Put {
                code,
                record,
                by_set: false,
                seed,
            },
            known,
        )?;
        self.counters.count_made(origin);
        Ok(Shortened {
            code,
            created: true,
        })
    }

    /// The code of a new link to a URL of slot `home`.
    fn choose(&mut self, request: &Shorten<'_>, home: Slot) -> Result<(Code, Origin), Error> {
        if let Some(alias) = request.alias {
            let code = Code::parse(alias)?;
            if self.index_of(home, code.slot()).is_none() {
                return Err(Error::cross_slot(format!(
                    "the alias and the URL lie on different slots of the cluster: use LINK.SET {code} url"
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
                Ok((self.next_in(home)?, Origin::Counter))
            }
            Strategy::Counter => Ok((self.next_number()?, Origin::Counter)),
            Strategy::Hash => Ok((self.hashed(request.url, home)?, Origin::Hash)),
            Strategy::Pool => Ok((self.drawn(home)?, Origin::Pool)),
        }
    }

    /// The counter's next code that nobody holds.
    fn next_number(&mut self) -> Result<Code, Error> {
        let known = self
            .store
            .shard(ALLOCATOR)?
            .map_or(0, |shard| shard.allocator().next_id);
        let first = if known == 0 {
            self.number_to_go_on_from()
        } else {
            known
        };
        let numbers = |id| Some((id, Code::from_id(id)?));
        self.first_free(first, numbers)?.ok_or_else(exhausted)
    }

    /// The next code of a slot's walk that nobody holds: above every number the counter ever gave there, here or on a server this
    /// data was imported from.
    fn next_in(&mut self, slot: Slot) -> Result<Code, Error> {
        let first = self
            .store
            .shard(slot)?
            .map_or(0, |shard| shard.allocator().above_issued);
        let walk = |rank| {
            let code = aligned::next(slot, rank)?;
            Some((code.rank(), code))
        };
        self.first_free(first, walk)?.ok_or_else(exhausted)
    }

    /// Where a counter without memory begins: above every number that any shard remembers to have been given.
    fn number_to_go_on_from(&mut self) -> u64 {
        let mut above = 0;
        let slots = if self.store.may_remember_numbers() {
            slot::SLOTS
        } else {
            0
        };
        for slot in 0..slots {
            // A key that is no shard remembers no number; whoever needs that very shard is told what is wrong with it.
            let issued = self
                .store
                .shard(slot)
                .ok()
                .flatten()
                .map(|shard| shard.allocator().above_issued);
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
    fn hashed(&mut self, url: &[u8], home: Slot) -> Result<Code, Error> {
        let digests = digest::Rounds::of(url);
        for round in 0..ROUNDS {
            let hash = digests.fold(round);
            let aligned = if self.store.is_cluster() {
                aligned::code_of_hash(hash, home)
            } else {
                None
            };
            let code = aligned.unwrap_or_else(|| Code::eight(hash));
            if !self.is_occupied(&code)? {
                return Ok(code);
            }
            self.counters.count_collision();
        }
        Err(Error::other(format!(
            "the hash strategy found no free code in {ROUNDS} rounds: use STRATEGY COUNTER or POOL"
        )))
    }
}

fn exhausted() -> Error {
    Error::other(
        "the counter is exhausted: every number of 8 Base62 digits was given; use STRATEGY HASH or POOL",
    )
}

/// # Errors
/// `ERR` if the note is longer than [`MAX_NOTE`] bytes.
pub(crate) fn check_note(note: &[u8]) -> Result<&[u8], Error> {
    if note.len() <= MAX_NOTE {
        return Ok(note);
    }
    Err(Error::other(format!(
        "the note has {} bytes: at most {MAX_NOTE} are kept",
        note.len()
    )))
}
