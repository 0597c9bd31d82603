//! The longest pauses.

use super::page::{Page, or_dash, short};
use crate::figures::Figures;
use crate::pauses::{PHASES, prefix};
use crate::rivals::Layout;

pub(super) fn write(page: &mut Page, figures: &Figures) {
    let sizes = figures.sizes("pauses.");
    if sizes.is_empty() {
        return;
    }
    page.line("## Pauses");
    page.text(
        "A second connection pings all the time while the server grows under a moderate load, saves, and so on. Milliseconds: the most that the \
         server's main thread ran while it kept one ping waiting; in brackets the longest ping, without the time in which the server or the pinger waited \
         for a core: if that is much longer, the server was not at work, it was the machine that dawdled, as it does while *nothing* happens; and the 99.9th \
         percentile of such pings. BGSAVE and rewriting begin with a fork, which is the server's.",
    );
    for size in sizes {
        table(page, size, figures);
    }
}

fn table(page: &mut Page, size: u64, figures: &Figures) {
    let figure = |layout, phase: &str, what: &str| {
        figures.median(&format!("{}.{phase}.{what}", prefix(size, layout)))
    };
    if Layout::ALL
        .iter()
        .any(|&layout| figure(layout, "pinger", "first") == Some(0.0))
    {
        page.text("The pinger could not be given priority on its core (that takes root): these figures include the load generator's.");
    }
    let mut head = vec![format!("{} links, while", short(size as f64))];
    for layout in Layout::ALL {
        head.push(format!("{}, longest", layout.name()));
        head.push("p99.9".into());
    }
    let mut rows = vec![];
    for (phase, name) in PHASES {
        let mut row = vec![name.to_string()];
        for layout in Layout::ALL {
            let worked = or_dash(figure(layout, phase, "worked"));
            let longest = figure(layout, phase, "max");
            row.push(longest.map_or("–".into(), |max| format!("{worked} ({})", short(max))));
            row.push(or_dash(figure(layout, phase, "p999")));
        }
        rows.push(row);
    }
    page.table(&head, &rows);
}
