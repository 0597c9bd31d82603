//! RESOLVE and VISIT: return the destination of a code.

use rand::RngExt as _;

use crate::code::Code;
use crate::commands::count_visit::MAX_SKEW;
use crate::commands::engine::Engine;
use crate::commands::query::LinkState;
use crate::commands::store::{Change, Store};
use crate::effect::Effect;
use crate::error::Error;
use crate::packed::fsst::UrlBuffer;
use crate::settings::Settings;
use crate::shard::MAX_COUNT;
use crate::stats::{self, sketch};
use crate::visitor::{Salt, Visitor, VisitorHints};

/// The arguments of VISIT.
#[derive(Clone, Copy, Debug, Default)]
pub struct VisitRequest<'a> {
    /// The code.
    pub code: &'a [u8],
    /// What the client says about the visitor.
    pub hints: VisitorHints<'a>,
    /// The time of the visit, Unix ms. `None` for now.
    pub at: Option<u64>,
}

impl VisitRequest<'_> {
    /// Returns the time of the visit, Unix ms, within the bounds of effects.
    fn time(&self, now: u64) -> Result<u64, Error> {
        let latest = now.saturating_add(MAX_SKEW).min(MAX_COUNT);
        match self.at {
            None => Ok(now.clamp(1, MAX_COUNT)),
            Some(at) if (1..=latest).contains(&at) => Ok(at),
            Some(at) => Err(Error::other(format!(
                "AT must be a Unix time in milliseconds, at least 1 and at most {} s ahead of the \
                 server's clock, {now}, got '{at}'",
                MAX_SKEW / 1000
            ))),
        }
    }
}

/// A visit that was counted.
#[derive(Clone, Debug)]
pub struct Visited {
    /// Its time, Unix ms.
    pub time: u64,
    /// What is kept of the visitor. `None` if there were no hints.
    pub visitor: Option<Visitor>,
}

/// The reply of VISIT.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "a box would be an allocation for every visit"
)]
pub enum VisitOutcome {
    /// The link resolves, and the visit was counted.
    Counted(Visited),
    /// The code is malformed, or there is no link.
    Unknown,
    /// The link does not resolve, because it is expired or exhausted.
    Ended(LinkState),
}

impl VisitOutcome {
    /// Returns the visit if it was counted.
    #[inline]
    #[must_use]
    pub fn visited(&self) -> Option<&Visited> {
        match self {
            VisitOutcome::Counted(visited) => Some(visited),
            VisitOutcome::Unknown | VisitOutcome::Ended(_) => None,
        }
    }

    /// Returns `active`, `unknown`, `expired` or `exhausted`, the status that VISIT with STATUS
    /// shows. A link that is both expired and exhausted is `expired`, as in LINK.INFO.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self {
            VisitOutcome::Counted(_) => LinkState::Active.as_str(),
            VisitOutcome::Unknown => "unknown",
            VisitOutcome::Ended(state) => state.as_str(),
        }
    }
}

impl<S: Store> Engine<'_, S> {
    /// Calls `reply` with the destination of a code, or with `None` if the code is malformed,
    /// unknown, expired or exhausted. Changes nothing.
    ///
    /// # Errors
    /// `WRONGTYPE` or `ERR` if the shard's key holds something else. `reply` is not called.
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

    /// Counts a visit and copies the destination to `url`. If the code is malformed, unknown,
    /// expired or exhausted, nothing is counted and `url` is unchanged. With a limit of n, the n-th
    /// visit by a human is the last one that gets the destination.
    ///
    /// `classify` receives the salt of client ids and returns what is kept of the visitor. It is
    /// called only if the link resolves and there are hints.
    ///
    /// # Errors
    /// `ERR` if the time or the country is invalid; `WRONGTYPE` or `ERR` if the shard's key holds
    /// something else. Nothing is counted.
    #[inline]
    pub fn visit(
        &mut self,
        request: &VisitRequest<'_>,
        classify: impl FnOnce(&Salt) -> Visitor,
        url: &mut UrlBuffer,
    ) -> Result<VisitOutcome, Error> {
        let now = self.now;
        let time = request.time(now)?;
        request.hints.check()?;
        let Some(code) = Code::from_bytes(request.code) else {
            return Ok(VisitOutcome::Unknown);
        };
        let slot = code.slot();
        let Some(shard) = self.store.get_mut(slot)? else {
            return Ok(VisitOutcome::Unknown);
        };
        let Some((record, location)) = shard.links().locate(&code) else {
            return Ok(VisitOutcome::Unknown);
        };
        if !record.answers(now) {
            return Ok(VisitOutcome::Ended(LinkState::of(&record, now)));
        }
        // Counting can move the record, and the command replies after it is done.
        record.copy_url(url);
        let link = shard.counted(&record, location);
        let mut salt = None;
        let visitor = (!request.hints.is_nothing()).then(|| {
            let drawn = (shard.salt == Salt::default()).then(|| rand::rng().random::<Salt>());
            let visitor = classify(&drawn.unwrap_or(shard.salt));
            salt = drawn.filter(|_| visitor.client_id.is_some());
            visitor
        });
        let visit = counted(time, visitor.as_ref(), self.settings);
        let bot = visit.bot;
        let has_room = shard.has_room(&link, &visit);
        let totals_alone = !has_room && !self.store.has_memory();
        let effect = link.next_counts(code, visit, now, totals_alone, salt);
        // The link is where `locate` found it, because nothing has changed since.
        let shard = self.store.get_mut(slot)?;
        let exhausted = shard.is_some_and(|shard| shard.count_at(&link, &effect));
        self.replicate(slot, &Effect::Visit(effect));
        let unreadable = visitor
            .as_ref()
            .is_some_and(|visitor| visitor.unreadable_ip);
        self.counters.count_visit(bot, unreadable);
        if exhausted {
            self.store.notify(&code, Change::Exhausted);
        }
        Ok(VisitOutcome::Counted(Visited { time, visitor }))
    }
}

/// Returns the visit as the statistics count it.
fn counted<'a>(
    time: u64,
    visitor: Option<&'a Visitor>,
    settings: &Settings,
) -> stats::VisitSample<'a> {
    let mut visit = stats::VisitSample {
        time,
        bot: visitor.is_some_and(|visitor| visitor.agent.bot),
        days: settings.visit_days,
        hours: settings.visit_hours,
        ..stats::VisitSample::default()
    };
    if let Some(visitor) = visitor.filter(|visitor| !visitor.agent.bot) {
        visit.names = names(visitor);
        visit.visitor = visitor.client_id.map(|id| sketch::token(first_word(&id)));
    }
    visit
}

/// Returns the names of the dimensions, in the order of [`stats::Dimension::ALL`].
fn names(visitor: &Visitor) -> [&[u8]; 8] {
    let (location, agent) = (&visitor.location, &*visitor.agent);
    [
        &location.country,
        &location.region,
        &location.city,
        &location.isp,
        &agent.browser,
        &agent.os,
        &agent.device,
        &visitor.referer_host,
    ]
    .map(|name| stats::as_name(name))
}

/// Returns the first eight bytes of a client id, which are a hash themselves.
fn first_word(id: &[u8; 20]) -> u64 {
    id.first_chunk::<8>()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
