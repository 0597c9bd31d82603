//! What the process knows to tell visitors apart: user agents seen before, and the GeoIP file.

use std::sync::{LazyLock, Mutex, PoisonError};

use shorten_engine::visitor::{Salt, Visitor, VisitorClassifier, VisitorHints};

use super::{geoip, settings};

static OBSERVER: LazyLock<Mutex<VisitorClassifier>> = LazyLock::new(Mutex::default);

/// What is kept of a visit under the settings in force.
pub(crate) fn see(said: &VisitorHints<'_>, salt: &Salt) -> Visitor {
    let mut observer = OBSERVER.lock().unwrap_or_else(PoisonError::into_inner);
    observer.geo = geoip::current();
    let seen = observer.classify(said, &settings::current().visitor, salt);
    // A file that is replaced must not stay in memory until the next visit.
    observer.geo = None;
    seen
}
