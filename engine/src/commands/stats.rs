//! LINK.STATS: what was counted of a link's visits.

use crate::code::Code;
use crate::commands::engine::Engine;
use crate::commands::store::Store;
use crate::error::Error;
use crate::stats::{DAY_MS, Dimension, HOUR_MS, VisitStats};

/// What LINK.STATS was asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatsRequest<'a> {
    /// Which link.
    pub code: &'a [u8],
    /// What the visits are to be told apart by.
    pub by: Option<GroupBy>,
    /// From when on, Unix ms, included: only days or hours that have a moment from then on.
    pub from: Option<u64>,
    /// Until when, Unix ms, included: only days or hours that have a moment until then.
    pub to: Option<u64>,
    /// How many rows at most, the largest.
    pub top: Option<usize>,
}

/// What visits are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// Days of UTC.
    Day,
    /// Hours.
    Hour,
    /// Names.
    Name(Dimension),
}

impl GroupBy {
    /// All of them, as they are listed to people.
    pub const ALL: [Self; 2 + Dimension::ALL.len()] = {
        let [country, region, city, isp, browser, os, device, referer] = Dimension::ALL;
        [
            Self::Day,
            Self::Hour,
            Self::Name(country),
            Self::Name(region),
            Self::Name(city),
            Self::Name(isp),
            Self::Name(browser),
            Self::Name(os),
            Self::Name(device),
            Self::Name(referer),
        ]
    };

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Name(dimension) => dimension.as_str(),
        }
    }

    /// The one of this name, in any case. `province` is accepted for `region`.
    #[must_use]
    pub fn parse(name: &[u8]) -> Option<Self> {
        let is = |known: &str| known.as_bytes().eq_ignore_ascii_case(name);
        if is(Dimension::REGION_SYNONYM) {
            return Some(Self::Name(Dimension::Region));
        }
        Self::ALL.into_iter().find(|by| is(by.as_str()))
    }
}

/// What LINK.STATS answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitReport {
    /// Visits of people: those that count towards MAXVISITS.
    pub humans: u64,
    /// Visits of bots.
    pub bots: u64,
    /// Different visitors, about.
    pub visitors: u64,
    /// The first visit, Unix ms; none if there was none, or none since it is noted.
    pub first_visit: Option<u64>,
    /// The last visit, Unix ms.
    pub last_visit: Option<u64>,
    /// The visits told apart, if that was asked.
    pub rows: Option<StatsRows>,
}

/// Visits of people told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatsRows {
    /// When days or hours begin, Unix ms, and how many visits they had: in order of time, or with TOP the largest first.
    Times(Vec<(u64, u64)>),
    /// Names.
    Names {
        /// Names and how many visits had them, the most frequent first, then in order.
        rows: Vec<(Vec<u8>, u64)>,
        /// Visits of which nobody knows the name.
        unknown: u64,
        /// How far a count may be above the truth, and how often a name that is not here may have come.
        max_error: u64,
    },
}

impl<S: Store> Engine<'_, S> {
    /// What was counted of a link's visits, expired or exhausted links included; none if the code is malformed or unknown. The cost does not
    /// depend on how many visits there were.
    ///
    /// # Errors
    /// As [`Engine::find`]; `ERR` for FROM or TO with names, which have no time.
    pub fn stats(&mut self, request: &StatsRequest<'_>) -> Result<Option<VisitReport>, Error> {
        let bounded = request.from.is_some() || request.to.is_some();
        if bounded && !matches!(request.by, Some(GroupBy::Day | GroupBy::Hour)) {
            return Err(Error::other("FROM and TO require BY day or BY hour"));
        }
        let Some(code) = Code::from_bytes(request.code) else {
            return Ok(None);
        };
        let Some(shard) = self.store.get(code.slot())? else {
            return Ok(None);
        };
        let Some(record) = shard.get(&code) else {
            return Ok(None);
        };
        let some = |time: u64| (time != 0).then_some(time);
        let none = VisitStats::default();
        let stats = shard.stats_of(&record).unwrap_or(&none);
        Ok(Some(VisitReport {
            humans: record.visits,
            bots: stats.bots(),
            visitors: stats.visitors(),
            first_visit: some(stats.first()),
            last_visit: some(record.last_visit),
            rows: request.by.map(|by| rows(stats, by, record.visits, request)),
        }))
    }
}

fn rows(stats: &VisitStats, by: GroupBy, humans: u64, request: &StatsRequest<'_>) -> StatsRows {
    match by {
        GroupBy::Day => times(stats.days(), DAY_MS, request),
        GroupBy::Hour => times(stats.hours(), HOUR_MS, request),
        GroupBy::Name(dimension) => {
            let list = stats.top(dimension);
            let mut rows: Vec<_> = list
                .rows()
                .map(|(name, count)| (name.to_vec(), count))
                .collect();
            rows.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
            rows.truncate(request.top.unwrap_or(usize::MAX));
            StatsRows::Names {
                rows,
                unknown: humans.saturating_sub(list.known),
                max_error: list.floor,
            }
        }
    }
}

/// The rows, each `length` ms long, that share a moment with what was asked for.
fn times(
    rows: impl Iterator<Item = (u64, u64)>,
    length: u64,
    request: &StatsRequest<'_>,
) -> StatsRows {
    let (from, to) = (request.from.unwrap_or(0), request.to.unwrap_or(u64::MAX));
    let is_asked_for =
        |begin: u64| from <= to && from < begin.saturating_add(length) && begin <= to;
    let mut rows: Vec<_> = rows.filter(|row| is_asked_for(row.0)).collect();
    if let Some(top) = request.top {
        rows.sort_by_key(|row| (std::cmp::Reverse(row.1), row.0));
        rows.truncate(top);
    }
    StatsRows::Times(rows)
}
