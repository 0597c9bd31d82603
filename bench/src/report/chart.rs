//! Charts: groups of bars, each with its value and its ratio to the first bar of the group.

use std::fmt::Write as _;

use super::page::short;

pub(super) struct Group {
    pub(super) name: String,
    pub(super) bars: Vec<Bar>,
}

pub(super) struct Bar {
    pub(super) name: String,
    pub(super) value: f64,
    /// Whether it is a value of the module.
    pub(super) ours: bool,
}

const WIDTH: f64 = 760.0;
const MARGIN: f64 = 24.0;
/// The x coordinate at which the bars start.
const LEFT: f64 = 230.0;
/// The width reserved for the numbers.
const RIGHT: f64 = 130.0;
const BAR: f64 = 18.0;
const STEP: f64 = 24.0;
const HEADING: f64 = 34.0;
const TOP: f64 = 72.0;

/// Returns an SVG of horizontal bars on one scale.
pub(super) fn bars(title: &str, under: &str, groups: &[Group]) -> String {
    let all = groups.iter().flat_map(|group| &group.bars);
    let most = all.map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    let scale = (WIDTH - LEFT - RIGHT) / most;
    let mut body = String::new();
    let mut y = TOP;
    for group in groups {
        y += HEADING;
        text(&mut body, MARGIN, y - 10.0, "group", &group.name);
        let first = group.bars.first().map_or(0.0, |bar| bar.value);
        for bar in &group.bars {
            draw(&mut body, y, bar, scale, bar.value / first);
            y += STEP;
        }
    }
    let height = y + MARGIN;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-label="{title}">
<style>
text {{ font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f; }}
.title {{ font-size: 18px; font-weight: 600; }}
.under {{ fill: #57606a; }}
.group {{ font-weight: 600; }}
.name {{ text-anchor: end; }}
.value {{ font-variant-numeric: tabular-nums; }}
.ratio {{ fill: #57606a; }}
.ours {{ fill: #0a7f5a; }}
.other {{ fill: #b6bec8; }}
</style>
<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>
<text x="{MARGIN}" y="36" class="title">{title}</text>
<text x="{MARGIN}" y="58" class="under">{}</text>
{body}</svg>
"##,
        escape(under)
    )
}

fn draw(body: &mut String, y: f64, bar: &Bar, scale: f64, ratio: f64) {
    let base = y + BAR - 5.0;
    text(body, LEFT - 10.0, base, "name", &bar.name);
    let (width, class) = (
        (bar.value * scale).max(1.0),
        if bar.ours { "ours" } else { "other" },
    );
    // Writing to a String cannot fail.
    let _ = writeln!(
        body,
        r#"<rect x="{LEFT}" y="{y:.1}" width="{width:.1}" height="{BAR}" rx="2" class="{class}"/>"#
    );
    let _ = writeln!(
        body,
        r#"<text x="{:.1}" y="{base:.1}" class="value">{}<tspan class="ratio" dx="8">{}</tspan></text>"#,
        LEFT + width + 8.0,
        short(bar.value),
        // Ratios are to the first bar of the group.
        if (ratio - 1.0).abs() < 1e-9 {
            String::new()
        } else {
            format!("{ratio:.2} ×")
        },
    );
}

fn text(body: &mut String, x: f64, y: f64, class: &str, text: &str) {
    let _ = writeln!(
        body,
        r#"<text x="{x:.1}" y="{y:.1}" class="{class}">{}</text>"#,
        escape(text)
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_width_and_ratios_are_to_the_first() {
        let bar = |name: &str, value| Bar {
            name: name.into(),
            value,
            ours: name == "a",
        };
        let groups = [Group {
            name: "A & B".into(),
            bars: vec![bar("a", 2.0), bar("b", 5.0)],
        }];
        let svg = bars("Title", "under", &groups);
        assert!(svg.contains("A &amp; B"));
        assert!(svg.contains(r#"width="400.0" height="18" rx="2" class="other""#));
        assert!(svg.contains("2.50 ×"));
        assert!(!svg.contains("1.00 ×"));
    }
}
