//! Decoding of chunks, item by item. All input is untrusted.

use super::format::{VERSION, malformed};
use crate::code::base62;
use crate::code::slot::Slot;
use crate::code::{Code, SHORT_RANKS, is_pool_rank};
use crate::error::Error;
use crate::packed::bytes::Reader;
use crate::packed::fsst::TableId;
use crate::shard::index::{Seed, is_hash};
use crate::shard::record::Record;
use crate::stats::VisitStats;
use crate::visitor::Salt;

/// The contents of a head chunk.
pub(super) struct Head {
    pub(super) slot: Slot,
    pub(super) seed: Seed,
    pub(super) next_counter: u64,
    pub(super) issued_rank_bound: u64,
    pub(super) auto_refill: bool,
    pub(super) salt: Salt,
}

pub(super) fn open(chunk: &[u8]) -> Option<(u8, &[u8])> {
    match chunk {
        [VERSION, kind, body @ ..] => Some((*kind, body)),
        _ => None,
    }
}

pub(super) fn validate_all<T>(
    mut items: impl Iterator<Item = Option<T>>,
    what: &str,
) -> Result<(), Error> {
    if items.all(|item| item.is_some()) {
        Ok(())
    } else {
        Err(malformed(what))
    }
}

pub(super) fn head(body: &[u8]) -> Option<Head> {
    let mut reader = Reader::new(body);
    let slot = Slot::from_le_bytes(reader.array()?);
    let seed = reader.array()?;
    let next_counter = reader.varint().filter(|&id| id <= base62::LIMIT)?;
    let issued_rank_bound = reader.varint().filter(|&rank| rank <= SHORT_RANKS)?;
    let auto_refill = reader.byte().filter(|&auto_refill| auto_refill <= 1)? == 1;
    let salt = if reader.is_empty() {
        Salt::default()
    } else {
        reader.array()?
    };
    (reader.is_empty() && slot < crate::code::slot::SLOTS).then_some(Head {
        slot,
        seed,
        next_counter,
        issued_rank_bound,
        auto_refill,
        salt,
    })
}

/// Returns the items of a body. Ends with `None` at the first malformed item.
fn items<'a, T>(
    body: &'a [u8],
    mut read: impl FnMut(&mut Reader<'a>) -> Option<T>,
) -> impl Iterator<Item = Option<T>> {
    let mut reader = Some(Reader::new(body));
    std::iter::from_fn(move || {
        let mut at = reader.filter(|reader| !reader.is_empty())?;
        let item = read(&mut at);
        reader = item.is_some().then_some(at);
        Some(item)
    })
}

/// Returns links, which are not validated: see [`is_valid_link`].
pub(super) fn links(
    body: &[u8],
    table: TableId,
) -> impl Iterator<Item = Option<(Code, Record<'_>)>> {
    let (mut last, mut base) = (0_u64, 0);
    items(body, move |reader| {
        let rank = last.checked_add(reader.varint()?)?;
        let code = code(rank, reader)?;
        let record = Record::decode(reader, base, table)?;
        (last, base) = (rank, record.created);
        Some((code, record))
    })
}

/// Returns whether a link can be in this slot.
pub(super) fn is_valid_link(code: &Code, record: &Record<'_>, slot: Slot) -> bool {
    code.slot() == slot && record.code_fits(code) && record.is_valid()
}

pub(super) fn entries(body: &[u8]) -> impl Iterator<Item = Option<(u64, u64)>> {
    let mut last = 0_u64;
    items(body, move |reader| {
        last = last.checked_add(reader.varint()?)?;
        let rank = reader.varint().filter(|&rank| rank < SHORT_RANKS)?;
        is_hash(last).then_some((last, rank))
    })
}

pub(super) fn ranks(body: &[u8]) -> impl Iterator<Item = Option<u64>> {
    let mut last = 0_u64;
    items(body, move |reader| {
        let rank = last.checked_add(reader.varint()?)?;
        last = rank;
        is_pool_rank(rank).then_some(rank)
    })
}

/// Returns statistics, with the codes of their links.
pub(super) fn statistics(
    body: &[u8],
    slot: Slot,
) -> impl Iterator<Item = Option<(Code, VisitStats)>> {
    let mut last = 0_u64;
    items(body, move |reader| {
        let rank = last.checked_add(reader.varint()?)?;
        let code = code(rank, reader).filter(|code| code.slot() == slot)?;
        last = rank;
        Some((code, VisitStats::from_bytes(reader.string()?)?))
    })
}

/// Returns the code of a rank. Reads it if the rank does not identify it.
fn code(rank: u64, reader: &mut Reader<'_>) -> Option<Code> {
    if rank < SHORT_RANKS {
        return Code::from_rank(rank);
    }
    Code::from_bytes(reader.string()?).filter(|code| code.rank() == rank)
}
