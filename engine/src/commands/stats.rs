//! LINK.STATS: returns the statistics of a link.

use crate::code::Code;
use crate::commands::engine::Engine;
use crate::commands::store::Store;
use crate::error::Error;
use crate::stats::{DAY_MS, Dimension, HOUR_MS, VisitStats};

/// The arguments of LINK.STATS.
#[derive(Clone, Copy, Debug, Default)]
pub struct StatsRequest<'a> {
    /// The code.
    pub code: &'a [u8],
    /// What the visits are grouped by.
    pub by: Option<GroupBy>,
    /// Start of the period, Unix ms, inclusive. Days and hours that overlap the period are
    /// returned.
    pub from: Option<u64>,
    /// End of the period, Unix ms, inclusive.
    pub to: Option<u64>,
    /// Maximum number of rows. The largest rows are returned.
    pub top: Option<usize>,
}

/// What visits are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// Days in UTC.
    Day,
    /// Hours.
    Hour,
    /// The names of a dimension.
    Name(Dimension),
}

impl GroupBy {
    /// All groupings, in the order in which they are listed.
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

    /// Returns the name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Name(dimension) => dimension.as_str(),
        }
    }

    /// Returns the grouping of this name, in any case. `province` is a synonym of `region`.
    #[must_use]
    pub fn parse(name: &[u8]) -> Option<Self> {
        let is = |known: &str| known.as_bytes().eq_ignore_ascii_case(name);
        if is(Dimension::REGION_SYNONYM) {
            return Some(Self::Name(Dimension::Region));
        }
        Self::ALL.into_iter().find(|by| is(by.as_str()))
    }
}

/// The reply of LINK.STATS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitReport {
    /// Visits by humans. MAXVISITS limits these.
    pub humans: u64,
    /// Visits by bots.
    pub bots: u64,
    /// Estimated number of different visitors.
    pub visitors: u64,
    /// Time of the first visit, Unix ms. `None` if there was none, or none since it is recorded.
    pub first_visit: Option<u64>,
    /// Time of the last visit, Unix ms.
    pub last_visit: Option<u64>,
    /// The grouped visits, if requested.
    pub rows: Option<StatsRows>,
}

/// Visits by humans, grouped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatsRows {
    /// Beginnings of days or hours, Unix ms, and their numbers of visits. In order of time, or with
    /// TOP the largest first.
    Times(Vec<(u64, u64)>),
    /// The names of a dimension.
    Names {
        /// Names and their numbers of visits, the most frequent first, then in the order of names.
        rows: Vec<(Vec<u8>, u64)>,
        /// Visits without a known name.
        unknown: u64,
        /// Maximum difference between a count and the true one, and maximum number of visits of a
        /// name that is not listed.
        max_error: u64,
    },
}

impl<S: Store> Engine<'_, S> {
    /// Returns a link's statistics, even if the link has expired or is exhausted. Returns `None` if
    /// the code is malformed or unknown. The cost does not depend on the number of visits.
    ///
    /// # Errors
    /// `ERR` for FROM or TO with names. See also [`Engine::find`].
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

/// Returns the rows, each `length` ms long, that overlap the requested period.
fn times(
    rows: impl Iterator<Item = (u64, u64)>,
    length: u64,
    request: &StatsRequest<'_>,
) -> StatsRows {
    let (from, to) = (request.from.unwrap_or(0), request.to.unwrap_or(u64::MAX));
    let overlaps = |begin: u64| from <= to && from < begin.saturating_add(length) && begin <= to;
    let mut rows: Vec<_> = rows.filter(|row| overlaps(row.0)).collect();
    if let Some(top) = request.top {
        rows.sort_by_key(|row| (std::cmp::Reverse(row.1), row.0));
        rows.truncate(top);
    }
    StatsRows::Times(rows)
}
