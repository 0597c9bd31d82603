//! ```text
//! LINK.APPLY shard-key payload
//! ```
//! Internal. All changes reach the AOF and the replicas through this command. The payload is an
//! effect in the engine's encoding: absolute values, versioned, idempotent. Only its structure is
//! checked, not the settings or the clock, so a replay is exact. Replies OK. The command is in the
//! categories `@admin` and `@dangerous`.
//!
//! Errors: `ERR` for a key that is not a shard key, and for a payload that is malformed or of
//! another slot.

use shorten_engine::error::Error;

use super::{key_form, options};
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_UPDATE};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Apply;

impl Command for Apply {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.apply",
        flags: c"write admin deny-script",
        arity: 3,
        key: Some(KEY_UPDATE),
        summary: c"An internal command: applies a change to a shard.",
        complexity: c"O(N), where N is the number of links changed",
        since: c"0.1.0",
        tips: None,
        args: &[Arg::key(c"shard-key"), Arg::text(c"payload")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let (Some(key), Some(payload)) = (args.get(1), args.get(2)) else {
            return Err(options::wrong_arity(Self::SPEC.name));
        };
        let slot = key_form::slot_of_key(key)?;
        with_engine(ctx, Access::Write, |engine| engine.apply(slot, payload))?;
        // For the AOF, and for the replicas of a replica. The command is the effect already, so the
        // server need not look it up and copy it.
        ctx.replicate_verbatim();
        ctx.reply_status(c"OK");
        Ok(())
    }
}
