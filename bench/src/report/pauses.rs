//! The longest pauses.

use super::page::{Page, or_dash, short};
use crate::baselines::Layout;
use crate::pauses::{PHASES, prefix};
use crate::results::Results;

pub(super) fn write(page: &mut Page, results: &Results) {
    let sizes = results.sizes("pauses.");
    if sizes.is_empty() {
        return;
    }
    page.line("## Pauses");
    page.text(
        "A second connection pings all the time while the server grows under a moderate load, \
         saves, and so on. All values are in milliseconds. First: the longest time that the \
         server's main thread ran during one ping. In brackets: the longest ping, without the time \
         in which the server or the probe waited for a core. If that is much longer, the delay is \
         the machine's and not the server's, as it is while *nothing* happens. Last: the 99.9th \
         percentile of these pings. BGSAVE and rewriting begin with a fork, which is part of the \
         server's time.",
    );
    for size in sizes {
        table(page, size, results);
    }
}

fn table(page: &mut Page, size: u64, results: &Results) {
    let value = |layout, phase: &str, what: &str| {
        results.median(&format!("{}.{phase}.{what}", prefix(size, layout)))
    };
    if Layout::ALL
        .iter()
        .any(|&layout| value(layout, "latency_probe", "first") == Some(0.0))
    {
        page.text(
            "The probe could not get priority on its core (this requires root): these results \
             include waits for the load generator.",
        );
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
            let worked = or_dash(value(layout, phase, "worked"));
            let longest = value(layout, phase, "max");
            row.push(longest.map_or("–".into(), |max| format!("{worked} ({})", short(max))));
            row.push(or_dash(value(layout, phase, "p999")));
        }
        rows.push(row);
    }
    page.table(&head, &rows);
}
