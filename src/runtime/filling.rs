//! What CODEPOOL FILL was asked for and left to the timer, so that one call does not hold the
//! server up.
//!
//! Of this process alone: neither saved nor replicated. After a restart or a failover a pool
//! refills itself as pool-min and pool-max say.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Codes that one call adds or hands out at most: some 20 to 40 ms of work.
pub(crate) const AT_ONCE: u64 = 20_000;

/// By database.
static ASKED: Mutex<BTreeMap<c_int, Asked>> = Mutex::new(BTreeMap::new());

#[derive(Clone, Copy, Default)]
struct Asked {
    /// Codes still to be added.
    left: u64,
    /// Pools that had no room, one after another.
    full: usize,
}

fn asked() -> MutexGuard<'static, BTreeMap<c_int, Asked>> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks for so many codes more in a database.
pub(crate) fn ask(database: c_int, codes: u64) {
    let mut asked = asked();
    let asked = asked.entry(database).or_default();
    asked.left = asked.left.saturating_add(codes);
    asked.full = 0;
}

/// How many codes are still to be added in a database.
pub(crate) fn left(database: c_int) -> u64 {
    asked().get(&database).map_or(0, |asked| asked.left)
}

/// Whether anything is still to be added anywhere.
pub(crate) fn is_going_on() -> bool {
    !asked().is_empty()
}

/// One of the `pools` of a database was looked after, and this many codes were added. Once all of
/// them have been found without room, there is no more to do.
pub(crate) fn done(database: c_int, added: u64, pools: usize) {
    let mut all = asked();
    let Some(asked) = all.get_mut(&database) else {
        return;
    };
    asked.left = asked.left.saturating_sub(added);
    asked.full = if added > 0 {
        0
    } else {
        asked.full.saturating_add(1)
    };
    if asked.left == 0 || asked.full >= pools {
        all.remove(&database);
    }
}

/// Forgets what was asked for in a database.
pub(crate) fn forget(database: c_int) {
    asked().remove(&database);
}

/// Forgets all that was asked for.
pub(crate) fn forget_all() {
    asked().clear();
}
