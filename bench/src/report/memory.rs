//! Bytes per link, and saving and loading.

use super::chart::{Bar, Group, bars};
use super::page::{Page, cells, or_dash, with_range};
use crate::baselines::Layout;
use crate::progress::count;
use crate::results::Results;

pub(super) fn write(page: &mut Page, results: &Results) {
    let sizes = results.sizes("memory.");
    if sizes.is_empty() {
        return;
    }
    page.line("## Memory and RDB");
    page.text(
        "Bytes per link: the growth of used_memory and of the process's resident memory since it was empty, and the RDB's. Seconds per million \
         links to SAVE and to load it. *A key per link* has one direction only.",
    );
    let head = cells(&[
        "links",
        "layout",
        "used_memory",
        "of the URL's bytes",
        "resident",
        "RDB",
        "save, s",
        "load, s",
    ]);
    let mut rows = vec![];
    for size in sizes {
        for layout in Layout::ALL {
            let name = |what: &str| format!("memory.{size}.{}.{what}", layout.key());
            if results.get(&name("used")).is_none() {
                continue;
            }
            let url = format!("memory.{size}.url");
            rows.push(vec![
                count(size as f64),
                layout.name().into(),
                or_dash(results.median(&name("used"))),
                or_dash(results.ratio(&name("used"), &url)),
                or_dash(results.median(&name("rss"))),
                or_dash(results.median(&name("rdb"))),
                with_range(results.get(&name("save"))),
                with_range(results.get(&name("load"))),
            ]);
        }
    }
    page.table(&head, &rows);
}

/// used_memory per link, by size.
pub(super) fn chart(server: &str, results: &Results) -> Option<String> {
    let groups: Vec<Group> = (results.sizes("memory.").into_iter())
        .map(|size| {
            let url = results.median(&format!("memory.{size}.url"));
            let own = Bar {
                name: "the URL's own bytes".into(),
                value: url.unwrap_or(0.0),
                ours: false,
            };
            let layouts = Layout::ALL.iter().filter_map(|layout| {
                let value = results.median(&format!("memory.{size}.{}.used", layout.key()))?;
                let direction = if *layout == Layout::Keys {
                    ", one direction"
                } else {
                    ""
                };
                Some(Bar {
                    name: format!("{}{direction}", layout.name()),
                    value,
                    ours: *layout == Layout::Module,
                })
            });
            Group {
                name: format!("{} links", count(size as f64)),
                bars: layouts.chain([own]).collect(),
            }
        })
        .collect();
    let allocator = results.text("machine.allocator").unwrap_or("unknown");
    let under = format!("used_memory, {server}, allocator {allocator}; less is better");
    (!groups.is_empty()).then(|| bars("Bytes per link", &under, &groups))
}
