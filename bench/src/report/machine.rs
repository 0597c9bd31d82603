//! On what, when and of what was measured.

use super::page::Page;
use crate::figures::Figures;

pub(super) fn write(page: &mut Page, figures: &Figures) {
    let told = |name: &str| figures.told(name).unwrap_or("unknown");
    page.text(&format!(
        "{}, allocator {}. CPU: {}; cores: {}. Linux {}.",
        told("machine.server"),
        told("machine.allocator"),
        told("machine.cpu"),
        told("machine.cores"),
        told("machine.kernel"),
    ));
    let mut by_circumstances: Vec<(&str, Vec<String>)> = vec![];
    for (run, circumstances) in figures.runs() {
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
