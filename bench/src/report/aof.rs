//! The AOF: bytes per link, and loading.

use super::page::{Page, cells, or_dash, with_range};
use crate::aof::{WRITERS, prefix};
use crate::figures::Figures;
use crate::progress::count;

pub(super) fn write(page: &mut Page, figures: &Figures) {
    let sizes = figures.sizes("aof.");
    if sizes.is_empty() {
        return;
    }
    page.line("## AOF");
    page.text(
        "New links, each by one call. Bytes per link without preamble; loading, per link: server CPU, from the start of the server on, and the \
         time that the server's log tells.",
    );
    for links in sizes {
        table(page, links, figures);
    }
}

fn table(page: &mut Page, links: u64, figures: &Figures) {
    let name = |key: &str, what: &str| format!("{}.{what}", prefix(links, key));
    let is_measured = |key: &str| figures.get(&name(key, "bytes")).is_some();
    let rows: Vec<_> = (WRITERS.iter())
        .filter(|writer| is_measured(writer.key))
        .map(|writer| {
            let against = |what| figures.ratio(&name(writer.key, what), &name("module", what));
            vec![
                writer.label.into(),
                or_dash(figures.median(&name(writer.key, "bytes"))),
                or_dash(against("bytes")),
                with_range(figures.get(&name(writer.key, "cpu"))),
                or_dash(against("cpu")),
                with_range(figures.get(&name(writer.key, "load"))),
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
