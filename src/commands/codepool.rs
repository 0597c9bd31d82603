//! ```text
//! CODEPOOL FILL [n]                   adds n codes to the pool, or as many as shorten.pool-max
//!                                     allows; answers how many were added
//! CODEPOOL TAKE [n]                   hands out codes that nobody else gets: one as a bulk string,
//!                                     or n as an array
//! CODEPOOL RELEASE code [code ...]    takes back codes that were taken and not claimed; answers
//!                                     how many
//! CODEPOOL RESERVED cursor [COUNT n]  answers the next cursor and codes taken and not claimed
//! CODEPOOL SIZE                       answers how many codes the pool holds
//! CODEPOOL INFO                       answers a map: size, reserved, min and max (as
//!                                     shorten.pool-min and -max), auto-refill (1 if it refills itself)
//! CODEPOOL CLEAR                      throws the codes in the pool away, not those taken; answers
//!                                     how many
//! CODEPOOL HELP
//! ```
//! Looks after the pool of unguessable codes, of which each database has one. Once it is wanted
//! (the strategy is `pool`, or POOL, TAKE or FILL was used) it refills itself in the background
//! whenever it falls under `shorten.pool-min`, up to `shorten.pool-max`.
//!
//! A call of FILL adds at most 20,000 codes. The rest is added in the background, until that is
//! done, pool-max is reached, or the pool is cleared.
//!
//! Codes taken stay reserved, also across restarts, until `SHORTEN url ALIAS code` or `LINK.SET
//! code url` claims them, or RELEASE takes them back. A call of TAKE hands out at most 20,000
//! codes. When the pool is empty, codes are made on the spot. When that is not possible, TAKE
//! answers the codes that the pool holds, fewer than asked for; if it holds none, TAKE refuses:
//! with `POOLEMPTY` if pool-max is 0, with `OOM` if the server uses more memory than maxmemory.
//!
//! RELEASE refuses with `BADCODE` if an argument is no code, and then releases none. A code that is
//! not taken, or lies on another node of a cluster, counts for nothing. A released code is free,
//! and not in the pool: somebody has seen it, and pool codes are not to be guessed.
//!
//! RESERVED walks as LINK.SCAN does: begin with cursor 0, go on until 0 comes back. COUNT is how
//! many codes a call answers, about: 10 if not given, 100,000 at most.
//!
//! On servers without subcommands for modules (6.2) the whole is one write command: SIZE, INFO and
//! RESERVED do not run on replicas there.

use std::ffi::CStr;

use shorten_engine::error::{Error, quote};

use super::options::{self, ArgCursor, keyword_is};
use crate::runtime::store::with_engine;
use crate::runtime::{cluster, filling, settings};
use crate::server::command::{self, Arg, Command, CommandSpec, Registration};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

mod taken;

use taken::{Release, Reserved, Take};

/// CODEPOOL and its subcommands.
pub(super) const ENTRY: Registration = Registration::container::<CodePool>(&[
    Registration::of::<Fill>(),
    Registration::of::<Take>(),
    Registration::of::<Release>(),
    Registration::of::<Reserved>(),
    Registration::of::<Size>(),
    Registration::of::<PoolInfo>(),
    Registration::of::<Clear>(),
    Registration::of::<Help>(),
]);

/// The container. Its function serves 6.2 alone.
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
        if keyword_is(name, "FILL") {
            // The container cannot be deny-oom, since the others must work at maxmemory.
            if ctx.flags().is_out_of_memory() {
                return Err(Error::OutOfMemory);
            }
            sub::<Fill>(ctx, args)
        } else if keyword_is(name, "TAKE") {
            sub::<Take>(ctx, args)
        } else if keyword_is(name, "RELEASE") {
            sub::<Release>(ctx, args)
        } else if keyword_is(name, "RESERVED") {
            sub::<Reserved>(ctx, args)
        } else if keyword_is(name, "SIZE") {
            sub::<Size>(ctx, args)
        } else if keyword_is(name, "INFO") {
            sub::<PoolInfo>(ctx, args)
        } else if keyword_is(name, "CLEAR") {
            sub::<Clear>(ctx, args)
        } else if keyword_is(name, "HELP") {
            sub::<Help>(ctx, args)
        } else {
            Err(Error::other(format!(
                "unknown subcommand {}. Try CODEPOOL HELP.",
                quote(name)
            )))
        }
    }
}

fn sub<C: Command>(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
    if !C::SPEC.arity_fits(args.len()) {
        return Err(wrong_arity(C::SPEC.name));
    }
    command::run::<C>(ctx, args);
    Ok(())
}

/// The optional number after the subcommand.
fn number(args: Args<'_>, name: &CStr) -> Result<Option<u64>, Error> {
    let mut rest = ArgCursor::at(args, 2);
    let number = rest.next().map(options::count).transpose()?;
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
        let wanted = number(args, Self::SPEC.name)?.unwrap_or(u64::MAX);
        let at_once = wanted.min(filling::AT_ONCE);
        let added = with_engine(ctx, Access::Write, |engine| engine.pool_fill(Some(at_once)))?;
        if added == filling::AT_ONCE && wanted > added {
            filling::ask(ctx.database(), wanted.saturating_sub(added));
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
        summary: c"Throws the codes in the pool away.",
        complexity: c"O(N), where N is the number of codes in the pool",
        since: c"0.1.0",
        tips: None,
        args: &[],
    };

    fn run(ctx: Ctx<'_>, _: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        filling::forget(ctx.database());
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
            c"    Hand out one code, or an array of <n>, that stay reserved until a link claims them.",
            c"RELEASE <code> [<code> ...]",
            c"    Take back codes that were taken and not claimed. They are free again,",
            c"    and not in the pool.",
            c"RESERVED <cursor> [COUNT <n>]",
            c"    Iterate over the codes that were taken and not claimed.",
            c"SIZE",
            c"    Return the number of codes in the pool.",
            c"INFO",
            c"    Return the state of the pool.",
            c"CLEAR",
            c"    Throw the codes in the pool away, but not those taken.",
            c"HELP",
            c"    Print this help.",
        ];
        ctx.reply_array(lines.len());
        lines.iter().for_each(|line| ctx.reply_status(line));
        Ok(())
    }
}
