//! ```text
//! RESOLVE code
//! ```
//! Replies with the URL of the code, as a bulk string. Replies with nil if there is no link, if the
//! link is expired or exhausted, and if the argument is not a code. The command changes nothing, so
//! it runs on replicas and in read-only scripts.

use shorten_engine::error::Error;

use super::key_form;
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_READ};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Resolve;

impl Command for Resolve {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"resolve",
        flags: c"readonly fast random",
        arity: -2,
        key: Some(KEY_READ),
        summary: c"Returns the URL of a code.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[Arg::key(c"code")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let code = key_form::parse_only_subject(ctx, args, Self::SPEC.name)?;
        with_engine(ctx, Access::Read, |engine| {
            engine.resolve(code, |url| ctx.reply_bulk_or_null(url))
        })
    }
}
