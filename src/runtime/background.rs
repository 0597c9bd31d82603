//! The work between commands: reclaims expired links, refills pools, and updates the figures of
//! INFO.
//!
//! One timer that restarts itself. Each tick is short, and the next tick continues where it
//! stopped. Ticks work on masters only, and not while replication must be avoided. The role is
//! checked in every tick.

use std::ffi::c_int;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use shorten_engine::code::cluster_slots::ClusterSlots;
use shorten_engine::code::slot::{SLOTS, Slot};
use shorten_engine::settings::Strategy;
use shorten_engine::{Shard, Store as _};

use super::shard_value::ShardValue;
use super::store::with_engine_at_wall_clock;
use super::{cluster, info_section, pool_fill, settings, totals};
use crate::server::Ctx;
use crate::server::ctx::must_not_replicate;
use crate::server::key::Access;
use crate::server::log::Level;
use crate::server::timer::{self, Tick};
use crate::server::value_cache;

/// Milliseconds between two ticks when nothing is urgent.
const IDLE_MS: u64 = 100;
/// Milliseconds between two ticks while links are to be reclaimed, or the pools of a cluster's node
/// to be refilled.
const RECLAIMING_MS: u64 = 5;
/// Milliseconds between two ticks while a pool is refilled, without cluster mode.
const REFILLING_MS: u64 = 2;

/// Maximum time of a tick for reclaiming.
const CYCLE_TIME: Duration = Duration::from_micros(400);
/// Maximum time of a tick for refilling. A tick can exceed it by one batch.
const REFILL_TIME: Duration = Duration::from_micros(250);
/// Time between two checks of the eviction policy.
const POLICY_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Maximum number of links that one effect reclaims.
const RECLAIM_BATCH: usize = 64;
/// Maximum number of codes that one effect adds to a pool.
const REFILL_BATCH: u64 = 64;
/// Number of shards processed between two readings of the clock.
const CYCLE_STEP: usize = 32;
/// Number of shards processed per tick if no link can expire, to find the largest shard.
const IDLE_SHARDS_PER_TICK: usize = 64;

/// The position of the cycle, which visits the slots of all databases in turn.
struct ExpireCycle {
    database: c_int,
    /// Index of the next slot in [`Pass`].
    position: usize,
    /// Number of links of the largest shard that this cycle has found so far.
    largest: u64,
    policy_checked: Option<Instant>,
}

static CYCLE: Mutex<ExpireCycle> = Mutex::new(ExpireCycle {
    database: 0,
    position: 0,
    largest: 0,
    policy_checked: None,
});

/// Starts the timer.
pub(crate) fn start(ctx: Ctx<'_>) {
    check_eviction_policy(
        ctx,
        &mut CYCLE.lock().unwrap_or_else(PoisonError::into_inner),
    );
    timer::start::<Background>(ctx, IDLE_MS);
}

struct Background;

impl Tick for Background {
    fn tick(ctx: Ctx<'_>) -> u64 {
        let mut cycle = CYCLE.lock().unwrap_or_else(PoisonError::into_inner);
        check_eviction_policy(ctx, &mut cycle);
        let flags = ctx.flags();
        if !flags.is_master() {
            pool_fill::cancel_all();
        }
        if !flags.is_master() || flags.is_loading() || must_not_replicate() {
            return IDLE_MS;
        }
        let has_memory = !flags.is_out_of_memory();
        let reclaiming = cycle.advance(ctx, has_memory);
        let refilling = has_memory
            && if cluster::is_enabled() {
                pool_fill::is_pending()
            } else {
                refill(ctx)
            };
        if refilling {
            REFILLING_MS
        } else if reclaiming {
            RECLAIMING_MS
        } else {
            IDLE_MS
        }
    }
}

/// The slots to process: all of them, or in cluster mode those of this node at this tick.
struct Pass {
    cluster: Option<ClusterSlots>,
    own: Vec<Slot>,
    may_refill: bool,
}

impl Pass {
    fn now(ctx: Ctx<'_>, may_refill: bool) -> Pass {
        let cluster = cluster::is_enabled().then(|| cluster::slots(ctx));
        let own = cluster.iter().flat_map(ClusterSlots::iter).collect();
        Pass {
            cluster,
            own,
            may_refill,
        }
    }

    fn len(&self) -> usize {
        if self.cluster.is_some() {
            self.own.len()
        } else {
            usize::from(SLOTS)
        }
    }

    fn slot(&self, position: usize) -> Option<Slot> {
        if self.cluster.is_some() {
            self.own.get(position).copied()
        } else {
            Slot::try_from(position).ok().filter(|&slot| slot < SLOTS)
        }
    }

    /// Returns whether pools are refilled too. In cluster mode, every slot has a pool.
    fn refills(&self) -> bool {
        self.may_refill && self.cluster.is_some()
    }

    /// Returns whether the pool of this slot is refilled. The pool of a migrating slot is not,
    /// because the other node may have its shard already.
    fn refills_slot(&self, slot: Slot) -> bool {
        let cluster = self.cluster.as_ref();
        self.may_refill && cluster.is_some_and(|slots| slots.is_stable(slot))
    }
}

impl ExpireCycle {
    /// Processes shards until the time is up. Returns whether there is more to reclaim or, in
    /// cluster mode, to refill.
    fn advance(&mut self, ctx: Ctx<'_>, may_refill: bool) -> bool {
        let totals = totals::read();
        let is_pool_default =
            cluster::is_enabled() && settings::current().strategy == Strategy::Pool;
        if totals.shards == 0 && !is_pool_default {
            pool_fill::cancel_all();
            totals::set_largest(0);
            return false;
        }
        let pass = Pass::now(ctx, may_refill);
        // The clock is read afterwards, because some servers need more than the time of a tick to
        // report their slots.
        let begin = Instant::now();
        let is_urgent = totals.expiring > 0
            || (pass.refills() && (is_pool_default || totals.pool > 0 || pool_fill::is_pending()));
        let mut has_worked = false;
        let mut processed = 0_usize;
        loop {
            if !ctx.select(self.database) {
                // There is no further database.
                totals::set_largest(self.largest);
                (self.database, self.position, self.largest) = (0, 0, 0);
                return false;
            }
            let is_empty = ctx.database_size() == 0 && !(is_pool_default && self.database == 0);
            if is_empty {
                pool_fill::cancel(self.database);
            }
            if is_empty || self.position >= pass.len() {
                (self.database, self.position) = (self.database.saturating_add(1), 0);
                continue;
            }
            for _ in 0..CYCLE_STEP {
                let (reclaimed, added) = self.process_next(ctx, &pass);
                has_worked |= reclaimed > 0 || added > 0;
                processed = processed.saturating_add(1);
                // Reading a shard takes much less time than changing it.
                if reclaimed > 0 || added > 0 {
                    break;
                }
            }
            if begin.elapsed() > CYCLE_TIME {
                return has_worked;
            }
            if !is_urgent && processed >= IDLE_SHARDS_PER_TICK {
                return false;
            }
        }
    }

    /// Processes one shard. Returns the number of links reclaimed and the number of codes added to
    /// its pool. Moves on to the next shard unless there may be more to reclaim in this one.
    fn process_next(&mut self, ctx: Ctx<'_>, pass: &Pass) -> (usize, u64) {
        let progress = (self.position, pass.len());
        let Some(slot) = pass.slot(self.position) else {
            return (0, 0);
        };
        let refills = pass.refills_slot(slot);
        let requested = pool_fill::remaining(self.database).min(REFILL_BATCH);
        // A key of another type is skipped. Commands that need the key return the error.
        let (links, reclaimed, added) =
            with_engine_at_wall_clock(ctx, Access::Background, |engine| {
                let reclaimed = engine.reclaim(slot, RECLAIM_BATCH).unwrap_or(0);
                let mut added = 0;
                if refills {
                    added = engine
                        .pool_refill_at(slot, progress, REFILL_BATCH)
                        .unwrap_or(0);
                }
                if refills && added == 0 && requested > 0 {
                    added = engine.pool_fill_at(slot, progress, requested).unwrap_or(0);
                }
                let shard = engine.store.get(slot).ok().flatten();
                let links = shard.map_or(0, Shard::link_count);
                (links, reclaimed, added)
            });
        if requested > 0 && pass.refills() {
            pool_fill::record(self.database, added, pass.len());
        }
        self.largest = self.largest.max(links as u64);
        if reclaimed < RECLAIM_BATCH {
            self.position = self.position.saturating_add(1);
        }
        (reclaimed, added)
    }
}

/// Refills the pools that are below their minimum. Returns whether there is more to add.
fn refill(ctx: Ctx<'_>) -> bool {
    let begin = Instant::now();
    let mut database = 0;
    while ctx.select(database) {
        // The settings alone enable refilling in database 0 only. An empty database has no pool.
        let in_use = database == 0 || ctx.database_size() > 0;
        while in_use && refill_one(ctx, database) > 0 {
            if begin.elapsed() > REFILL_TIME {
                return true;
            }
        }
        database = database.saturating_add(1);
    }
    false
}

/// Adds a batch of codes to the pool of the selected database if it is below its minimum, or if
/// FILL has requested codes. Returns the number of codes added.
fn refill_one(ctx: Ctx<'_>, database: c_int) -> u64 {
    if ctx.database_size() == 0 {
        pool_fill::cancel(database);
    }
    let requested = pool_fill::remaining(database).min(REFILL_BATCH);
    let added = with_engine_at_wall_clock(ctx, Access::Background, |engine| {
        match engine.pool_refill(REFILL_BATCH)? {
            0 if requested > 0 => engine.pool_fill(Some(requested)),
            added => Ok(added),
        }
    });
    let added = added.unwrap_or(0);
    if requested > 0 {
        pool_fill::record(database, added, 1);
    }
    added
}

/// Logs a warning if the eviction policy applies to keys without an expiry. A shard is one such key
/// and holds many links.
fn check_eviction_policy(ctx: Ctx<'_>, cycle: &mut ExpireCycle) {
    if cycle
        .policy_checked
        .is_some_and(|read| read.elapsed() < POLICY_CHECK_INTERVAL)
    {
        return;
    }
    cycle.policy_checked = Some(Instant::now());
    let Some(policy) = ctx.server_info(c"memory", c"maxmemory_policy") else {
        return;
    };
    let risk = policy.starts_with("allkeys-");
    // These policies evict by the time of the last use, which the cache of shards does not update.
    value_cache::set_enabled::<ShardValue>(!risk);
    if !info_section::set_eviction_risk(risk) {
        return;
    }
    if risk {
        ctx.log(
            Level::Warning,
            &format!(
                "maxmemory-policy is {policy}: at maxmemory the server may evict whole shards of \
                 links; use noeviction or a volatile-* policy"
            ),
        );
    } else {
        ctx.log(
            Level::Notice,
            &format!("maxmemory-policy is {policy}: links are not evicted"),
        );
    }
}
