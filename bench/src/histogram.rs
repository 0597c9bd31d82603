//! Times by the million: counted in buckets one 64th of their value wide.

use std::time::Duration;

/// Buckets per doubling.
const STEPS: u64 = 64;

/// How often which time was seen, to 1.6 %; the longest exactly.
#[derive(Clone)]
pub(crate) struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: Duration,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram {
            buckets: vec![0; bucket(u64::MAX) + 1],
            count: 0,
            max: Duration::ZERO,
        }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket(nanos)] += 1;
        self.count += 1;
        self.max = self.max.max(time);
    }

    pub(crate) fn merge(&mut self, other: &Histogram) {
        for (here, there) in self.buckets.iter_mut().zip(&other.buckets) {
            *here += there;
        }
        self.count += other.count;
        self.max = self.max.max(other.max);
    }

    pub(crate) fn max(&self) -> Duration {
        self.max
    }

    /// The time that a part of all, 0 to 1, does not exceed.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        let wanted = (self.count as f64 * part).ceil() as u64;
        let mut seen = 0;
        for (at, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return Duration::from_nanos(upper(at)).min(self.max);
            }
        }
        self.max
    }
}

fn bucket(nanos: u64) -> usize {
    if nanos < STEPS {
        return nanos as usize;
    }
    let doublings = u64::from(nanos.ilog2() - STEPS.ilog2());
    // The leading digit is the doubling's own: 64 steps of the rest.
    (doublings * STEPS + (nanos >> doublings)) as usize
}

/// The largest time of a bucket.
fn upper(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 2 * STEPS {
        return bucket;
    }
    let doublings = bucket / STEPS - 1;
    ((u128::from(bucket - doublings * STEPS + 1) << doublings) - 1).min(u128::from(u64::MAX)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_its_upper_bound_and_no_time_above_it() {
        for nanos in (0..5000).chain([1 << 20, (1 << 33) + 12_345, u64::MAX]) {
            let upper = upper(bucket(nanos));
            assert!(upper >= nanos && bucket(upper) == bucket(nanos), "{nanos}");
            assert!(upper as f64 <= nanos as f64 * 1.016 + 1.0, "{nanos}");
            assert!(upper == u64::MAX || bucket(upper + 1) == bucket(nanos) + 1);
        }
    }

    #[test]
    fn quantiles_are_those_of_the_times_given() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|n| histogram.add(Duration::from_micros(n)));
        let near = |part, micros: f64| {
            let found = histogram.quantile(part).as_secs_f64() * 1e6;
            assert!((found / micros - 1.0).abs() < 0.02, "{part}: {found}");
        };
        near(0.5, 500.0);
        near(0.99, 990.0);
        assert_eq!(histogram.quantile(1.0), Duration::from_millis(1));
        assert_eq!(histogram.max(), Duration::from_millis(1));
    }
}
