//! The statistics of a shard's links.

use crate::code::Code;
use crate::shard::record::Record;
use crate::shard::shard::Shard;
use crate::stats::VisitStats;

impl Shard {
    /// Returns a link's statistics, or `None` if it has none.
    pub(crate) fn stats_of(&self, record: &Record<'_>) -> Option<&VisitStats> {
        self.details().get(record.details)
    }

    /// Returns the links with statistics, in the order of their codes' ranks.
    pub(crate) fn visited(&self) -> impl Iterator<Item = (u64, Code, &VisitStats)> + '_ {
        self.links()
            .iter_from(0)
            .filter_map(|(rank, code, record)| {
                let stats = self.stats_of(&record)?;
                Some((rank, code, stats))
            })
    }

    /// Sets the statistics of a link from a chunk. Ignored if the link was never visited.
    pub(crate) fn put_stats(&mut self, code: &Code, stats: VisitStats) {
        let Some(record) = self
            .links()
            .get(code)
            .filter(|record| record.last_visit != 0)
        else {
            return;
        };
        let (counts, old) = ((record.visits, record.last_visit), record.details);
        let details = self.edit_details(|details| {
            details.remove(old);
            details.add(stats).unwrap_or(0)
        });
        self.edit_links(|links| links.add_counts(code, counts, details));
    }
}
