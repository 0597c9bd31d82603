//! Speed: a table per configuration, number of links and pipeline depth.

use super::chart::{Bar, Group, bars};
use super::page::{Page, cells, or_dash, short, with_range};
use crate::comparisons::{COMPARISONS, Entry};
use crate::configuration::Configuration;
use crate::results::Results;
use crate::speed::{CONNECTIONS, PIPELINES, prefix};

/// Returns the label of an entry. On servers without Functions, it is a script.
pub(super) fn label(entry: &Entry, results: &Results) -> String {
    let script = results.text("speed.script").unwrap_or("Function");
    entry.label.replace("Function", script)
}

/// Returns the measured configurations and numbers of links, the main ones first.
fn measured(results: &Results) -> Vec<(Configuration, u64)> {
    let runs = Configuration::ALL.into_iter().flat_map(|configuration| {
        let sizes = results.sizes(&format!("speed.{}.", configuration.key()));
        sizes.into_iter().map(move |links| (configuration, links))
    });
    runs.collect()
}

pub(super) fn write(page: &mut Page, results: &Results) {
    let measured = measured(results);
    if measured.is_empty() {
        return;
    }
    page.line("## Speed");
    page.text(&format!(
        "{CONNECTIONS} connections; medians of alternating rounds, and their range. The ratio is that of server CPU to the first call of the \
         group, the module's. Latencies are those of a whole pipeline."
    ));
    for (configuration, links) in measured {
        overview(page, configuration, links, results);
        for pipeline in PIPELINES {
            details(
                page,
                &prefix(configuration, links, pipeline),
                pipeline,
                results,
            );
        }
    }
}

/// Server CPU at all pipeline depths.
fn overview(page: &mut Page, configuration: Configuration, links: u64, results: &Results) {
    page.line(&format!(
        "### {}, {} links",
        configuration.name(),
        short(links as f64)
    ));
    let mut head = cells(&["server CPU per call, µs"]);
    head.extend(PIPELINES.map(|pipeline| format!("pipeline {pipeline}")));
    let mut rows = vec![];
    for comparison in COMPARISONS {
        for entry in comparison.entries {
            let cell = |pipeline| {
                let prefix = prefix(configuration, links, pipeline);
                let (name, first) = (
                    format!("{prefix}.{}.cpu", entry.key),
                    format!("{prefix}.{}.cpu", comparison.key),
                );
                let ratio = or_dash(results.ratio(&name, &first));
                let cpu = results.median(&name);
                cpu.map_or("–".into(), |cpu| format!("{} ({ratio})", short(cpu)))
            };
            let row: Vec<_> = PIPELINES.into_iter().map(cell).collect();
            if row.iter().any(|cell| cell != "–") {
                rows.push([vec![label(entry, results)], row].concat());
            }
        }
    }
    page.table(&head, &rows);
}

fn details(page: &mut Page, prefix: &str, pipeline: usize, results: &Results) {
    let head = cells(&[
        &format!("pipeline {pipeline}"),
        "server CPU, µs",
        "calls a second",
        "p50, µs",
        "p99, µs",
        "server busy, %",
        "generator busy, %",
    ]);
    let mut rows = vec![];
    for entry in COMPARISONS.iter().flat_map(|comparison| comparison.entries) {
        let name = |what: &str| format!("{prefix}.{}.{what}", entry.key);
        let Some(cpu) = results.get(&name("cpu")) else {
            continue;
        };
        let share = |what| results.median(&name(what)).map(|part| part * 100.0);
        rows.push(vec![
            label(entry, results),
            with_range(Some(cpu)),
            with_range(results.get(&name("rate"))),
            with_range(results.get(&name("p50"))),
            with_range(results.get(&name("p99"))),
            or_dash(share("server")),
            or_dash(share("generator")),
        ]);
    }
    if !rows.is_empty() {
        page.table(&head, &rows);
    }
}

/// Server CPU per call, pipelined, in the first of the configurations and with the fewest links.
pub(super) fn chart(server: &str, results: &Results) -> Option<String> {
    const PIPELINE: usize = 16;
    let (configuration, links) = measured(results).into_iter().next()?;
    let prefix = prefix(configuration, links, PIPELINE);
    let groups: Vec<Group> = (COMPARISONS.iter())
        .map(|comparison| Group {
            name: comparison.name.into(),
            bars: (comparison.entries.iter())
                .filter_map(|entry| {
                    let value = results.median(&format!("{prefix}.{}.cpu", entry.key))?;
                    Some(Bar {
                        name: label(entry, results),
                        value,
                        ours: entry.call.is_ours(),
                    })
                })
                .collect(),
        })
        .filter(|group| !group.bars.is_empty())
        .collect();
    let under = format!(
        "{server}, {}, {} links, {CONNECTIONS} connections, pipeline {PIPELINE}; less is better",
        configuration.name(),
        short(links as f64)
    );
    (!groups.is_empty()).then(|| bars("Server CPU per call, µs", &under, &groups))
}
