//! ```text
//! LINK.KEY code|url
//! ```
//! Replies with the key of the shard that has, or would have, the link of a code or the index entry
//! of a URL. It is for the keyed form of commands, ACL key patterns and MEMORY USAGE. The command
//! reads no data.
//!
//! Errors: `ERR` if the argument can be neither a code nor a URL.

use shorten_engine::code::slot;
use shorten_engine::error::{Error, quote};
use shorten_engine::url;

use crate::server::command::{Arg, Command, CommandSpec};
use crate::server::{Args, Ctx};

pub(super) struct Key;

impl Command for Key {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.key",
        flags: c"readonly fast",
        arity: 2,
        key: None,
        summary: c"Returns the key of the shard a code or a URL belongs to.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[Arg::text(c"code-or-url")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let subject = args.get(1).unwrap_or_default();
        if !url::is_clean(subject) {
            return Err(Error::other(format!(
                "{} is neither a code nor a URL",
                quote(subject)
            )));
        }
        ctx.reply_bulk(slot::shard_key(slot::of(subject)).as_bytes());
        Ok(())
    }
}
