//! Markdown.

use crate::results::Measurement;

/// A page under construction.
#[derive(Default)]
pub(crate) struct Page(String);

impl Page {
    /// Adds a line.
    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
        if text.starts_with('#') {
            self.0.push('\n');
        }
    }

    /// Adds a paragraph.
    pub(super) fn text(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push_str("\n\n");
    }

    /// Adds a table: the first column has words, the others numbers.
    pub(super) fn table(&mut self, head: &[String], rows: &[Vec<String>]) {
        self.row(head);
        let rule = |n| if n == 0 { "---" } else { "---:" };
        let rules: Vec<String> = (0..head.len()).map(|n| rule(n).into()).collect();
        self.row(&rules);
        rows.iter().for_each(|row| self.row(row));
        self.0.push('\n');
    }

    fn row(&mut self, cells: &[String]) {
        self.0.push_str("| ");
        self.0.push_str(&cells.join(" | "));
        self.0.push_str(" |\n");
    }

    pub(super) fn end(self) -> String {
        format!("{}\n", self.0.trim_end())
    }
}

/// Words as the cells of a row.
pub(super) fn cells(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).into()).collect()
}

/// A number with three digits, or as many as it has before the point.
pub(super) fn short(number: f64) -> String {
    match number.abs() {
        n if n >= 100.0 => thousands(number),
        n if n >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A median, and its range where rounds differ.
pub(super) fn with_range(measured: Option<Measurement>) -> String {
    match measured {
        None => "–".into(),
        Some(measured) if measured.least == measured.most => short(measured.median),
        Some(measured) => format!(
            "{} ({}–{})",
            short(measured.median),
            short(measured.least),
            short(measured.most)
        ),
    }
}

/// A number, or a dash.
pub(super) fn or_dash(number: Option<f64>) -> String {
    number.map_or_else(|| "–".into(), short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let text = [0.123, 9.876, 12.34, 999.6, 1_234_567.0].map(short);
        assert_eq!(text, ["0.12", "9.88", "12.3", "1,000", "1,234,567"]);
    }
}
