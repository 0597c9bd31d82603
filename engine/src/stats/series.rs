//! Visits by day or by hour, as rows in ascending order: the day or hour since 1970 (3 bytes), and
//! a count (4 bytes, saturating). All numbers are little-endian.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "sizes and places are those of one link's few thousand bytes"
)]

use super::sections::{Section, Sections};

/// Maximum number of rows of a series of days.
///
/// This is a bound of the stored format. Lowering it makes saved statistics unreadable.
pub(crate) const MAX_DAYS: u64 = 400;

/// Maximum number of rows of a series of hours: two weeks. This is a bound of the stored format,
/// like [`MAX_DAYS`].
pub(crate) const MAX_HOURS: u64 = 336;

/// Bytes of a row.
pub(super) const ROW: usize = 7;

/// The largest day or hour of a row. Hours reach the year 3883.
const LAST: u64 = (1 << 24) - 1;

/// Counts a visit, and keeps the last `keep` days or hours. An older visit is not counted.
#[inline]
pub(super) fn count(sections: &mut Sections, place: &mut Section, number: u64, keep: u16) {
    if keep == 0 || number > LAST {
        return;
    }
    let rows = sections.at(place);
    let last = (rows.len() / ROW).wrapping_sub(1);
    match row(rows, last) {
        Some((newest, _)) if newest == number => bump(sections.at_mut(place), last),
        newest => insert(
            sections,
            place,
            number,
            (keep, newest.map_or(0, |row| row.0)),
        ),
    }
}

fn insert(sections: &mut Sections, place: &mut Section, number: u64, (keep, newest): (u16, u64)) {
    if number + u64::from(keep) <= newest {
        return;
    }
    match find(sections.at(place), number) {
        Ok(at) => bump(sections.at_mut(place), at),
        Err(at) => {
            let [a, b, c, ..] = number.to_le_bytes();
            sections.splice(place, at * ROW, 0, &[a, b, c, 1, 0, 0, 0]);
            let oldest = (newest.max(number) + 1).saturating_sub(u64::from(keep));
            let (Ok(old) | Err(old)) = find(sections.at(place), oldest);
            if old > 0 {
                sections.splice(place, 0, old * ROW, &[]);
            }
        }
    }
}

/// Removes the rows after this day or hour.
pub(super) fn forget_after(sections: &mut Sections, place: &mut Section, number: u64) {
    let rows = sections.at(place);
    let (Ok(at) | Err(at)) = find(rows, number + 1);
    let (from, cut) = (at * ROW, rows.len() - at * ROW);
    sections.splice(place, from, cut, &[]);
}

/// Returns the maximum number of bytes by which a visit extends the rows.
#[inline]
pub(super) fn growth(section: &[u8], number: u64) -> usize {
    let last = (section.len() / ROW).wrapping_sub(1);
    match row(section, last) {
        Some((newest, _)) if newest == number => 0,
        _ => ROW,
    }
}

/// Returns the rows in order.
pub(super) fn rows(section: &[u8]) -> impl Iterator<Item = (u64, u64)> + '_ {
    (0..section.len() / ROW).filter_map(|at| row(section, at))
}

/// Returns whether [`count`] could have built the section.
pub(super) fn is_valid(section: &[u8], most: u64) -> bool {
    let numbers = || rows(section).map(|(number, _)| number);
    section.len().is_multiple_of(ROW)
        && (section.len() / ROW) as u64 <= most
        && numbers()
            .zip(numbers().skip(1))
            .all(|(one, next)| one < next)
}

/// Returns the row of a day or hour, or the row where it would be. Searches from the end, because
/// recent rows are used most.
fn find(section: &[u8], number: u64) -> Result<usize, usize> {
    for at in (0..section.len() / ROW).rev() {
        match row(section, at) {
            Some((other, _)) if other == number => return Ok(at),
            Some((other, _)) if other < number => return Err(at + 1),
            _ => (),
        }
    }
    Err(0)
}

#[inline]
fn row(section: &[u8], at: usize) -> Option<(u64, u64)> {
    let start = at.checked_mul(ROW)?;
    let [a, b, c, d, e, f, g] = *section.get(start..)?.first_chunk::<ROW>()?;
    let number = u32::from_le_bytes([a, b, c, 0]);
    let count = u32::from_le_bytes([d, e, f, g]);
    Some((u64::from(number), u64::from(count)))
}

fn bump(section: &mut [u8], at: usize) {
    if let Some(count) = section
        .get_mut(at * ROW + 3..)
        .and_then(<[u8]>::first_chunk_mut::<4>)
    {
        *count = u32::from_le_bytes(*count).saturating_add(1).to_le_bytes();
    }
}
