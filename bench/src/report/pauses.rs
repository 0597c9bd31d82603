//! The longest pauses.

use super::page::{Page, cells, or_dash, short};
use crate::figures::Figures;
use crate::pauses::PHASES;
use crate::rivals::Layout;

pub(super) fn write(page: &mut Page, figures: &Figures) {
    let Some(links) = figures.median("pauses.links") else {
        return;
    };
    page.line("## Pauses");
    page.text(&format!(
        "A second connection pings all the time while the server grows to {} links under a moderate load, saves, and so on. Milliseconds: the most that the \
         server's main thread ran while it kept one ping waiting; in brackets the longest ping, without the time in which the server or the pinger waited \
         for a core: if that is much longer, the server was not at work, it was the machine that dawdled, as it does while *nothing* happens; and the 99.9th \
         percentile of such pings. BGSAVE and rewriting begin with a fork, which is the server's.",
        short(links)
    ));
    if figures.median("pauses.first") == Some(0.0) {
        page.text("The pinger could not be given priority on its core (that takes root): these figures include the load generator's.");
    }
    let mut head = cells(&["while"]);
    for layout in Layout::ALL {
        head.push(format!("{}, longest", layout.name()));
        head.push("p99.9".into());
    }
    let mut rows = vec![];
    for (phase, name) in PHASES {
        let mut row = vec![name.to_string()];
        for layout in Layout::ALL {
            let figure = |what| figures.median(&format!("pauses.{}.{phase}.{what}", layout.key()));
            row.push(figure("max").map_or("–".into(), |max| {
                format!("{} ({})", or_dash(figure("worked")), short(max))
            }));
            row.push(or_dash(figure("p999")));
        }
        rows.push(row);
    }
    page.table(&head, &rows);
}
