//! Speed and instructions.

use super::chart::{Bar, Group, bars};
use super::page::{Page, cells, or_dash, short, with_range};
use crate::contests::{CONTESTS, Entry};
use crate::figures::Figures;
use crate::speed::{CONNECTIONS, PIPELINES};

/// How an entry is called; a Function is a script where there are no Functions.
fn label(entry: &Entry, figures: &Figures) -> String {
    let script = figures.told("speed.script").unwrap_or("Function");
    entry.label.replace("Function", script)
}

pub(super) fn write(page: &mut Page, figures: &Figures) {
    let Some(links) = figures.median("speed.links") else {
        return instructions(page, figures);
    };
    page.line("## Speed");
    page.text(&format!(
        "{CONNECTIONS} connections, {} links to begin with; medians of alternating rounds, and their range. \
         The ratio is that of server CPU to the first call of the group, the module's. Latencies are those of a whole pipeline.",
        short(links)
    ));
    for pipeline in PIPELINES {
        page.line(&format!("### Pipeline {pipeline}"));
        let head = cells(&[
            "call",
            "server CPU, µs",
            "against the first",
            "calls a second",
            "p50, µs",
            "p99, µs",
            "server busy, %",
            "generator busy, %",
        ]);
        page.table(&head, &rows(pipeline, figures));
    }
    instructions(page, figures);
}

fn rows(pipeline: usize, figures: &Figures) -> Vec<Vec<String>> {
    let mut rows = vec![];
    for contest in CONTESTS {
        for entry in contest.entries {
            let name = |what: &str| format!("speed.p{pipeline}.{}.{what}", entry.key);
            let Some(cpu) = figures.get(&name("cpu")) else {
                continue;
            };
            let first = format!("speed.p{pipeline}.{}.cpu", contest.key);
            let share = |what| figures.median(&name(what)).map(|part| part * 100.0);
            rows.push(vec![
                label(entry, figures),
                with_range(Some(cpu)),
                or_dash(figures.ratio(&name("cpu"), &first)),
                with_range(figures.get(&name("rate"))),
                with_range(figures.get(&name("p50"))),
                with_range(figures.get(&name("p99"))),
                or_dash(share("server")),
                or_dash(share("generator")),
            ]);
        }
    }
    rows
}

fn instructions(page: &mut Page, figures: &Figures) {
    let Some(links) = figures.median("instructions.links") else {
        return;
    };
    page.line("## Instructions");
    page.text(&format!(
        "By callgrind, one connection, pipeline 16, {} links, without what the server does by the clock. \
         *The module's* are those in its own code and in what the compiler put there; allocating, replying and replicating is the server's.",
        short(links)
    ));
    let mut rows = vec![];
    for contest in CONTESTS {
        for entry in contest.entries {
            let name = |what: &str| format!("instructions.{}.{what}", entry.key);
            let first = format!("instructions.{}.total", contest.key);
            if let Some(total) = figures.median(&name("total")) {
                rows.push(vec![
                    label(entry, figures),
                    short(total),
                    or_dash(figures.ratio(&name("total"), &first)),
                    or_dash(figures.median(&name("module"))),
                ]);
            }
        }
    }
    page.table(
        &cells(&["call", "instructions", "against the first", "the module's"]),
        &rows,
    );
    page.line("### Where they go");
    page.text("The dearest functions, in instructions per call, without those of the functions they call.");
    for entry in CONTESTS.iter().flat_map(|contest| contest.entries) {
        if let Some(profile) = figures.told(&format!("instructions.{}.profile", entry.key)) {
            let functions = profile.split("; ").filter_map(|line| {
                let (cost, name) = line.split_once(' ')?;
                Some(format!("`{name}` {cost}"))
            });
            let functions: Vec<_> = functions.collect();
            page.line(&format!(
                "- {}: {}",
                label(entry, figures),
                functions.join(", ")
            ));
        }
    }
    page.line("");
}

/// Server CPU per call, pipelined.
pub(super) fn chart(server: &str, figures: &Figures) -> Option<String> {
    let groups: Vec<Group> = (CONTESTS.iter())
        .map(|contest| Group {
            name: contest.name.into(),
            bars: (contest.entries.iter())
                .filter_map(|entry| {
                    let value = figures.median(&format!("speed.p16.{}.cpu", entry.key))?;
                    Some(Bar {
                        name: label(entry, figures),
                        value,
                        ours: entry.call.is_ours(),
                    })
                })
                .collect(),
        })
        .filter(|group| !group.bars.is_empty())
        .collect();
    let links = short(figures.median("speed.links")?);
    let under =
        format!("{server}, {links} links, {CONNECTIONS} connections, pipeline 16; less is better");
    Some(bars("Server CPU per call, µs", &under, &groups))
}
