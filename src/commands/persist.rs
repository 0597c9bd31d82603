//! ```text
//! LINK.PERSIST code
//! ```
//! Removes a link's expiry. An expired link that is not reclaimed yet becomes active again. Replies
//! with 1, or with 0 if the link has no expiry or there is no link. Errors: `BADCODE`.

use shorten_engine::error::Error;

use super::key_form;
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_UPDATE};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Persist;

impl Command for Persist {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.persist",
        flags: c"write fast",
        arity: -2,
        key: Some(KEY_UPDATE),
        summary: c"Removes a link's expiry.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[Arg::key(c"code")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let code = key_form::parse_only_subject(ctx, args, Self::SPEC.name)?;
        let changed = with_engine(ctx, Access::Write, |engine| engine.persist(code))?;
        ctx.reply_flag(changed);
        Ok(())
    }
}
