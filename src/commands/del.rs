//! ```text
//! LINK.DEL code
//! ```
//! Removes a link. Replies with 1, or with 0 if there was none. The counter never reissues the
//! code. Errors: `BADCODE`.

use shorten_engine::error::Error;

use super::key_form;
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_DELETE};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Del;

impl Command for Del {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.del",
        flags: c"write fast",
        arity: -2,
        key: Some(KEY_DELETE),
        summary: c"Removes the link of a code.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[Arg::key(c"code")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let code = key_form::parse_only_subject(ctx, args, Self::SPEC.name)?;
        let removed = with_engine(ctx, Access::Write, |engine| engine.delete(code))?;
        ctx.reply_flag(removed);
        Ok(())
    }
}
