//! The AOF: bytes per link, and loading.

use super::page::{Page, cells, or_dash, with_range};
use crate::aof::{WRITERS, prefix};
use crate::progress::count;
use crate::results::Results;

pub(super) fn write(page: &mut Page, results: &Results) {
    let sizes = results.sizes("aof.");
    if sizes.is_empty() {
        return;
    }
    page.line("## AOF");
    page.text(
        "New links, each by one call. Bytes per link without preamble; loading, per link: server CPU, from the start of the server on, and the \
         time that the server's log tells.",
    );
    for links in sizes {
        table(page, links, results);
    }
}

fn table(page: &mut Page, links: u64, results: &Results) {
    let name = |key: &str, what: &str| format!("{}.{what}", prefix(links, key));
    let is_measured = |key: &str| results.get(&name(key, "bytes")).is_some();
    let rows: Vec<_> = (WRITERS.iter())
        .filter(|writer| is_measured(writer.key))
        .map(|writer| {
            let against = |what| results.ratio(&name(writer.key, what), &name("module", what));
            vec![
                writer.label.into(),
                or_dash(results.median(&name(writer.key, "bytes"))),
                or_dash(against("bytes")),
                with_range(results.get(&name(writer.key, "cpu"))),
                or_dash(against("cpu")),
                with_range(results.get(&name(writer.key, "load"))),
            ]
        })
        .collect();
    let head = [
        &format!("{} links, each by", count(links as f64)),
        "bytes",
        "against the first",
        "loading, server CPU, µs",
        "against the first",
        "loading, time, µs",
    ];
    page.table(&cells(&head), &rows);
}
