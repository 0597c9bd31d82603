//! ```text
//! LINK.SCAN cursor [MATCH glob] [COUNT n]
//! ```
//! Answers the next cursor and an array of codes, as SCAN does: begin with 0, go on until 0 comes
//! back. Every code that is there from the first call to the last comes at least once. The cursor
//! means the same in every process: a scan goes on after a restart or on a replica. It is below
//! 2^53, so that clients that keep numbers as doubles keep it whole.
//!
//! MATCH takes a glob of at most 1,024 bytes. COUNT is how many links one call looks at, about: 10
//! if not given, 100,000 at most. A call may answer no code at all and yet not be the last: it
//! looks at a sixteenth of the shards at most.
//!
//! Errors: `ERR` for a cursor from 2^53 on or one that is no number, and for a longer glob.

use shorten_engine::Glob;
use shorten_engine::code::Code;
use shorten_engine::error::Error;

use super::options::{ArgCursor, cursor, keyword_is, set_once};
use crate::runtime::cluster;
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Scan;

const COUNT: u64 = 10;

/// More are answered in several calls: an answer is put together in memory.
const COUNT_MAX: u64 = 100_000;

impl Command for Scan {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
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
        let mut options = ArgCursor::at(args, 1);
        let from = cursor(options.value()?)?;
        let (mut pattern, mut count) = (None, None);
        while let Some(word) = options.next() {
            if keyword_is(word, "MATCH") {
                set_once(&mut pattern, Glob::new(options.value()?)?)?;
            } else if keyword_is(word, "COUNT") {
                set_once(&mut count, options.count()?)?;
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
        let next = with_engine(ctx, Access::Scan, |engine| {
            engine.scan(from, count, |code| {
                if pattern.as_ref().is_none_or(|glob| glob.matches(code)) {
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
