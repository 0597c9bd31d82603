//! RESOLVE and VISIT: where a code leads.

use rand::RngExt as _;

use crate::code::Code;
use crate::counting::MAX_SKEW;
use crate::effect::Effect;
use crate::engine::{Change, Engine, Store};
use crate::error::Error;
use crate::ops::State;
use crate::packing::UrlBuffer;
use crate::record::MAX_COUNT;
use crate::settings::Settings;
use crate::stats::{self, sketch};
use crate::visitor::{Said, Salt, Seen};

/// What VISIT was asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visit<'a> {
    /// Which link.
    pub code: &'a [u8],
    /// What the caller says of the visitor.
    pub said: Said<'a>,
    /// When the visit was, Unix ms, if not now.
    pub at: Option<u64>,
}

impl Visit<'_> {
    /// When it was, Unix ms. Whatever the clock shows, an effect can carry it.
    fn time(&self, now: u64) -> Result<u64, Error> {
        let latest = now.saturating_add(MAX_SKEW).min(MAX_COUNT);
        match self.at {
            None => Ok(now.clamp(1, MAX_COUNT)),
            Some(at) if (1..=latest).contains(&at) => Ok(at),
            Some(at) => Err(Error::other(format!(
                "AT must be a Unix time in milliseconds, from 1 on and at most {} s ahead of the \
                 server's clock, which shows {now}: '{at}'",
                MAX_SKEW / 1000
            ))),
        }
    }
}

/// A visit that was counted.
#[derive(Clone, Debug)]
pub struct Visited {
    /// When it was, Unix ms.
    pub time: u64,
    /// What is kept of it; none if nothing was said.
    pub seen: Option<Seen>,
}

/// What became of a visit.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a box would be an allocation for every visit"
)]
pub enum Outcome {
    /// It was counted, and got the destination.
    Counted(Visited),
    /// The code is malformed, or there is no link.
    Unknown,
    /// The link does not answer, because of this state.
    Ended(State),
}

impl Outcome {
    /// The visit, if it was counted.
    #[inline]
    #[must_use]
    pub fn visited(&self) -> Option<&Visited> {
        match self {
            Outcome::Counted(visited) => Some(visited),
            Outcome::Unknown | Outcome::Ended(_) => None,
        }
    }

    /// `active`, `unknown`, `expired` or `exhausted`, as VISIT with STATUS shows it. A link that is
    /// both expired and exhausted is expired, as in LINK.INFO.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self {
            Outcome::Counted(_) => State::Active.as_str(),
            Outcome::Unknown => "unknown",
            Outcome::Ended(state) => state.as_str(),
        }
    }
}

impl<S: Store> Engine<'_, S> {
    /// Hands `reply` the destination of a code, or none if it is malformed, unknown, expired or exhausted. Changes nothing.
    ///
    /// # Errors
    /// `WRONGTYPE` or `ERR` if the shard's key holds something else; `reply` is not called then.
    #[inline]
    pub fn resolve<R>(
        &mut self,
        code: &[u8],
        reply: impl FnOnce(Option<&[u8]>) -> R,
    ) -> Result<R, Error> {
        let now = self.now;
        let Some(code) = Code::from_bytes(code) else {
            return Ok(reply(None));
        };
        let record = self.link(&code)?;
        Ok(match record.filter(|record| record.answers(now)) {
            Some(record) => record.with_url(|url| reply(Some(url))),
            None => reply(None),
        })
    }

    /// Counts a visit and puts the destination into `url`. `url` stays as it is, and nothing is
    /// counted, if the code is malformed, unknown, expired or exhausted. With a limit of n, the n-th visit of a person
    /// is the last that gets the destination.
    ///
    /// `see` makes of what was said, and of the salt for client ids, what is kept; it is called only if the link answers and anything was said.
    ///
    /// # Errors
    /// `ERR` for a time or a country that makes no sense; `WRONGTYPE` or `ERR` if the shard's key
    /// holds something else. Nothing is counted then.
    #[inline]
    pub fn visit(
        &mut self,
        request: &Visit<'_>,
        see: impl FnOnce(&Salt) -> Seen,
        url: &mut UrlBuffer,
    ) -> Result<Outcome, Error> {
        let now = self.now;
        let time = request.time(now)?;
        request.said.check()?;
        let Some(code) = Code::from_bytes(request.code) else {
            return Ok(Outcome::Unknown);
        };
        let slot = code.slot();
        let Some(shard) = self.store.in_place(slot)? else {
            return Ok(Outcome::Unknown);
        };
        let Some((record, location)) = shard.links().locate(&code) else {
            return Ok(Outcome::Unknown);
        };
        if !record.answers(now) {
            return Ok(Outcome::Ended(State::of(&record, now)));
        }
        // Counting may move the record, and the caller answers only when all is done.
        record.copy_url(url);
        let link = shard.counted(&record, location);
        let mut salt = None;
        let seen = (!request.said.is_nothing()).then(|| {
            let drawn = (shard.salt == Salt::default()).then(|| rand::rng().random::<Salt>());
            let seen = see(&drawn.unwrap_or(shard.salt));
            salt = drawn.filter(|_| seen.client_id.is_some());
            seen
        });
        let visit = counted(time, seen.as_ref(), self.settings);
        let bot = visit.bot;
        let has_room = shard.has_room(&link, &visit);
        let totals_alone = !has_room && !self.store.may_grow();
        let effect = link.and(code, visit, now, totals_alone, salt);
        // Looked up once: between `locate` and here nothing has changed.
        let shard = if has_room {
            self.store.in_place(slot)
        } else {
            self.store.existing_mut(slot)
        };
        let exhausted = shard?.is_some_and(|shard| shard.count_at(&link, &effect));
        self.send(slot, &Effect::Visit(effect));
        let unreadable = seen.as_ref().is_some_and(|seen| seen.unreadable_ip);
        self.counters.count_visit(bot, unreadable);
        if exhausted {
            self.store.changed(&code, Change::Exhausted);
        }
        Ok(Outcome::Counted(Visited { time, seen }))
    }
}

/// What the statistics count of a visit.
fn counted<'a>(time: u64, seen: Option<&'a Seen>, settings: &Settings) -> stats::Visit<'a> {
    let mut visit = stats::Visit {
        time,
        bot: seen.is_some_and(|seen| seen.agent.bot),
        days: settings.visit_days,
        hours: settings.visit_hours,
        ..stats::Visit::default()
    };
    if let Some(seen) = seen.filter(|seen| !seen.agent.bot) {
        visit.names = names(seen);
        visit.visitor = seen.client_id.map(|id| sketch::token(first_word(&id)));
    }
    visit
}

/// What the lists count, in the order of [`stats::Dimension::ALL`].
fn names(seen: &Seen) -> [&[u8]; 8] {
    let (place, agent) = (&seen.place, &*seen.agent);
    [
        &place.country,
        &place.province,
        &place.city,
        &place.isp,
        &agent.browser,
        &agent.os,
        &agent.device,
        &seen.referer_host,
    ]
    .map(|name| stats::as_name(name))
}

/// The first eight bytes of a client id: a hash as good as any.
fn first_word(id: &[u8; 20]) -> u64 {
    id.first_chunk::<8>()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
