//! ```text
//! CODEPOOL FILL [n]                   adds n codes to the pool, or as many as shorten.pool-max
//!                                     allows; replies with the number of codes added
//! CODEPOOL TAKE [n]                   reserves codes for the caller: one as a bulk string, or n as
//!                                     an array
//! CODEPOOL RELEASE code [code ...]    frees codes that were taken and not claimed; replies with
//!                                     their number
//! CODEPOOL RESERVED cursor [COUNT n]  replies with the next cursor, and codes that were taken and
//!                                     not claimed
//! CODEPOOL SIZE                       replies with the number of codes in the pool
//! CODEPOOL INFO                       replies with a map: size, reserved, min and max (as
//!                                     shorten.pool-min and -max), auto-refill (1 or 0)
//! CODEPOOL CLEAR                      discards the codes in the pool, but not those taken; replies
//!                                     with their number
//! CODEPOOL HELP
//! ```
//! Manages the pool of unguessable codes. Each database has one. Automatic refilling begins when
//! the strategy is `pool`, or when POOL, TAKE or FILL was used. From then on, a pool that falls
//! below `shorten.pool-min` is refilled in the background up to `shorten.pool-max`.
//!
//! A call of FILL adds at most 20,000 codes. The rest is added in the background, until all are
//! added, pool-max is reached, or the pool is cleared.
//!
//! Codes that were taken stay reserved, also across restarts, until `SHORTEN url ALIAS code` or
//! `LINK.SET code url` claims them, or RELEASE frees them. A call of TAKE returns at most 20,000
//! codes. If the pool is empty, codes are generated on demand. If that is not possible, TAKE
//! returns the codes that the pool holds, fewer than requested. If the pool holds none, TAKE fails
//! with `POOLEMPTY` if pool-max is 0, and with `OOM` if the server uses more memory than maxmemory.
//!
//! If an argument is not a code, RELEASE fails with `BADCODE` and releases none. Codes that are not
//! taken, or lie on another node of a cluster, are not counted. A released code is free, but does
//! not return to the pool: pool codes must not be guessable, and a client has seen this one.
//!
//! RESERVED iterates as LINK.SCAN does: the first cursor is 0, and a reply with 0 is the last.
//! COUNT is the approximate number of codes per call: 10 by default, at most 100,000.
//!
//! On servers without subcommands for modules (6.2), CODEPOOL is one write command: SIZE, INFO and
//! RESERVED do not run on replicas there.

use std::ffi::CStr;

use shorten_engine::error::{Error, quote};
use shorten_engine::parse_count;

use super::options::{self, ArgCursor};
use crate::runtime::store::with_engine;
use crate::runtime::{cluster, pool_fill, settings};
use crate::server::command::{Arg, Command, CommandSpec, Registration};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

mod taken;

use taken::{Release, Reserved, Take};

/// CODEPOOL and its subcommands.
pub(super) const ENTRY: Registration = Registration::container::<CodePool>(SUBCOMMANDS);

const SUBCOMMANDS: &[Registration] = &[
    Registration::of::<Fill>(),
    Registration::of::<Take>(),
    Registration::of::<Release>(),
    Registration::of::<Reserved>(),
    Registration::of::<Size>(),
    Registration::of::<PoolInfo>(),
    Registration::of::<Clear>(),
    Registration::of::<Help>(),
];

/// The container. Only Redis 6.2 calls its function.
struct CodePool;

impl Command for CodePool {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"codepool",
        flags: c"write",
        arity: -2,
        key: None,
        summary: c"A container for commands about the pool of random codes.",
        complexity: c"Depends on subcommand.",
        since: c"0.1.0",
        tips: None,
        args: &[],
    };
    const WRITES: bool = false;

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let name = args.get(1).unwrap_or_default();
        let is_named = |sub: &&Registration| name.eq_ignore_ascii_case(sub.name().to_bytes());
        let Some(subcommand) = SUBCOMMANDS.iter().find(is_named) else {
            return Err(Error::other(format!(
                "unknown subcommand {}. Try CODEPOOL HELP.",
                quote(name)
            )));
        };
        // The container cannot have the flag, because other subcommands must work at maxmemory.
        if subcommand.is_denied_out_of_memory() && ctx.flags().is_out_of_memory() {
            return Err(Error::OutOfMemory);
        }
        if !subcommand.arity_fits(args.len()) {
            return Err(wrong_arity(subcommand.name()));
        }
        subcommand.run(ctx, args);
        Ok(())
    }
}

/// Returns the optional number after the subcommand.
fn number(args: Args<'_>, name: &CStr) -> Result<Option<u64>, Error> {
    let mut rest = ArgCursor::at(args, 2);
    let number = rest.next().map(parse_count).transpose()?;
    if rest.is_done() {
        return Ok(number);
    }
    Err(wrong_arity(name))
}

fn wrong_arity(subcommand: &CStr) -> Error {
    options::wrong_arity_of(&format!("codepool|{}", subcommand.to_string_lossy()))
}

struct Fill;

impl Command for Fill {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"fill",
        flags: c"write deny-oom",
        arity: -2,
        key: None,
        summary: c"Adds codes to the pool.",
        complexity: c"O(N), where N is the number of codes added",
        since: c"0.1.0",
        tips: Some(c"nondeterministic_output"),
        args: &[Arg::integer(c"n").optional()],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        let requested = number(args, Self::SPEC.name)?.unwrap_or(u64::MAX);
        let now = requested.min(pool_fill::MAX_PER_CALL);
        let added = with_engine(ctx, Access::Write, |engine| engine.pool_fill(Some(now)))?;
        if added == pool_fill::MAX_PER_CALL && requested > added {
            pool_fill::request(ctx.database(), requested.saturating_sub(added));
        }
        ctx.reply_number(added);
        Ok(())
    }
}

struct Size;

impl Command for Size {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"size",
        flags: c"readonly fast",
        arity: 2,
        key: None,
        summary: c"Returns the number of codes in the pool.",
        complexity:
            c"O(1). In a cluster O(S), where S is the number of the node's slots that have a pool.",
        since: c"0.1.0",
        tips: None,
        args: &[],
    };

    fn run(ctx: Ctx<'_>, _: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        let size = with_engine(ctx, Access::Read, |engine| engine.pool_size())?;
        ctx.reply_number(size);
        Ok(())
    }
}

struct PoolInfo;

impl Command for PoolInfo {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"info",
        flags: c"readonly fast",
        arity: 2,
        key: None,
        summary: c"Returns the state of the pool.",
        complexity:
            c"O(1). In a cluster O(S), where S is the number of the node's slots that have a pool.",
        since: c"0.1.0",
        tips: None,
        args: &[],
    };

    fn run(ctx: Ctx<'_>, _: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        let info = with_engine(ctx, Access::Read, |engine| engine.pool_info())?;
        let settings = settings::current();
        let fields = [
            ("size", info.size),
            ("reserved", info.reserved),
            ("min", settings.pool_min),
            ("max", settings.pool_max),
            ("auto-refill", u64::from(info.auto_refill)),
        ];
        ctx.reply_map(fields.len());
        for (name, value) in fields {
            ctx.reply_bulk(name.as_bytes());
            ctx.reply_number(value);
        }
        Ok(())
    }
}

struct Clear;

impl Command for Clear {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"clear",
        flags: c"write",
        arity: 2,
        key: None,
        summary: c"Discards the codes in the pool.",
        complexity: c"O(N), where N is the number of codes in the pool",
        since: c"0.1.0",
        tips: None,
        args: &[],
    };

    fn run(ctx: Ctx<'_>, _: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        pool_fill::cancel(ctx.database());
        let removed = with_engine(ctx, Access::Write, |engine| engine.pool_clear())?;
        ctx.reply_number(removed);
        Ok(())
    }
}

struct Help;

impl Command for Help {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"help",
        flags: c"fast allow-loading allow-stale",
        arity: 2,
        key: None,
        summary: c"Returns helpful text about the subcommands.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[],
    };

    fn run(ctx: Ctx<'_>, _: Args<'_>) -> Result<(), Error> {
        let lines = [
            c"CODEPOOL <subcommand> [<arg> ...]. Subcommands are:",
            c"FILL [<n>]",
            c"    Add <n> codes to the pool, or as many as pool-max allows: 20000 now,",
            c"    the rest in the background.",
            c"TAKE [<n>]",
            c"    Reserve one code, or an array of <n>, until links claim them.",
            c"RELEASE <code> [<code> ...]",
            c"    Free codes that were taken and not claimed. They do not return to the pool.",
            c"RESERVED <cursor> [COUNT <n>]",
            c"    Iterate over the codes that were taken and not claimed.",
            c"SIZE",
            c"    Return the number of codes in the pool.",
            c"INFO",
            c"    Return the state of the pool.",
            c"CLEAR",
            c"    Discard the codes in the pool, but not those taken.",
            c"HELP",
            c"    Print this help.",
        ];
        ctx.reply_array(lines.len());
        lines.iter().for_each(|line| ctx.reply_status(line));
        Ok(())
    }
}
