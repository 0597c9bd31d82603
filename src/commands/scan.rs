//! ```text
//! LINK.SCAN cursor [MATCH glob] [COUNT n]
//! ```
//! Answers the next cursor and an array of codes, as SCAN does: begin with 0, go on until 0 comes back. Every code that is there from the
//! first call to the last comes at least once. The cursor means the same in every process: a scan goes on after a restart or on a replica.
//!
//! COUNT is how many links one call looks at, about: 10 if not given, 100,000 at most. A call may answer no code at all and yet not be the
//! last: it looks at a sixteenth of the shards at most.

use shorten_engine::code::Code;
use shorten_engine::error::Error;
use shorten_engine::glob;

use crate::args::{Cursor, is, once};
use crate::cluster;
use crate::server::command::{Arg, Command, Info};
use crate::server::key::Access;
use crate::server::{Args, Ctx};
use crate::store::with_engine;

pub(super) struct Scan;

const COUNT: u64 = 10;

/// More are answered in several calls: an answer is put together in memory.
const COUNT_MAX: u64 = 100_000;

impl Command for Scan {
    const INFO: Info = Info {
        name: c"link.scan",
        flags: c"readonly",
        arity: -2,
        key: None,
        summary: c"Iterates over the codes of all links.",
        complexity:
            c"O(1) for every call. O(N) for a complete iteration. N is the number of links.",
        since: c"0.1.0",
        tips: Some(c"nondeterministic_output request_policy:special response_policy:special"),
        args: &[
            Arg::integer(c"cursor"),
            Arg::pattern(c"pattern").after(c"MATCH").optional(),
            Arg::integer(c"count").after(c"COUNT").optional(),
        ],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        let mut options = Cursor::at(args, 1);
        let cursor = cursor(options.value()?)?;
        let (mut pattern, mut count) = (None, None);
        while let Some(word) = options.next() {
            if is(word, "MATCH") {
                once(&mut pattern, options.value()?)?;
            } else if is(word, "COUNT") {
                once(&mut count, options.count()?)?;
            } else {
                return Err(Error::syntax());
            }
        }
        let count = count.unwrap_or(COUNT);
        if count == 0 {
            return Err(Error::syntax());
        }
        let count = usize::try_from(count.min(COUNT_MAX)).unwrap_or(1);
        let mut codes: Vec<Code> = Vec::new();
        let next = with_engine(ctx, Access::Walk, |engine| {
            engine.scan(cursor, count, |code| {
                if pattern.is_none_or(|pattern| glob::matches(pattern, code.as_bytes())) {
                    codes.push(*code);
                }
            })
        })?;
        ctx.reply_array(2);
        ctx.reply_bulk(next.to_string().as_bytes());
        ctx.reply_array(codes.len());
        for code in &codes {
            ctx.reply_bulk(code.as_bytes());
        }
        Ok(())
    }
}

fn cursor(argument: &[u8]) -> Result<u64, Error> {
    std::str::from_utf8(argument)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::other("invalid cursor"))
}
