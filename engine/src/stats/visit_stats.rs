//! The statistics of one link, packed in one buffer of at most about 4 KiB.
//!
//! ```text
//! bots     6 bytes   visits of bots
//! first    6 bytes   the first visit, Unix ms
//! lengths  2 bytes for each section but the last
//! sections days and hours (series.rs), a list for each dimension (top.rs),
//!          the visitors (sketch.rs)
//! ```
//!
//! Details are counted for humans only. A bot increments `bots` and nothing else. Counting the same
//! visits in the same order gives the same bytes, so master and replica can be compared byte by
//! byte.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "sizes and places are those of one link's few thousand bytes, which `is_valid` \
        checks"
)]

use crate::packed::bytes::U48_MAX;

use super::dimension::Dimension;
use super::sections::{DAYS, HEAD, HOURS, LISTS, SECTIONS, Sections};
use super::series::{self, MAX_DAYS, MAX_HOURS};
use super::{sketch, top};

/// One visit as it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VisitSample<'a> {
    /// Unix milliseconds.
    pub(crate) time: u64,
    pub(crate) bot: bool,
    /// Number of days and of hours for which visits are counted by day and by hour.
    pub(crate) days: u16,
    pub(crate) hours: u16,
    /// The visitor: the [`sketch::token`] of the client id.
    pub(crate) visitor: Option<u32>,
    /// A name for each [`Dimension`]. Empty if unknown.
    pub(crate) names: [&'a [u8]; 8],
}

/// The statistics of one link.
#[derive(Clone, Default)]
pub(crate) struct VisitStats {
    sections: Sections,
}

pub(crate) const HOUR_MS: u64 = 3_600_000;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;

impl VisitStats {
    pub(crate) fn new() -> VisitStats {
        VisitStats {
            sections: Sections::new(series::ROW),
        }
    }

    /// Copies what [`VisitStats::as_bytes`] returned. Returns `None` if it cannot have returned
    /// these bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<VisitStats> {
        let sections = Sections::copy_of(bytes);
        Some(VisitStats { sections }).filter(VisitStats::is_valid)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.sections.as_bytes()
    }

    /// Returns the heap memory, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        self.sections.capacity()
    }

    pub(crate) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        self.sections.buffer_mut()
    }

    /// Returns whether a visit can be counted for sure without an allocation.
    pub(crate) fn has_room(&self, visit: &VisitSample<'_>) -> bool {
        let known = visit.names.iter().filter(|name| !name.is_empty());
        let names: usize = known.map(|name| top::HEAD + top::ROW + name.len()).sum();
        let visitor = match visit.visitor {
            Some(_) => sketch::growth(self.sections.bytes_of(SECTIONS)),
            None => 0,
        };
        let sections = &self.sections;
        let days = sections.place(DAYS);
        let hours = sections.after(&days);
        let rows = series::growth(sections.at(&days), visit.time / DAY_MS)
            + series::growth(sections.at(&hours), visit.time / HOUR_MS);
        sections.capacity() - sections.as_bytes().len() >= names + visitor + rows
    }

    /// Returns the number of visits of bots.
    pub(crate) fn bots(&self) -> u64 {
        self.sections.number(0)
    }

    pub(crate) fn set_bots(&mut self, bots: u64) {
        self.sections.set_number(0, bots);
    }

    /// Returns the time of the first visit in Unix milliseconds, or 0 if there was none.
    pub(crate) fn first(&self) -> u64 {
        self.sections.number(6)
    }

    /// Updates the time of the first visit.
    pub(crate) fn note_time(&mut self, time: u64) {
        if self.first() == 0 || time < self.first() {
            self.sections.set_number(6, time);
        }
    }

    /// Removes the days and hours that begin after this time, in Unix milliseconds.
    #[cold]
    pub(crate) fn forget_after(&mut self, time: u64) {
        for (section, unit) in [(DAYS, DAY_MS), (HOURS, HOUR_MS)] {
            let mut place = self.sections.place(section);
            series::forget_after(&mut self.sections, &mut place, time / unit);
        }
    }

    /// Counts a human's visit in all dimensions.
    pub(crate) fn add(&mut self, visit: &VisitSample<'_>) {
        let sections = &mut self.sections;
        let mut place = sections.place(DAYS);
        series::count(sections, &mut place, visit.time / DAY_MS, visit.days);
        place = sections.after(&place);
        series::count(sections, &mut place, visit.time / HOUR_MS, visit.hours);
        if visit.visitor.is_none() && visit.names.iter().all(|name| name.is_empty()) {
            return;
        }
        for (dimension, name) in Dimension::ALL.into_iter().zip(visit.names) {
            place = sections.after(&place);
            if !name.is_empty() {
                top::count(sections, &mut place, name, dimension.budget());
            }
        }
        if let Some(token) = visit.visitor {
            sketch::insert(sections.buffer_mut(), place.end, token);
        }
    }

    /// Returns the estimated number of different visitors. [`sketch`] has the standard error.
    pub(crate) fn visitors(&self) -> u64 {
        sketch::estimate(self.sections.bytes_of(SECTIONS))
    }

    /// Returns the beginnings of days and their numbers of visits, in order of time.
    pub(crate) fn days(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        series::rows(self.sections.bytes_of(DAYS)).map(|(day, count)| (day * DAY_MS, count))
    }

    /// Returns the beginnings of hours and their numbers of visits, in order of time.
    pub(crate) fn hours(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        series::rows(self.sections.bytes_of(HOURS)).map(|(hour, count)| (hour * HOUR_MS, count))
    }

    /// Returns the most frequent names of a dimension.
    pub(crate) fn top(&self, dimension: Dimension) -> top::Top<'_> {
        top::Top::read(self.sections.bytes_of(LISTS + dimension as usize))
    }

    /// Returns whether [`VisitStats::add`] could have built these statistics. Statistics of
    /// untrusted payloads must pass.
    fn is_valid(&self) -> bool {
        self.as_bytes().len() >= HEAD
            && self.sections.place(SECTIONS).start <= self.as_bytes().len()
            && self.bots() <= U48_MAX
            && series::is_valid(self.sections.bytes_of(DAYS), MAX_DAYS)
            && series::is_valid(self.sections.bytes_of(HOURS), MAX_HOURS)
            && Dimension::ALL.into_iter().all(|dimension| {
                top::is_valid(
                    self.sections.bytes_of(LISTS + dimension as usize),
                    dimension.budget(),
                )
            })
            && sketch::is_valid(self.sections.bytes_of(SECTIONS))
    }
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]
mod tests;
