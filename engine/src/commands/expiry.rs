//! The options EX, PX, EXAT and PXAT, by the rules of SET.

use crate::error::Error;
use crate::shard::MAX_TIME;

/// An expiry option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// EX: seconds from now.
    InSeconds(i64),
    /// PX: milliseconds from now.
    InMillis(i64),
    /// EXAT: Unix seconds.
    AtSeconds(i64),
    /// PXAT: Unix milliseconds.
    AtMillis(i64),
}

impl Expiry {
    /// Returns the time of expiry, Unix ms.
    ///
    /// # Errors
    /// `ERR invalid expire time` if the time is zero, negative, past, or beyond a signed 64-bit
    /// number of milliseconds. `command` is the name to show.
    pub fn resolve(self, now: u64, command: &str) -> Result<u64, Error> {
        let (amount, unit, base) = match self {
            Expiry::InSeconds(seconds) => (seconds, 1000, now),
            Expiry::InMillis(millis) => (millis, 1, now),
            Expiry::AtSeconds(seconds) => (seconds, 1000, 0),
            Expiry::AtMillis(millis) => (millis, 1, 0),
        };
        u64::try_from(amount)
            .ok()
            .and_then(|amount| amount.checked_mul(unit)?.checked_add(base))
            .filter(|&at| at > now && at <= MAX_TIME)
            .ok_or_else(|| Error::invalid_expire(command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_future_or_overflows_is_refused() {
        let now = 1_000_000;
        for bad in [0, -1, i64::MIN, i64::MAX] {
            assert!(
                Expiry::InSeconds(bad).resolve(now, "shorten").is_err(),
                "EX {bad}"
            );
            assert!(
                Expiry::InMillis(bad).resolve(now, "shorten").is_err(),
                "PX {bad}"
            );
            assert!(
                Expiry::AtSeconds(bad).resolve(now, "shorten").is_err(),
                "EXAT {bad}"
            );
        }
        assert!(Expiry::AtMillis(1_000_000).resolve(now, "shorten").is_err());
        assert_eq!(
            Expiry::AtMillis(1_000_001).resolve(now, "shorten"),
            Ok(1_000_001)
        );
        assert_eq!(
            Expiry::AtMillis(i64::MAX).resolve(now, "shorten"),
            Ok(MAX_TIME)
        );
        assert_eq!(Expiry::InSeconds(2).resolve(now, "shorten"), Ok(1_002_000));
        assert_eq!(
            Expiry::InSeconds(0)
                .resolve(now, "link.set")
                .unwrap_err()
                .to_string(),
            "ERR invalid expire time in 'link.set' command"
        );
    }
}
