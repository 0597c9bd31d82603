//! `INFO shorten`: running totals, which cost little enough to poll every second.

use std::sync::atomic::{AtomicBool, Ordering};

use shorten_engine::Origin;

use super::totals::{self, COUNTERS};
use super::{geoip, visit_log};
use crate::server::info::{Fields, InfoSection};

/// Whether the eviction policy can evict whole shards, as the timer has found.
static EVICTION_RISK: AtomicBool = AtomicBool::new(false);

/// The section `shorten`.
pub(crate) struct ShortenSection;

/// Stores whether shards can be evicted. Returns whether this has changed.
pub(crate) fn set_eviction_risk(risk: bool) -> bool {
    EVICTION_RISK.swap(risk, Ordering::Relaxed) != risk
}

impl InfoSection for ShortenSection {
    fn report(fields: &Fields) {
        report(fields);
    }
}

fn report(fields: &Fields) {
    if !fields.section() {
        return;
    }
    let totals = totals::read();
    fields.number(c"links", totals.links);
    fields.number(c"shards", totals.shards);
    fields.number(c"memory_bytes", totals.bytes);
    fields.number(c"pool_size", totals.pool);
    fields.number(c"pool_reserved", totals.reserved);
    fields.number(c"visited_links", totals.visited);
    fields.number(c"visits", COUNTERS.visits());
    fields.number(c"bot_visits", COUNTERS.bots());
    fields.number(c"unreadable_addresses", COUNTERS.unreadable_addresses());
    fields.number(c"visit_log_added", visit_log::added());
    fields.number(c"visit_log_dropped", visit_log::dropped());
    fields.number(c"expired_links", COUNTERS.expired());
    fields.number(c"collisions", COUNTERS.collisions());
    fields.number(c"created_counter", COUNTERS.created(Origin::Counter));
    fields.number(c"created_hash", COUNTERS.created(Origin::Hash));
    fields.number(c"created_pool", COUNTERS.created(Origin::Pool));
    fields.number(c"created_alias", COUNTERS.created(Origin::Alias));
    fields.number(c"largest_shard_links", totals.largest);
    fields.number(
        c"eviction_risk",
        u64::from(EVICTION_RISK.load(Ordering::Relaxed)),
    );
    let (loaded, built) = geoip::state();
    fields.number(c"geoip_loaded", u64::from(loaded));
    fields.number(c"geoip_build_epoch", built);
}
