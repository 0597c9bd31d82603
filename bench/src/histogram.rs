//! A histogram of durations, with a precision of 0.1 percent.

use std::time::Duration;

use hdrhistogram::Histogram as Counts;

/// Significant digits.
const DIGITS: u8 = 3;
/// The maximum duration, in nanoseconds: one hour. Longer ones count as this.
const LONGEST: u64 = 3_600_000_000_000;

/// Counts of durations.
#[derive(Clone, Default)]
pub(crate) struct Histogram {
    /// In nanoseconds. `None` before the first duration.
    counts: Option<Counts<u64>>,
}

impl Histogram {
    pub(crate) fn add(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        if self.counts.is_none() {
            self.counts = Counts::new_with_bounds(1, LONGEST, DIGITS).ok();
        }
        if let Some(counts) = &mut self.counts {
            counts.saturating_record(nanos);
        }
    }

    pub(crate) fn merge(&mut self, other: &Histogram) {
        match (&mut self.counts, &other.counts) {
            // Both have the same bounds, so merging cannot fail.
            (Some(here), Some(there)) => drop(here.add(there)),
            (here @ None, there) => here.clone_from(there),
            (Some(_), None) => {}
        }
    }

    pub(crate) fn max(&self) -> Duration {
        self.quantile(1.0)
    }

    /// Returns the quantile `part`, from 0 to 1.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        let nanos = (self.counts.as_ref()).map_or(0, |counts| counts.value_at_quantile(part));
        Duration::from_nanos(nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(micros: impl Iterator<Item = u64>) -> Histogram {
        let mut histogram = Histogram::default();
        micros.for_each(|micros| histogram.add(Duration::from_micros(micros)));
        histogram
    }

    fn is_near(time: Duration, micros: f64) -> bool {
        (time.as_secs_f64() * 1e6 / micros - 1.0).abs() < 0.001
    }

    #[test]
    fn quantiles_are_those_of_the_times_given() {
        let histogram = of(1..=1000);
        assert!(is_near(histogram.quantile(0.5), 500.0));
        assert!(is_near(histogram.quantile(0.99), 990.0));
        assert!(is_near(histogram.max(), 1000.0));
        assert_eq!(Histogram::default().max(), Duration::ZERO);
    }

    #[test]
    fn merged_histograms_hold_the_times_of_both() {
        let mut merged = Histogram::default();
        merged.merge(&of(1..=500));
        merged.merge(&of(501..=1000));
        merged.merge(&Histogram::default());
        assert!(is_near(merged.quantile(0.5), 500.0));
        assert!(is_near(merged.max(), 1000.0));
    }
}
