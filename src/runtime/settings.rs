//! The settings in force.

use std::sync::LazyLock;

use shorten_engine::settings::Settings;

use crate::server::snapshot::Snapshot;

static CURRENT: Snapshot<Settings> = Snapshot::new();
static DEFAULT: LazyLock<Settings> = LazyLock::new(Settings::default);

/// Returns the settings in force.
#[inline]
pub(crate) fn current() -> &'static Settings {
    CURRENT.get().unwrap_or_else(|| &DEFAULT)
}

/// Replaces the settings in force if they differ.
pub(super) fn publish(settings: &Settings) {
    if CURRENT.get() != Some(settings) {
        CURRENT.publish(settings.clone());
    }
}
