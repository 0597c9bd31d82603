//! The machine, the date and the commit of the measurements.

use super::page::Page;
use crate::results::Results;

pub(super) fn write(page: &mut Page, results: &Results) {
    let text = |name: &str| results.text(name).unwrap_or("unknown");
    page.text(&format!(
        "{}, allocator {}. CPU: {}; cores: {}. Linux {}.",
        text("machine.server"),
        text("machine.allocator"),
        text("machine.cpu"),
        text("machine.cores"),
        text("machine.kernel"),
    ));
    let mut by_circumstances: Vec<(&str, Vec<String>)> = vec![];
    for (run, circumstances) in results.runs() {
        let run = format!("`{run}`");
        match by_circumstances
            .iter_mut()
            .find(|(known, _)| *known == circumstances)
        {
            Some((_, runs)) => runs.push(run),
            None => by_circumstances.push((circumstances, vec![run])),
        }
    }
    for (circumstances, runs) in by_circumstances {
        page.line(&format!("- {circumstances}: {}", runs.join(", ")));
    }
    page.line("");
}
