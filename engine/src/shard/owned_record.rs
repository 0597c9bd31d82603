//! A record apart from the page it was read in, so that the page can be changed.

use crate::packed::fsst::{TableId, Url};
use crate::shard::record::Record;

/// A record of its own. The URL stays in the form it has in the page.
pub(crate) struct Apart {
    head: Record<'static>,
    note: Vec<u8>,
    url: Vec<u8>,
    table: Option<TableId>,
}

impl Apart {
    pub(crate) fn of(record: &Record<'_>) -> Self {
        let (url, table) = match record.url {
            Url::Plain(url) => (url, None),
            Url::Packed(url, table) => (url, Some(table)),
        };
        Apart {
            head: Record {
                origin: record.origin,
                indexed: record.indexed,
                created: record.created,
                updated: record.updated,
                expires: record.expires,
                limit: record.limit,
                visits: record.visits,
                last_visit: record.last_visit,
                details: record.details,
                note: b"",
                url: Url::Plain(b""),
            },
            note: record.note.to_vec(),
            url: url.to_vec(),
            table,
        }
    }

    pub(crate) fn record(&self) -> Record<'_> {
        Record {
            note: &self.note,
            url: match self.table {
                None => Url::Plain(&self.url),
                Some(table) => Url::Packed(&self.url, table),
            },
            ..self.head
        }
    }
}
