//! Counting visits, in the same way on the master and wherever the effect is applied.

use crate::code::Code;
use crate::effect::{VisitDetail, VisitEffect};
use crate::shard::Location;
use crate::shard::Shard;
use crate::shard::{MAX_COUNT, Record};
use crate::stats::{self, VisitStats};
use crate::visitor::Salt;

/// Maximum time by which a client's clock may be ahead of the server's, in ms.
pub(crate) const MAX_SKEW: u64 = 5 * 60 * 1000;

/// Maximum time by which a stored last visit may be ahead of the server's clock, in ms. The clocks
/// of a master and of the replica that replaces it can differ by some minutes.
const MAX_AHEAD: u64 = 60 * 60 * 1000;

const _: () = assert!(MAX_SKEW < MAX_AHEAD);

/// The beginning of 2016, Unix ms. No server loads modules before that year. A clock that shows an
/// earlier time was reset, and the stored times are right.
const CREDIBLE: u64 = 1_451_606_400_000;

/// A link to be counted, as it was located.
#[derive(Clone, Copy)]
pub(crate) struct VisitTarget {
    location: Location,
    details: u32,
    limit: u64,
    /// Visits by humans so far.
    visits: u64,
    /// Visits by bots so far.
    bots: u64,
    last_visit: u64,
}

impl VisitTarget {
    /// Returns the effect of one more visit. `now` is the server's clock.
    ///
    /// A last visit in the far future was counted while the clock was wrong. No row of days or
    /// hours is later than the last visit, so the last visit tells whether there are such rows too.
    /// The master decides this. The effect says what to remove.
    pub(crate) fn next_counts<'a>(
        &self,
        code: Code,
        visit: stats::VisitSample<'a>,
        now: u64,
        totals_alone: bool,
        salt: Option<Salt>,
    ) -> VisitEffect<'a> {
        let one_more =
            |count: u64, counts: bool| count.saturating_add(u64::from(counts)).min(MAX_COUNT);
        let latest = now.saturating_add(MAX_AHEAD);
        let is_ahead = self.last_visit > latest && now >= CREDIBLE;
        VisitEffect {
            code,
            visits: one_more(self.visits, !visit.bot),
            last_visit: if is_ahead {
                visit.time
            } else {
                self.last_visit.max(visit.time)
            },
            detail: Some(VisitDetail {
                bots: one_more(self.bots, visit.bot),
                totals_alone,
                salt,
                // Not `latest`: no row may be later than the new last visit.
                forget_after: is_ahead.then_some(now.max(visit.time)),
                visit,
            }),
        }
    }
}

impl Shard {
    /// Returns what counting a visit needs to know of a link.
    pub(crate) fn counted(&self, record: &Record<'_>, location: Location) -> VisitTarget {
        VisitTarget {
            location,
            details: record.details,
            limit: record.limit,
            visits: record.visits,
            bots: self.stats_of(record).map_or(0, VisitStats::bots),
            last_visit: record.last_visit,
        }
    }

    /// Returns whether a visit can be counted in all detail, for sure, without an allocation.
    pub(crate) fn has_room(&self, link: &VisitTarget, visit: &stats::VisitSample<'_>) -> bool {
        let stats = self.details().get(link.details);
        stats.is_some_and(|stats| stats.has_room(visit))
    }

    /// Counts a visit. Returns whether it used up the link's last visit.
    pub(crate) fn count(&mut self, visit: &VisitEffect<'_>) -> bool {
        let Some((record, location)) = self.links().locate(&visit.code) else {
            return false;
        };
        let link = self.counted(&record, location);
        self.count_at(&link, visit)
    }

    /// Counts a visit of a link that was just located, as [`Shard::count`] does.
    pub(crate) fn count_at(&mut self, link: &VisitTarget, visit: &VisitEffect<'_>) -> bool {
        let details = match &visit.detail {
            Some(_) if link.details == 0 => {
                self.edit_details(|details| details.add(VisitStats::new()).unwrap_or(0))
            }
            _ => link.details,
        };
        let counts = (visit.visits, visit.last_visit);
        let in_place = details == link.details
            && self.update_counts(link.location, visit.visits, visit.last_visit);
        if !in_place {
            self.edit_links(|links| links.add_counts(&visit.code, counts, details));
        }
        if let Some(detail) = &visit.detail {
            // Counts are absolute. A visit that increases none was counted before.
            let total = visit.visits.saturating_add(detail.bots);
            let is_new = total > link.visits.saturating_add(link.bots);
            self.edit_details(|all| {
                all.edit(details, |stats| {
                    stats.set_bots(detail.bots);
                    if let Some(time) = detail.forget_after.filter(|_| is_new) {
                        stats.forget_after(time);
                    }
                    stats.note_time(detail.visit.time);
                    if is_new && !detail.visit.bot && !detail.totals_alone {
                        stats.add(&detail.visit);
                    }
                });
            });
            self.salt = detail.salt.unwrap_or(self.salt);
        }
        link.limit != 0 && link.limit == visit.visits && link.visits < link.limit
    }
}
