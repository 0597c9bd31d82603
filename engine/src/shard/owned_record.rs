//! Records that are independent of the page they were read from, so that the page can be changed.

use crate::packed::fsst::{TableId, UrlBytes};
use crate::shard::record::Record;

/// An owned record. The URL stays in the form that it has in the page.
pub(crate) struct OwnedRecord {
    head: Record<'static>,
    note: Vec<u8>,
    url: Vec<u8>,
    table: Option<TableId>,
}

impl OwnedRecord {
    pub(crate) fn of(record: &Record<'_>) -> Self {
        let (url, table) = match record.url {
            UrlBytes::Plain(url) => (url, None),
            UrlBytes::Packed(url, table) => (url, Some(table)),
        };
        OwnedRecord {
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
                url: UrlBytes::Plain(b""),
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
                None => UrlBytes::Plain(&self.url),
                Some(table) => UrlBytes::Packed(&self.url, table),
            },
            ..self.head
        }
    }
}
