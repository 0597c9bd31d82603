//! Codes that CODEPOOL FILL leaves to the timer, so that one call does not block the server.
//!
//! They are part of this process only, neither saved nor replicated. After a restart or a failover,
//! a pool is refilled as `pool-min` and `pool-max` say.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Maximum number of codes that one call adds or takes, which takes some 20 to 40 ms.
pub(crate) const MAX_PER_CALL: u64 = 20_000;

/// The pending requests by database.
static REQUESTS: Mutex<BTreeMap<c_int, FillRequest>> = Mutex::new(BTreeMap::new());

#[derive(Clone, Copy, Default)]
struct FillRequest {
    /// Number of codes still to be added.
    remaining: u64,
    /// Number of consecutive pools that had no room.
    full_pools: usize,
}

fn requests() -> MutexGuard<'static, BTreeMap<c_int, FillRequest>> {
    REQUESTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Requests this number of additional codes in a database.
pub(crate) fn request(database: c_int, codes: u64) {
    let mut requests = requests();
    let request = requests.entry(database).or_default();
    request.remaining = request.remaining.saturating_add(codes);
    request.full_pools = 0;
}

/// Returns the number of codes still to be added in a database.
pub(crate) fn remaining(database: c_int) -> u64 {
    requests()
        .get(&database)
        .map_or(0, |request| request.remaining)
}

/// Returns whether a request is pending in any database.
pub(crate) fn is_pending() -> bool {
    !requests().is_empty()
}

/// Records that one of the `pools` of a database was processed, and that this number of codes was
/// added to it. The request ends when all pools in turn had no room.
pub(crate) fn record(database: c_int, added: u64, pools: usize) {
    let mut requests = requests();
    let Some(request) = requests.get_mut(&database) else {
        return;
    };
    request.remaining = request.remaining.saturating_sub(added);
    request.full_pools = if added > 0 {
        0
    } else {
        request.full_pools.saturating_add(1)
    };
    if request.remaining == 0 || request.full_pools >= pools {
        requests.remove(&database);
    }
}

/// Cancels the request of a database.
pub(crate) fn cancel(database: c_int) {
    requests().remove(&database);
}

/// Cancels all requests.
pub(crate) fn cancel_all() {
    requests().clear();
}
