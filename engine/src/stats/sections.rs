//! The buffer of one link's statistics: two numbers, then sections.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "sizes and places are those of one link's few thousand bytes, which \
        `VisitStats::is_valid` checks"
)]

use crate::packed::bytes::{Reader, U48_MAX, reserve_class};

use super::dimension::Dimension;

pub(super) const DAYS: usize = 0;
pub(super) const HOURS: usize = 1;
/// The first of the lists, of which each dimension has one.
pub(super) const LISTS: usize = 2;
/// Number of sections with a stored length. The last section, the visitors, ends with the buffer.
pub(super) const SECTIONS: usize = LISTS + Dimension::ALL.len();
/// Bytes before the first section.
pub(super) const HEAD: usize = 12 + 2 * SECTIONS;

/// The buffer.
#[derive(Clone, Default)]
pub(super) struct Sections {
    bytes: Vec<u8>,
}

impl Sections {
    /// Returns empty sections with room for this many bytes more.
    pub(super) fn new(room: usize) -> Sections {
        let mut bytes = Vec::new();
        reserve_class(&mut bytes, HEAD + room);
        bytes.resize(HEAD, 0);
        Sections { bytes }
    }

    /// Returns sections with these bytes, which are not checked.
    pub(super) fn copy_of(bytes: &[u8]) -> Sections {
        let mut copy = Vec::new();
        reserve_class(&mut copy, bytes.len());
        copy.extend_from_slice(bytes);
        Sections { bytes: copy }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    pub(super) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(super) fn number(&self, at: usize) -> u64 {
        self.bytes
            .get(at..)
            .and_then(|rest| Reader::new(rest).u48())
            .unwrap_or(0)
    }

    pub(super) fn set_number(&mut self, at: usize, number: u64) {
        if let Some(place) = self.bytes.get_mut(at..at + 6) {
            place
                .iter_mut()
                .zip(number.min(U48_MAX).to_le_bytes())
                .for_each(|(to, byte)| *to = byte);
        }
    }

    #[inline]
    fn length(&self, section: usize) -> usize {
        let at = 12 + 2 * section;
        let length = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<2>);
        length.map_or(0, |length| usize::from(u16::from_le_bytes(*length)))
    }

    pub(super) fn place(&self, section: usize) -> Section {
        let start = HEAD
            + (0..section)
                .map(|before| self.length(before))
                .sum::<usize>();
        let end = if section == SECTIONS {
            self.bytes.len()
        } else {
            start + self.length(section)
        };
        Section {
            section,
            start,
            end,
        }
    }

    /// Returns the section after `place`. It must have a stored length.
    #[inline]
    pub(super) fn after(&self, place: &Section) -> Section {
        let section = place.section + 1;
        Section {
            section,
            start: place.end,
            end: place.end + self.length(section),
        }
    }

    #[inline]
    pub(super) fn at(&self, place: &Section) -> &[u8] {
        self.bytes.get(place.start..place.end).unwrap_or_default()
    }

    #[inline]
    pub(super) fn at_mut(&mut self, place: &Section) -> &mut [u8] {
        self.bytes
            .get_mut(place.start..place.end)
            .unwrap_or_default()
    }

    pub(super) fn bytes_of(&self, section: usize) -> &[u8] {
        self.at(&self.place(section))
    }

    /// Replaces `cut` bytes of a section by `put`.
    pub(super) fn splice(&mut self, place: &mut Section, at: usize, cut: usize, put: &[u8]) {
        let start = place.start + at;
        if start + cut > place.end {
            return;
        }
        reserve_class(&mut self.bytes, put.len());
        self.bytes.splice(start..start + cut, put.iter().copied());
        place.end = place.end + put.len() - cut;
        let length = u16::try_from(place.end - place.start).unwrap_or(u16::MAX);
        let at = 12 + 2 * place.section;
        if let Some(place) = self.bytes.get_mut(at..at + 2) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }
}

/// The position of a section in the buffer.
pub(super) struct Section {
    section: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}
