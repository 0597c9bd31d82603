//! The first free code of a series: the counter's numbers, or in a cluster the walk of a slot.
//!
//! A free code is nearly always the next one, or one of the next few. But an import can bring a
//! million numbers in a row, and whoever stepped over them one by one would hold the server up. So
//! after [`STEPS`] codes in use the search looks ahead: into a window as wide as what it has
//! passed, then into one twice as wide, and so on, at [`PROBES`] places chosen by chance. The first
//! free code it hits ends that, and halving the stretch between it and the last code in use before
//! it finds a free code that follows one in use: of a run without gaps, the one behind it.
//!
//! - *No code is given twice.* What is found was seen to be free, and the counter goes on behind
//!   it, as ever.
//! - *Few free codes are left out.* The search jumps only from a run whose first [`STEPS`] codes are
//!   all in use.
//! - *Codes stay short.* A window of which half is free is passed by once in 2^16 times, and the
//!   next one, twice as wide, once in 2^16 of those. So as good as always more than half of what
//!   was passed is in use, and the code that is found is at most four times as far away as there
//!   are codes in use on the way. The places are chosen by chance, for if they were known a few
//!   dozen aliases could drive the counter to its end.

use rand::RngExt as _;

use crate::code::Code;
use crate::commands::engine::Engine;
use crate::commands::store::Store;
use crate::error::Error;

/// Codes that are tried one after another.
const STEPS: u32 = 256;

/// Codes that are tried in a window.
const PROBES: u32 = 16;

impl<S: Store> Engine<'_, S> {
    /// A free code of a series, from the place `from` on: the first, unless the first [`STEPS`] are
    /// in use. None if all seem to be.
    ///
    /// `series` answers the first code whose place is not below the one given, and its place; none
    /// behind the last.
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

    /// As [`Engine::first_free`], where everything from `from` to before `begin` is in use.
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

    /// A free code behind one in use, between a place in use and a free code.
    fn free_between(
        &mut self,
        mut used: u64,
        mut free: (u64, Code),
        series: &impl Fn(u64) -> Option<(u64, Code)>,
    ) -> Result<Code, Error> {
        // Nothing from `end` to the free code is a place of the series.
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
