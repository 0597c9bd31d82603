//! Progress messages on standard error.

use std::sync::OnceLock;
use std::time::Instant;

/// Prints a message with the time since the start.
pub(crate) fn say(what: &str) {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    let seconds = BEGIN.get_or_init(Instant::now).elapsed().as_secs();
    eprintln!("{:3}:{:02}  {what}", seconds / 60, seconds % 60);
}

/// Formats a number with three digits and a word for thousands and millions.
pub(crate) fn count(number: f64) -> String {
    match number {
        n if n >= 1e7 => format!("{:.0} million", n / 1e6),
        n if n >= 1e6 => {
            let text = format!("{:.2}", n / 1e6);
            format!(
                "{} million",
                text.trim_end_matches('0').trim_end_matches('.')
            )
        }
        n if n >= 1e4 => format!("{:.0} thousand", n / 1e3),
        n => format!("{n:.0}"),
    }
}
