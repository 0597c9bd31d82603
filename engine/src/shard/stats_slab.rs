//! The statistics of a shard's visited links, each in its own buffer, by the number in the link's
//! record.
//!
//! Records are packed and are moved with their page. Statistics take kilobytes, so moving them
//! along would be expensive.

use crate::packed::page_list::{self, PageList};
use crate::shard::record::StatsId;
use crate::stats::VisitStats;

/// Statistics per block. Nothing larger than a block is moved when the slab grows.
const BLOCK: usize = 256;

/// Statistics by [`StatsId`].
#[derive(Clone, Default)]
pub(crate) struct StatsSlab {
    blocks: PageList<Vec<VisitStats>>,
    /// Numbers that are free again.
    free: Vec<StatsId>,
    len: usize,
    heap: usize,
}

impl StatsSlab {
    /// Returns the number of links with statistics.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Returns the heap memory, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        let blocks = page_list::heap_size(&self.blocks);
        let free = self.free.capacity().saturating_mul(size_of::<StatsId>());
        self.heap.saturating_add(blocks).saturating_add(free)
    }

    pub(crate) fn get(&self, number: StatsId) -> Option<&VisitStats> {
        let (block, at) = place(number)?;
        self.blocks.get(block)?.get(at)
    }

    /// Changes a link's statistics.
    pub(crate) fn edit(&mut self, number: StatsId, change: impl FnOnce(&mut VisitStats)) {
        let stats = place(number).and_then(|(block, at)| self.blocks.get_mut(block)?.get_mut(at));
        if let Some(stats) = stats {
            let before = stats.heap_size();
            change(stats);
            self.heap = self
                .heap
                .wrapping_add(stats.heap_size())
                .wrapping_sub(before);
        }
    }

    /// Adds statistics. Returns `None` if there are no numbers left.
    pub(crate) fn add(&mut self, stats: VisitStats) -> Option<StatsId> {
        let number = match self.free.pop() {
            Some(number) => number,
            None => self.new_slot()?,
        };
        self.edit(number, |place| *place = stats);
        self.len = self.len.saturating_add(1);
        Some(number)
    }

    /// Removes a link's statistics.
    pub(crate) fn remove(&mut self, number: StatsId) {
        if self.get(number).is_none() {
            return;
        }
        self.edit(number, |stats| *stats = VisitStats::default());
        self.len = self.len.saturating_sub(1);
        if self.len == 0 {
            *self = StatsSlab::default();
        } else {
            self.free.push(number);
        }
    }

    /// Returns the buffers from block `from` on, for a defragmenter that moves them.
    pub(crate) fn buffers_mut(
        &mut self,
        from: usize,
    ) -> impl Iterator<Item = impl Iterator<Item = &mut Vec<u8>>> {
        self.blocks
            .iter_mut()
            .skip(from)
            .map(|block| block.iter_mut().map(VisitStats::buffer_mut))
    }

    fn new_slot(&mut self) -> Option<StatsId> {
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            page_list::grow(&mut self.blocks);
            self.blocks.push(Vec::new());
        }
        let full = self.blocks.len().checked_sub(1)?;
        let block = self.blocks.last_mut()?;
        let before = block.capacity();
        if block.len() == before {
            block.reserve_exact((before / 4).clamp(1, BLOCK.saturating_sub(before)));
        }
        let grown = block.capacity().saturating_sub(before);
        self.heap = self
            .heap
            .saturating_add(grown.saturating_mul(size_of::<VisitStats>()));
        let at = full.saturating_mul(BLOCK).saturating_add(block.len());
        block.push(VisitStats::default());
        StatsId::try_from(at.saturating_add(1)).ok()
    }
}

/// Returns the block of a number, and the position in it.
fn place(number: StatsId) -> Option<(usize, usize)> {
    let at = usize::try_from(number.checked_sub(1)?).ok()?;
    Some((at / BLOCK, at % BLOCK))
}
