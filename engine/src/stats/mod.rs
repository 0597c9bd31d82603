//! What is counted of a link's visits, packed in one buffer of about 4 KiB at most.
//!
//! ```text
//! bots     6 bytes   visits of bots so far
//! first    6 bytes   the first visit, Unix ms
//! lengths  2 bytes for each section but the last
//! sections days and hours ([`series`]), a list for each [`Dimension`] ([`top`]), the visitors ([`sketch`])
//! ```
//! Detail is about people: a bot adds to `bots` alone. Counting the same visits in the same order gives the same bytes, so that
//! master and replica can be compared byte by byte.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "sizes and places are those of one link's few thousand bytes, which `is_sound` vouches for"
)]

mod dimension;
mod series;
pub(crate) mod sketch;
mod top;

use crate::bytes::{Reader, make_room};
use crate::record::MAX_COUNT;

pub use dimension::Dimension;
pub(crate) use series::{MAX_DAYS, MAX_HOURS};
pub(crate) use top::{as_name, is_name};

/// One visit, as it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Visit<'a> {
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
pub(crate) struct Stats {
    bytes: Vec<u8>,
}

const DAYS: usize = 0;
const HOURS: usize = 1;
const LISTS: usize = 2;
const SECTIONS: usize = LISTS + Dimension::ALL.len();
const HEAD: usize = 12 + 2 * SECTIONS;

pub(crate) const HOUR_MS: u64 = 3_600_000;
pub(crate) const DAY_MS: u64 = 24 * HOUR_MS;

impl Stats {
    pub(crate) fn new() -> Stats {
        let mut bytes = Vec::new();
        make_room(&mut bytes, HEAD + series::ROW);
        bytes.resize(HEAD, 0);
        Stats { bytes }
    }

    /// Takes over what [`Stats::as_bytes`] gave; none if it never did.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Stats> {
        let mut copy = Vec::new();
        make_room(&mut copy, bytes.len());
        copy.extend_from_slice(bytes);
        Some(Stats { bytes: copy }).filter(Stats::is_sound)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of memory held beside the struct itself.
    pub(crate) fn heap(&self) -> usize {
        self.bytes.capacity()
    }

    pub(crate) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Whether a visit is surely counted without asking for memory.
    pub(crate) fn has_room(&self, visit: &Visit<'_>) -> bool {
        let known = visit.names.iter().filter(|name| !name.is_empty());
        let names: usize = known.map(|name| top::HEAD + top::ROW + name.len()).sum();
        let visitor = match visit.visitor {
            Some(_) => sketch::growth(self.section(SECTIONS)),
            None => 0,
        };
        let days = self.place(DAYS);
        let hours = self.after(&days);
        let rows = series::growth(self.at(&days), visit.time / DAY_MS)
            + series::growth(self.at(&hours), visit.time / HOUR_MS);
        self.bytes.capacity() - self.bytes.len() >= names + visitor + rows
    }

    /// Visits of bots.
    pub(crate) fn bots(&self) -> u64 {
        self.number(0)
    }

    pub(crate) fn set_bots(&mut self, bots: u64) {
        self.set_number(0, bots);
    }

    /// The first visit, Unix ms; 0: none.
    pub(crate) fn first(&self) -> u64 {
        self.number(6)
    }

    /// Notes when a visit was, for the first one's sake.
    pub(crate) fn note_time(&mut self, time: u64) {
        if self.first() == 0 || time < self.first() {
            self.set_number(6, time);
        }
    }

    /// Forgets days and hours that begin after this moment, Unix ms.
    #[cold]
    pub(crate) fn forget_after(&mut self, time: u64) {
        for (section, unit) in [(DAYS, DAY_MS), (HOURS, HOUR_MS)] {
            let mut place = self.place(section);
            series::forget_after(self, &mut place, time / unit);
        }
    }

    /// Counts a person's visit in all its detail.
    pub(crate) fn add(&mut self, visit: &Visit<'_>) {
        let mut place = self.place(DAYS);
        series::count(self, &mut place, visit.time / DAY_MS, visit.days);
        place = self.after(&place);
        series::count(self, &mut place, visit.time / HOUR_MS, visit.hours);
        if visit.visitor.is_none() && visit.names.iter().all(|name| name.is_empty()) {
            return;
        }
        for (dimension, name) in Dimension::ALL.into_iter().zip(visit.names) {
            place = self.after(&place);
            if !name.is_empty() {
                top::count(self, &mut place, name, dimension.budget());
            }
        }
        if let Some(token) = visit.visitor {
            sketch::insert(&mut self.bytes, place.end, token);
        }
    }

    /// How many different visitors there were, about: the standard error is that of [`sketch`].
    pub(crate) fn visitors(&self) -> u64 {
        sketch::estimate(self.section(SECTIONS))
    }

    /// When days begin and how many visits they had, in order of time.
    pub(crate) fn days(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        series::rows(self.section(DAYS)).map(|(day, count)| (day * DAY_MS, count))
    }

    /// When hours begin and how many visits they had, in order of time.
    pub(crate) fn hours(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        series::rows(self.section(HOURS)).map(|(hour, count)| (hour * HOUR_MS, count))
    }

    /// The most frequent names of a dimension.
    pub(crate) fn top(&self, dimension: Dimension) -> top::Top<'_> {
        top::Top::read(self.section(LISTS + dimension as usize))
    }

    /// Whether [`Stats::add`] could have built this: what a payload from outside must satisfy.
    fn is_sound(&self) -> bool {
        self.bytes.len() >= HEAD
            && self.place(SECTIONS).start <= self.bytes.len()
            && self.bots() <= MAX_COUNT
            && series::is_sound(self.section(DAYS), MAX_DAYS)
            && series::is_sound(self.section(HOURS), MAX_HOURS)
            && Dimension::ALL.into_iter().all(|dimension| {
                top::is_sound(self.section(LISTS + dimension as usize), dimension.budget())
            })
            && sketch::is_sound(self.section(SECTIONS))
    }

    fn number(&self, at: usize) -> u64 {
        self.bytes
            .get(at..)
            .and_then(|rest| Reader::new(rest).u48())
            .unwrap_or(0)
    }

    fn set_number(&mut self, at: usize, number: u64) {
        if let Some(place) = self.bytes.get_mut(at..at + 6) {
            place
                .iter_mut()
                .zip(number.min(MAX_COUNT).to_le_bytes())
                .for_each(|(to, byte)| *to = byte);
        }
    }

    #[inline]
    fn length(&self, section: usize) -> usize {
        let at = 12 + 2 * section;
        let length = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<2>);
        length.map_or(0, |length| usize::from(u16::from_le_bytes(*length)))
    }

    fn place(&self, section: usize) -> Place {
        let start = HEAD
            + (0..section)
                .map(|before| self.length(before))
                .sum::<usize>();
        let end = if section == SECTIONS {
            self.bytes.len()
        } else {
            start + self.length(section)
        };
        Place {
            section,
            start,
            end,
        }
    }

    /// The place of the section behind one that has a length.
    #[inline]
    fn after(&self, place: &Place) -> Place {
        let section = place.section + 1;
        Place {
            section,
            start: place.end,
            end: place.end + self.length(section),
        }
    }

    #[inline]
    fn at(&self, place: &Place) -> &[u8] {
        self.bytes.get(place.start..place.end).unwrap_or_default()
    }

    #[inline]
    fn at_mut(&mut self, place: &Place) -> &mut [u8] {
        self.bytes
            .get_mut(place.start..place.end)
            .unwrap_or_default()
    }

    fn section(&self, section: usize) -> &[u8] {
        self.at(&self.place(section))
    }

    /// Puts `put` in the place of `cut` bytes of a section.
    fn splice(&mut self, place: &mut Place, at: usize, cut: usize, put: &[u8]) {
        let start = place.start + at;
        if start + cut > place.end {
            return;
        }
        make_room(&mut self.bytes, put.len());
        self.bytes.splice(start..start + cut, put.iter().copied());
        place.end = place.end + put.len() - cut;
        let length = u16::try_from(place.end - place.start).unwrap_or(u16::MAX);
        let at = 12 + 2 * place.section;
        if let Some(place) = self.bytes.get_mut(at..at + 2) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }
}

/// Where a section stands.
struct Place {
    section: usize,
    start: usize,
    end: usize,
}

#[cfg(test)]
#[allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used
)]
mod tests;
