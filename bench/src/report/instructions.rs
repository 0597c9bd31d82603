//! Instructions per call.

use super::page::{Page, cells, or_dash, short};
use super::speed::label;
use crate::comparisons::{COMPARISONS, entries};
use crate::configuration::Configuration;
use crate::instructions::prefix;
use crate::results::Results;

pub(super) fn write(page: &mut Page, results: &Results) {
    let is_measured = |configuration: &Configuration| links(*configuration, results).is_some();
    let measured: Vec<_> = Configuration::ALL.into_iter().filter(is_measured).collect();
    let Some(main) = measured.first().copied() else {
        return;
    };
    page.line("## Instructions");
    page.text(&format!(
        "By callgrind, one connection, pipeline 16, {} links, without what the server does by the clock; in brackets against the first call of \
         the group, the module's. *The module's* are those in its own code and in what the compiler put there; allocating, replying and \
         replicating is the server's.",
        short(links(main, results).unwrap_or(0.0))
    ));
    let mut head = cells(&["call"]);
    for configuration in &measured {
        head.push(configuration.name().into());
        head.push("the module's".into());
    }
    let mut rows = vec![];
    for comparison in COMPARISONS {
        for entry in comparison.entries {
            let mut row = vec![label(entry, results)];
            for &configuration in &measured {
                let name =
                    |key: &str, what: &str| format!("{}.{key}.{what}", prefix(configuration));
                let total = name(entry.key, "total");
                let ratio = results.ratio(&total, &name(comparison.key, "total"));
                row.push(results.median(&total).map_or("–".into(), |total| {
                    format!("{} ({})", short(total), or_dash(ratio))
                }));
                row.push(or_dash(results.median(&name(entry.key, "module"))));
            }
            if row.iter().skip(1).any(|cell| cell != "–") {
                rows.push(row);
            }
        }
    }
    page.table(&head, &rows);
    profiles(page, main, results);
}

fn links(configuration: Configuration, results: &Results) -> Option<f64> {
    results.median(&format!("{}.links", prefix(configuration)))
}

fn profiles(page: &mut Page, configuration: Configuration, results: &Results) {
    page.line(&format!("### Where they go, {}", configuration.name()));
    page.text("The dearest functions, in instructions per call, without those of the functions they call.");
    for entry in entries() {
        let name = format!("{}.{}.profile", prefix(configuration), entry.key);
        let Some(profile) = results.text(&name) else {
            continue;
        };
        let functions = profile.split("; ").filter_map(|line| {
            let (cost, name) = line.split_once(' ')?;
            Some(format!("`{name}` {cost}"))
        });
        let functions: Vec<_> = functions.collect();
        page.line(&format!(
            "- {}: {}",
            label(entry, results),
            functions.join(", ")
        ));
    }
    page.line("");
}
