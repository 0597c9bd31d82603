//! The subcommands about codes that leave the pool for a client: TAKE, RELEASE and RESERVED.

use shorten_engine::code::Code;
use shorten_engine::error::Error;
use shorten_engine::parse_cursor;

use super::number;
use crate::commands::options::{ArgCursor, keyword_is, set_once};
use crate::runtime::store::with_engine;
use crate::runtime::{cluster, pool_fill};
use crate::server::command::{Arg, Command, CommandSpec};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

/// Maximum number of codes that one TAKE may request.
const TAKE_MAX: u64 = 1_000_000;

/// Default and maximum number of codes per call of RESERVED.
const COUNT: u64 = 10;
const COUNT_MAX: u64 = 100_000;

/// CODEPOOL TAKE.
pub(super) struct Take;

impl Command for Take {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"take",
        flags: c"write",
        arity: -2,
        key: None,
        summary: c"Reserves codes from the pool for the caller.",
        complexity: c"O(N), where N is the number of codes taken",
        since: c"0.1.0",
        tips: Some(c"nondeterministic_output"),
        args: &[Arg::integer(c"n").optional()],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        let requested = number(args, Self::SPEC.name)?;
        let count = requested.unwrap_or(1);
        if !(1..=TAKE_MAX).contains(&count) {
            return Err(Error::other(format!(
                "value is out of range, must be between 1 and {TAKE_MAX}"
            )));
        }
        let codes = with_engine(ctx, Access::Write, |engine| {
            engine.pool_take(count.min(pool_fill::MAX_PER_CALL))
        })?;
        if requested.is_some() {
            reply_codes(ctx, &codes);
        } else {
            ctx.reply_bulk_or_null(codes.first().map(|code| code.as_bytes()));
        }
        Ok(())
    }
}

/// CODEPOOL RELEASE.
pub(super) struct Release;

impl Command for Release {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"release",
        flags: c"write",
        arity: -3,
        key: None,
        summary: c"Frees codes that were taken from the pool and not claimed.",
        complexity: c"O(N), where N is the number of codes",
        since: c"0.1.0",
        tips: Some(c"request_policy:all_shards response_policy:agg_sum"),
        args: &[Arg::text(c"code").multiple()],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        let mut rest = ArgCursor::at(args, 2);
        let codes = std::iter::from_fn(|| rest.next());
        let released = with_engine(ctx, Access::Write, |engine| engine.pool_release(codes))?;
        ctx.reply_number(released);
        Ok(())
    }
}

/// CODEPOOL RESERVED.
pub(super) struct Reserved;

impl Command for Reserved {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"reserved",
        flags: c"readonly",
        arity: -3,
        key: None,
        summary: c"Iterates over the codes that were taken from the pool and not claimed.",
        complexity:
            c"O(1) for every call. O(N) for a complete iteration. N is the number of codes taken.",
        since: c"0.1.0",
        tips: Some(c"nondeterministic_output request_policy:special response_policy:special"),
        args: &[
            Arg::integer(c"cursor"),
            Arg::integer(c"count").after(c"COUNT").optional(),
        ],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        let mut options = ArgCursor::at(args, 2);
        let from = parse_cursor(options.value()?)?;
        let mut count = None;
        while let Some(word) = options.next() {
            if !keyword_is(word, "COUNT") {
                return Err(Error::syntax());
            }
            set_once(&mut count, options.count()?)?;
        }
        let count = count.unwrap_or(COUNT);
        if count == 0 {
            return Err(Error::syntax());
        }
        let count = usize::try_from(count.min(COUNT_MAX)).unwrap_or(1);
        let mut codes: Vec<Code> = Vec::new();
        let next = with_engine(ctx, Access::Scan, |engine| {
            engine.pool_reserved(from, count, |code| codes.push(*code))
        })?;
        ctx.reply_array(2);
        ctx.reply_bulk(next.to_string().as_bytes());
        reply_codes(ctx, &codes);
        Ok(())
    }
}

fn reply_codes(ctx: Ctx<'_>, codes: &[Code]) {
    ctx.reply_array(codes.len());
    codes
        .iter()
        .for_each(|code| ctx.reply_bulk(code.as_bytes()));
}
