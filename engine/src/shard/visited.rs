//! The statistics of a shard's links.

use crate::code::Code;
use crate::shard::record::Record;
use crate::shard::shard::Shard;
use crate::stats::VisitStats;

impl Shard {
    /// A link's statistics; none if it has none.
    pub(crate) fn stats_of(&self, record: &Record<'_>) -> Option<&VisitStats> {
        self.details().get(record.details)
    }

    /// The links that have statistics, in the order of their codes' ranks.
    pub(crate) fn visited(&self) -> impl Iterator<Item = (u64, Code, &VisitStats)> + '_ {
        self.links()
            .iter_from(0)
            .filter_map(|(rank, code, record)| {
                let stats = self.stats_of(&record)?;
                Some((rank, code, stats))
            })
    }

    /// Gives a link the statistics that a chunk holds for it. A link that was never visited has none.
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
