//! ```text
//! LINK.LOAD shard-key chunk
//! ```
//! Internal: AOF rewriting writes each shard as a few of these, in the RDB's own codec. Adds the chunk to the shard. Answers OK.
//! Of the categories `@admin` and `@dangerous`: not for people.
//!
//! Errors: `ERR` for a key that is no shard's, or a chunk that is malformed or of another slot.

use shorten_engine::error::Error;

use super::subject;
use crate::server::command::{Arg, Command, Info, KEY_UPDATE};
use crate::server::key::Access;
use crate::server::{Args, Ctx};
use crate::store::with_engine;

pub(super) struct Load;

impl Command for Load {
    const INFO: Info = Info {
        name: c"link.load",
        flags: c"write admin deny-script",
        arity: 3,
        key: Some(KEY_UPDATE),
        summary: c"An internal command: adds a chunk of a rewritten AOF to a shard.",
        complexity: c"O(N), where N is the number of links in the chunk",
        tips: None,
        args: &[Arg::key(c"shard-key"), Arg::text(c"chunk")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let (Some(key), Some(chunk)) = (args.get(1), args.get(2)) else {
            return Err(subject::wrong_arity(Self::INFO.name));
        };
        let slot = subject::slot_of_key(key)?;
        with_engine(ctx, Access::Write, |engine| engine.load(slot, chunk))?;
        ctx.replicate_verbatim();
        ctx.reply_status(c"OK");
        Ok(())
    }
}
