//! What is counted of a link's visits, packed in one buffer of about 4 KiB at most.
//!
//! ```text
//! bots     6 bytes   visits of bots so far
//! first    6 bytes   the first visit, Unix ms
//! lengths  2 bytes for each section but the last
//! sections days and hours ([`series`]), a list for each [`Dimension`] ([`top`]), the visitors ([`sketch`])
//! ```
//! VisitDetail is about people: a bot adds to `bots` alone. Counting the same visits in the same order gives the same bytes, so that
//! master and replica can be compared byte by byte.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "sizes and places are those of one link's few thousand bytes, which `is_valid` vouches for"
)]

use crate::packed::bytes::U48_MAX;

use super::dimension::Dimension;
use super::sections::{DAYS, HEAD, HOURS, LISTS, SECTIONS, Sections};
use super::series::{self, MAX_DAYS, MAX_HOURS};
use super::{sketch, top};

/// One visit, as it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VisitSample<'a> {
    /// Unix ms.
    pub(crate) time: u64,
    pub(crate) bot: bool,
    /// For how many days and hours visits are counted by day and hour.
    pub(crate) days: u16,
    pub(crate) hours: u16,
    /// The visitor, as [`sketch::token`] makes it of a client id.
    pub(crate) visitor: Option<u32>,
    /// A name for each [`Dimension`]; empty: unknown.
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

    /// Takes over what [`VisitStats::as_bytes`] gave; none if it never did.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<VisitStats> {
        let sections = Sections::copy_of(bytes);
        Some(VisitStats { sections }).filter(VisitStats::is_valid)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.sections.as_bytes()
    }

    /// Bytes of memory held beside the struct itself.
    pub(crate) fn heap_size(&self) -> usize {
        self.sections.capacity()
    }

    pub(crate) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        self.sections.buffer_mut()
    }

    /// Whether a visit is surely counted without asking for memory.
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

    /// Visits of bots.
    pub(crate) fn bots(&self) -> u64 {
        self.sections.number(0)
    }

    pub(crate) fn set_bots(&mut self, bots: u64) {
        self.sections.set_number(0, bots);
    }

    /// The first visit, Unix ms; 0: none.
    pub(crate) fn first(&self) -> u64 {
        self.sections.number(6)
    }

    /// Notes when a visit was, for the first one's sake.
    pub(crate) fn note_time(&mut self, time: u64) {
        if self.first() == 0 || time < self.first() {
            self.sections.set_number(6, time);
        }
    }

    /// Forgets days and hours that begin after this moment, Unix ms.
    #[cold]
    pub(crate) fn forget_after(&mut self, time: u64) {
        for (section, unit) in [(DAYS, DAY_MS), (HOURS, HOUR_MS)] {
            let mut place = self.sections.place(section);
            series::forget_after(&mut self.sections, &mut place, time / unit);
        }
    }

    /// Counts a person's visit in all its detail.
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

    /// How many different visitors there were, about: the standard error is that of [`sketch`].
    pub(crate) fn visitors(&self) -> u64 {
        sketch::estimate(self.sections.bytes_of(SECTIONS))
    }

    /// When days begin and how many visits they had, in order of time.
    pub(crate) fn days(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        series::rows(self.sections.bytes_of(DAYS)).map(|(day, count)| (day * DAY_MS, count))
    }

    /// When hours begin and how many visits they had, in order of time.
    pub(crate) fn hours(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        series::rows(self.sections.bytes_of(HOURS)).map(|(hour, count)| (hour * HOUR_MS, count))
    }

    /// The most frequent names of a dimension.
    pub(crate) fn top(&self, dimension: Dimension) -> top::Top<'_> {
        top::Top::read(self.sections.bytes_of(LISTS + dimension as usize))
    }

    /// Whether [`VisitStats::add`] could have built this: what a payload from outside must satisfy.
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
