//! The report: a page and two charts per server, and a page that puts the servers side by side.

mod aof;
mod chart;
mod goals;
mod instructions;
mod machine;
mod memory;
mod page;
mod pauses;
mod speed;

use std::fs;
use std::path::Path;

use crate::Result;
use crate::figures::Figures;
pub(crate) use page::Page;

/// How the names of the files of figures begin.
const KEPT: &str = "results-";

/// The file that keeps the figures of a server.
pub(crate) fn file_name(server: &str) -> String {
    format!("{KEPT}{}.tsv", slug(server))
}

fn slug(server: &str) -> String {
    server.to_lowercase().replace(' ', "-")
}

/// Writes everything anew from the files of figures in the folder.
pub(crate) fn write(folder: &Path) -> Result<()> {
    let mut all = vec![];
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(KEPT) && name.ends_with(".tsv") {
            let figures = Figures::read(&path)?;
            let server = figures.told("machine.server").unwrap_or("unknown");
            all.push((server.to_string(), figures));
        }
    }
    // Redis before Valkey, the oldest first.
    all.sort_by(|a, b| a.0.cmp(&b.0));
    for (server, figures) in &all {
        one(folder, server, figures)?;
    }
    together(folder, &all)
}

/// One server's page and charts.
fn one(folder: &Path, server: &str, figures: &Figures) -> Result<()> {
    let slug = slug(server);
    let mut page = Page::default();
    page.line(&format!("# Benchmarks on {server}"));
    page.text("Drawn by `make bench`, from the figures beside this file. Do not edit: it is written anew.");
    machine::write(&mut page, figures);
    if let Some(chart) = speed::chart(server, figures) {
        fs::write(folder.join(format!("speed-{slug}.svg")), chart)?;
        page.text(&format!("![Server CPU per call](speed-{slug}.svg)"));
    }
    speed::write(&mut page, figures);
    instructions::write(&mut page, figures);
    if let Some(chart) = memory::chart(server, figures) {
        fs::write(folder.join(format!("memory-{slug}.svg")), chart)?;
        page.text(&format!("![Bytes per link](memory-{slug}.svg)"));
    }
    memory::write(&mut page, figures);
    aof::write(&mut page, figures);
    pauses::write(&mut page, figures);
    fs::write(folder.join(format!("results-{slug}.md")), page.end())?;
    Ok(())
}

/// The page that puts the servers side by side and says how all was measured.
fn together(folder: &Path, all: &[(String, Figures)]) -> Result<()> {
    let mut page = Page::default();
    page.line("# Benchmarks");
    page.text(include_str!("report/about.md"));
    let all: Vec<_> = (all.iter())
        .map(|(name, figures)| (name.clone(), figures))
        .collect();
    goals::write(&mut page, &all);
    page.line("## By server");
    for (server, _) in &all {
        page.line(&format!("- [{server}](results-{}.md)", slug(server)));
    }
    fs::write(folder.join("README.md"), page.end())?;
    Ok(())
}
