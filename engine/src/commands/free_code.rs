//! The search for the first free code of a series: the counter's numbers, or in a cluster a slot's
//! codes.
//!
//! A free code is nearly always the next one or one of the next few. But an import can bring a
//! million consecutive numbers. Skipping them one by one would block the server. So after [`STEPS`]
//! codes in use the search looks ahead, at [`PROBES`] random positions in a window as wide as the
//! part that was searched, then in one twice as wide, and so on. The first free code that it hits
//! ends this. A binary search between that code and the last code in use before it then finds a
//! free code that follows one in use. If the run has no gaps, that is the first code after the run.
//!
//! - *No code is issued twice.* The code was seen to be free, and the counter continues after it.
//! - *Few free codes are skipped.* The search jumps only from a run whose first [`STEPS`] codes are
//!   all in use.
//! - *Codes stay short.* A window that is half free is skipped once in 2^16 times, and the next
//!   one, twice as wide, once in 2^16 of those. So nearly always more than half of what was skipped
//!   is in use, and the code is at most four times as far away as there are codes in use before it.
//!   The positions are random, because a few dozen aliases at known positions could drive the
//!   counter to its end.

use rand::RngExt as _;

use crate::code::Code;
use crate::commands::engine::Engine;
use crate::commands::store::Store;
use crate::error::Error;

/// Number of codes that are tried one after another.
const STEPS: u32 = 256;

/// Number of codes that are tried in a window.
const PROBES: u32 = 16;

impl<S: Store> Engine<'_, S> {
    /// Returns a free code of a series from the position `from` on: the first one, unless the first
    /// [`STEPS`] are in use. Returns `None` if all seem to be in use.
    ///
    /// `series` returns the first code whose position is at least the given one, and its position.
    /// It returns `None` after the last code.
    pub(super) fn first_free(
        &mut self,
        from: u64,
        series: impl Fn(u64) -> Option<(u64, Code)>,
    ) -> Result<Option<Code>, Error> {
        let mut place = from;
        for _ in 0..STEPS {
            let Some((at, code)) = series(place) else {
                return Ok(None);
            };
            if !self.is_occupied(&code)? {
                return Ok(Some(code));
            }
            place = at.saturating_add(1);
        }
        self.free_beyond(from, place, &series)
    }

    /// Searches as [`Engine::first_free`] does, if all codes from `from` to before `begin` are in
    /// use.
    #[cold]
    fn free_beyond(
        &mut self,
        from: u64,
        begin: u64,
        series: &impl Fn(u64) -> Option<(u64, Code)>,
    ) -> Result<Option<Code>, Error> {
        let mut used = vec![begin.saturating_sub(1)];
        let mut begin = begin;
        while series(begin).is_some() {
            let width = begin.saturating_sub(from);
            for _ in 0..PROBES {
                let ahead = rand::rng().random_range(0..width.max(1));
                let Some((at, code)) = series(begin.saturating_add(ahead)) else {
                    continue;
                };
                if !self.is_occupied(&code)? {
                    let nearest = used.into_iter().filter(|&used| used < at).max();
                    return self
                        .free_between(nearest.unwrap_or(from), (at, code), series)
                        .map(Some);
                }
                used.push(at);
            }
            begin = begin.saturating_add(width);
        }
        Ok(None)
    }

    /// Returns a free code that follows one in use, between a position in use and a free code.
    fn free_between(
        &mut self,
        mut used: u64,
        mut free: (u64, Code),
        series: &impl Fn(u64) -> Option<(u64, Code)>,
    ) -> Result<Code, Error> {
        // The series has no position from `end` to the free code.
        let mut end = free.0;
        while end.saturating_sub(used) > 1 {
            let middle = used.midpoint(end);
            let Some((at, code)) = series(middle).filter(|(at, _)| *at < free.0) else {
                end = middle;
                continue;
            };
            if self.is_occupied(&code)? {
                used = at;
            } else {
                (free, end) = ((at, code), middle);
            }
        }
        Ok(free.1)
    }
}
