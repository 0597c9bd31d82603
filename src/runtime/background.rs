//! What happens between commands: links that expired are reclaimed, pools refilled, and the figures of INFO kept fresh.
//!
//! One timer that keeps itself going. Each tick is short, and what it did not finish the next one goes on with. It works on
//! masters alone, and never while replicas must not be written to; the role is looked at anew in every tick.

use std::ffi::c_int;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use shorten_engine::code::slot::{SLOTS, Slot};
use shorten_engine::settings::Strategy;
use shorten_engine::{Shard, Store as _};

use super::cluster::{self, Slots};
use super::shard_value::ShardValue;
use super::store::with_engine_at_wall_clock;
use super::{filling, info_section, settings, totals};
use crate::server::Ctx;
use crate::server::ctx::must_not_replicate;
use crate::server::key::Access;
use crate::server::log::Level;
use crate::server::timer::{self, Tick};
use crate::server::value_cache;

/// Between two ticks when nothing is in a hurry, in ms.
const IDLE_MS: u64 = 100;
/// Between two ticks while links wait to be reclaimed, or a node's pools to be refilled, in ms.
const SWEEPING_MS: u64 = 5;
/// Between two ticks while a pool that is one for all slots is being refilled, in ms.
const REFILLING_MS: u64 = 2;

/// What the sweep may take of a tick.
const CYCLE_TIME: Duration = Duration::from_micros(400);
/// What refilling may take of a tick: a batch more than this at worst.
const REFILL_TIME: Duration = Duration::from_micros(250);
/// How long the eviction policy is believed.
const POLICY_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Links that one effect reclaims at most.
const RECLAIM_BATCH: usize = 64;
/// Codes that one effect adds to a pool at most.
const REFILL_BATCH: u64 = 64;
/// Shards looked at between two looks at the clock.
const CYCLE_STEP: usize = 32;
/// Shards looked at in a tick when no link can expire, to find the largest.
const IDLE_SHARDS_PER_TICK: usize = 64;

/// Where the sweep is.
struct ExpireCycle {
    database: c_int,
    /// The number of the next slot, among those of the round.
    at: usize,
    /// Links of the largest shard of this round.
    largest: u64,
    policy_read: Option<Instant>,
}

static CYCLE: Mutex<ExpireCycle> = Mutex::new(ExpireCycle {
    database: 0,
    at: 0,
    largest: 0,
    policy_read: None,
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
        let mut sweep = CYCLE.lock().unwrap_or_else(PoisonError::into_inner);
        check_eviction_policy(ctx, &mut sweep);
        let flags = ctx.flags();
        if !flags.is_master() {
            filling::forget_all();
        }
        if !flags.is_master() || flags.is_loading() || must_not_replicate() {
            return IDLE_MS;
        }
        let has_room = !flags.is_out_of_memory();
        let sweeping = sweep.advance(ctx, has_room);
        let refilling = has_room
            && if cluster::is_enabled() {
                filling::is_going_on()
            } else {
                refill(ctx)
            };
        if refilling {
            REFILLING_MS
        } else if sweeping {
            SWEEPING_MS
        } else {
            IDLE_MS
        }
    }
}

/// The slots of a round: all of them, or in a cluster those of this node, as they are at this tick.
struct Pass {
    cluster: Option<Slots>,
    own: Vec<Slot>,
    may_refill: bool,
}

impl Pass {
    fn now(ctx: Ctx<'_>, may_refill: bool) -> Pass {
        let cluster = cluster::is_enabled().then(|| Slots::now(ctx));
        let own = cluster.iter().flat_map(Slots::iter).collect();
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

    fn slot(&self, at: usize) -> Option<Slot> {
        if self.cluster.is_some() {
            self.own.get(at).copied()
        } else {
            Slot::try_from(at).ok().filter(|&slot| slot < SLOTS)
        }
    }

    /// Whether the round looks after pools too: in a cluster every slot has one.
    fn refills(&self) -> bool {
        self.may_refill && self.cluster.is_some()
    }

    /// Whether it looks after the pool of this slot: not while that moves to another node, which may have its shard already.
    fn refills_at(&self, slot: Slot) -> bool {
        let cluster = self.cluster.as_ref();
        self.may_refill && cluster.is_some_and(|slots| slots.is_settled(slot))
    }
}

impl ExpireCycle {
    /// Goes round for a while; whether there is more to reclaim or, in a cluster, to refill than there was
    /// time for.
    fn advance(&mut self, ctx: Ctx<'_>, may_refill: bool) -> bool {
        let totals = totals::read();
        let by_default = cluster::is_enabled() && settings::current().strategy == Strategy::Pool;
        if totals.shards == 0 && !by_default {
            filling::forget_all();
            totals::set_largest(0);
            return false;
        }
        let round = Pass::now(ctx, may_refill);
        // After the round: some servers take as long as that to say which slots are theirs.
        let begin = Instant::now();
        let in_a_hurry = totals.expiring > 0
            || (round.refills() && (by_default || totals.pool > 0 || filling::is_going_on()));
        let mut has_worked = false;
        let mut looked_at = 0_usize;
        loop {
            if !ctx.select(self.database) {
                // That was the last database.
                totals::set_largest(self.largest);
                (self.database, self.at, self.largest) = (0, 0, 0);
                return false;
            }
            let is_empty = ctx.database_size() == 0 && !(by_default && self.database == 0);
            if is_empty {
                filling::forget(self.database);
            }
            if is_empty || self.at >= round.len() {
                (self.database, self.at) = (self.database.saturating_add(1), 0);
                continue;
            }
            for _ in 0..CYCLE_STEP {
                let (gone, added) = self.look_at_next(ctx, &round);
                has_worked |= gone > 0 || added > 0;
                looked_at = looked_at.saturating_add(1);
                // Looking takes next to no time, but work does.
                if gone > 0 || added > 0 {
                    break;
                }
            }
            if begin.elapsed() > CYCLE_TIME {
                return has_worked;
            }
            if !in_a_hurry && looked_at >= IDLE_SHARDS_PER_TICK {
                return false;
            }
        }
    }

    /// Looks at one shard; answers how many links were reclaimed and how many codes added to its pool. Goes on to the next shard unless
    /// there may be more to reclaim in this one.
    fn look_at_next(&mut self, ctx: Ctx<'_>, round: &Pass) -> (usize, u64) {
        let place = (self.at, round.len());
        let Some(slot) = round.slot(self.at) else {
            return (0, 0);
        };
        let refills = round.refills_at(slot);
        let asked = filling::left(self.database).min(REFILL_BATCH);
        // A key that holds something else is skipped: commands that need it say so.
        let (links, reclaimed, added) =
            with_engine_at_wall_clock(ctx, Access::Background, |engine| {
                let reclaimed = engine.reclaim(slot, RECLAIM_BATCH).unwrap_or(0);
                let mut added = 0;
                if refills {
                    added = engine
                        .pool_refill_at(slot, place, REFILL_BATCH)
                        .unwrap_or(0);
                }
                if refills && added == 0 && asked > 0 {
                    added = engine.pool_fill_at(slot, place, asked).unwrap_or(0);
                }
                let shard = engine.store.get(slot).ok().flatten();
                let links = shard.map_or(0, Shard::link_count);
                (links, reclaimed, added)
            });
        if asked > 0 && round.refills() {
            filling::done(self.database, added, round.len());
        }
        self.largest = self.largest.max(links as u64);
        if reclaimed < RECLAIM_BATCH {
            self.at = self.at.saturating_add(1);
        }
        (reclaimed, added)
    }
}

/// Adds to the pools that are wanted and low; whether one needs more than there was time for.
fn refill(ctx: Ctx<'_>) -> bool {
    let begin = Instant::now();
    let mut database = 0;
    while ctx.select(database) {
        // A pool that is wanted by the settings alone is that of database 0; a database that holds nothing wants none.
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

/// Adds some codes to the pool of the selected database if that is wanted and low, or if FILL asked
/// for them; answers how many.
fn refill_one(ctx: Ctx<'_>, database: c_int) -> u64 {
    if ctx.database_size() == 0 {
        filling::forget(database);
    }
    let asked = filling::left(database).min(REFILL_BATCH);
    let added = with_engine_at_wall_clock(ctx, Access::Background, |engine| {
        match engine.pool_refill(REFILL_BATCH)? {
            0 if asked > 0 => engine.pool_fill(Some(asked)),
            added => Ok(added),
        }
    });
    let added = added.unwrap_or(0);
    if asked > 0 {
        filling::done(database, added, 1);
    }
    added
}

/// Warns when the server is told to evict keys without an expiry: a shard is one such key, and holds many links.
fn check_eviction_policy(ctx: Ctx<'_>, sweep: &mut ExpireCycle) {
    if sweep
        .policy_read
        .is_some_and(|read| read.elapsed() < POLICY_CHECK_INTERVAL)
    {
        return;
    }
    sweep.policy_read = Some(Instant::now());
    let Some(policy) = ctx.server_info(c"memory", c"maxmemory_policy") else {
        return;
    };
    let risk = policy.starts_with("allkeys-");
    // Eviction goes by the last use of keys, which the cache of shards hides.
    value_cache::set_enabled::<ShardValue>(!risk);
    if !info_section::set_eviction_risk(risk) {
        return;
    }
    if risk {
        ctx.log(
            Level::Warning,
            &format!("maxmemory-policy is {policy}: at maxmemory the server may evict whole shards of links; use noeviction or a volatile-* policy"),
        );
    } else {
        ctx.log(
            Level::Notice,
            &format!("maxmemory-policy is {policy}: links are not evicted"),
        );
    }
}
