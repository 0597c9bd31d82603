//! ```text
//! LINK.SCAN cursor [MATCH glob] [COUNT n]
//! ```
//! Replies with the next cursor and an array of codes, as SCAN does: the first cursor is 0, and a
//! reply with 0 is the last. A code that exists from the first call to the last is returned at
//! least once. A cursor means the same in every process, so a scan can continue after a restart or
//! on a replica. Cursors are below 2^53, which a double represents exactly.
//!
//! MATCH takes a glob of at most 1,024 bytes. COUNT is the approximate number of links that a call
//! reads: 10 by default, at most 100,000. A call reads at most a sixteenth of the shards, so a
//! reply without codes may not be the last.
//!
//! Errors: `ERR` for a cursor that is not a number or is at least 2^53, and for a longer glob.

use shorten_engine::code::Code;
use shorten_engine::error::Error;
use shorten_engine::{Glob, parse_cursor};

use super::options::{ArgCursor, keyword_is, set_once};
use crate::runtime::cluster;
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Scan;

const COUNT: u64 = 10;

/// Maximum value of COUNT. A reply is assembled in memory.
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
        let from = parse_cursor(options.value()?)?;
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
