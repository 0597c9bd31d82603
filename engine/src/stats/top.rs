//! The most frequent names of one dimension, in bounded memory: Space-Saving (Metwally, Agrawal, El
//! Abbadi 2005).
//!
//! ```text
//! known  4 bytes   visits with a known name
//! floor  4 bytes   the highest count of a name that was removed
//! rows   count (4 bytes), length of the name (1 byte), the name; the most frequent first
//! ```
//!
//! A name that does not fit replaces the least frequent ones. Its count starts at one more than
//! `floor`. So a count is never below the true one and at most `floor` above it. A name that is not
//! in the list occurred at most `floor` times.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "sizes and places are those of one link's few thousand bytes"
)]

use crate::packed::bytes::Reader;

use super::sections::{Section, Sections};

/// Maximum length of a name, in bytes.
pub(super) const MAX_NAME: usize = 40;
/// Bytes before the rows.
pub(super) const HEAD: usize = 8;
/// Bytes of a row besides its name.
pub(super) const ROW: usize = 5;

/// Returns whether these bytes are a valid name. Names of untrusted payloads must pass.
pub(crate) fn is_name(name: &[u8]) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && std::str::from_utf8(name).is_ok_and(|name| !name.contains(char::is_control))
}

/// Returns the beginning of a text that fits into a name. Returns an empty name if the text is not
/// valid as one.
pub(crate) fn as_name(text: &str) -> &[u8] {
    if text.is_empty() {
        return b"";
    }
    // No early exit, so that many bytes are compared at once.
    let is_odd = |odd: bool, byte: u8| odd | !(b' '..=b'~').contains(&byte);
    if text.len() <= MAX_NAME && !text.bytes().fold(false, is_odd) {
        return text.as_bytes();
    }
    let most = text.len().min(MAX_NAME);
    let end = (0..=most).rev().find(|&end| text.is_char_boundary(end));
    let name = text.get(..end.unwrap_or(0)).unwrap_or_default();
    if is_name(name.as_bytes()) {
        name.as_bytes()
    } else {
        b""
    }
}

/// A list as it is read.
#[derive(Clone, Copy)]
pub(crate) struct Top<'a> {
    /// Visits with a known name.
    pub(crate) known: u64,
    /// Maximum difference between a count and the true one.
    pub(crate) floor: u64,
    rows: &'a [u8],
}

impl<'a> Top<'a> {
    pub(super) fn read(section: &'a [u8]) -> Top<'a> {
        Top {
            known: u64::from(number(section, 0)),
            floor: u64::from(number(section, 4)),
            rows: section.get(HEAD..).unwrap_or_default(),
        }
    }

    /// Returns names and their counts, the most frequent first.
    pub(crate) fn rows(self) -> impl Iterator<Item = (&'a [u8], u64)> {
        TopRows {
            rows: self.rows,
            at: 0,
        }
        .map(|row| (row.name, u64::from(row.count)))
    }
}

/// Counts a name, for which [`is_name`] holds, in a list of at most `budget` bytes.
pub(super) fn count(sections: &mut Sections, place: &mut Section, name: &[u8], budget: usize) {
    if sections.at(place).is_empty() {
        sections.splice(place, 0, 0, &[0; HEAD]);
    }
    let list = sections.at_mut(place);
    set_number(list, 0, number(list, 0).saturating_add(1));
    match find(list, name) {
        Some((at, above)) => bump(list, at, above),
        None => insert_name(sections, place, name, budget),
    }
}

/// Returns whether [`count`] could have built the section.
pub(super) fn is_valid(section: &[u8], budget: usize) -> bool {
    let rows = || TopRows {
        rows: section.get(HEAD..).unwrap_or_default(),
        at: 0,
    };
    let read: usize = rows().map(|row| ROW + row.name.len()).sum();
    let ordered = rows()
        .zip(rows().skip(1))
        .all(|(one, next)| one.count >= next.count);
    let distinct = rows()
        .enumerate()
        .all(|(at, row)| rows().take(at).all(|other| other.name != row.name));
    section.is_empty()
        || (section.len() <= budget
            && section.len() == HEAD + read
            && rows().all(|row| is_name(row.name))
            && ordered
            && distinct)
}

struct TopRow<'a> {
    at: usize,
    count: u32,
    name: &'a [u8],
}

/// Iterates over the rows. `at` is relative to the first row.
struct TopRows<'a> {
    rows: &'a [u8],
    at: usize,
}

impl<'a> Iterator for TopRows<'a> {
    type Item = TopRow<'a>;

    #[inline]
    fn next(&mut self) -> Option<TopRow<'a>> {
        let mut reader = Reader::new(self.rows.get(self.at..)?);
        let count = u32::from_le_bytes(reader.array()?);
        let length = usize::from(reader.byte()?);
        let row = TopRow {
            at: self.at,
            count,
            name: reader.take(length)?,
        };
        self.at += ROW + length;
        Some(row)
    }
}

/// Returns where a name's row begins in the section, and where it moves when it is counted: to the
/// first row with the same count.
#[inline]
fn find(section: &[u8], name: &[u8]) -> Option<(usize, usize)> {
    let rows = TopRows {
        rows: section.get(HEAD..)?,
        at: 0,
    };
    let mut first_of_count = (u32::MAX, 0);
    for row in rows {
        let at = HEAD + row.at;
        if row.count != first_of_count.0 {
            first_of_count = (row.count, at);
        }
        if row.name == name {
            return Some((at, first_of_count.1));
        }
    }
    None
}

/// Adds one to the count of the row at `at`, and moves the row before the one at `above`, which
/// keeps the order.
fn bump(section: &mut [u8], at: usize, above: usize) {
    let count = number(section, at).saturating_add(1);
    set_number(section, at, count);
    let length = section.get(at + 4).map_or(0, |length| usize::from(*length));
    if above < at
        && let Some(moved) = section.get_mut(above..at + ROW + length)
    {
        moved.rotate_right(ROW + length);
    }
}

/// Inserts a row for a name. Removes the last rows if there is no room.
fn insert_name(sections: &mut Sections, place: &mut Section, name: &[u8], budget: usize) {
    let size = ROW + name.len();
    let list = sections.at(place);
    let mut floor = number(list, 4);
    // The end of the rows that stay.
    let mut ends = list.len();
    while ends + size > budget {
        let rows = list.get(HEAD..ends).unwrap_or_default();
        let Some(last) = (TopRows { rows, at: 0 }).last() else {
            return;
        };
        floor = floor.max(last.count);
        ends = HEAD + last.at;
    }
    let count = floor.saturating_add(1);
    let rows = list.get(HEAD..ends).unwrap_or_default();
    let at = TopRows { rows, at: 0 }
        .find(|row| row.count < count)
        .map_or(ends, |row| HEAD + row.at);
    let cut = list.len() - ends;
    sections.splice(place, ends, cut, &[]);
    set_number(sections.at_mut(place), 4, floor);
    let mut row = [0; ROW + MAX_NAME];
    let (Some(head), Ok(length)) = (row.get_mut(..size), u8::try_from(name.len())) else {
        return;
    };
    let (number, rest) = head.split_at_mut(4);
    number.copy_from_slice(&count.to_le_bytes());
    if let Some((first, text)) = rest.split_first_mut() {
        *first = length;
        text.copy_from_slice(name);
    }
    sections.splice(place, at, 0, row.get(..size).unwrap_or_default());
}

#[inline]
fn number(section: &[u8], at: usize) -> u32 {
    let bytes = section.get(at..).and_then(<[u8]>::first_chunk::<4>);
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn set_number(section: &mut [u8], at: usize, number: u32) {
    if let Some(place) = section.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>) {
        *place = number.to_le_bytes();
    }
}
