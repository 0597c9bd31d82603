//! The classifier of visitors: its cache of user agents, and the GeoIP file.

use std::sync::{LazyLock, Mutex, PoisonError};

use shorten_engine::visitor::{Salt, Visitor, VisitorClassifier, VisitorHints};

use super::{geoip, settings};

static CLASSIFIER: LazyLock<Mutex<VisitorClassifier>> = LazyLock::new(Mutex::default);

/// Returns what is stored of a visit under the settings in force.
pub(crate) fn classify(hints: &VisitorHints<'_>, salt: &Salt) -> Visitor {
    let mut classifier = CLASSIFIER.lock().unwrap_or_else(PoisonError::into_inner);
    classifier.geo = geoip::current();
    let visitor = classifier.classify(hints, &settings::current().visitor, salt);
    // A file that was replaced must not stay in memory until the next visit.
    classifier.geo = None;
    visitor
}
