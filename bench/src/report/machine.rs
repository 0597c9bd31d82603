//! On what, when and of what was measured.

use super::page::Page;
use crate::PARTS;
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
    for part in PARTS {
        if let Some(commit) = figures.told(&format!("{part}.commit")) {
            page.line(&format!(
                "- {part}: commit {commit}, {}, {}, URLs {}",
                told(&format!("{part}.date")),
                told(&format!("{part}.how")),
                told(&format!("{part}.urls")),
            ));
        }
    }
    page.line("");
}
