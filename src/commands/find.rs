//! ```text
//! LINK.FIND url
//! ```
//! Replies with the code that SHORTEN would return for the URL without creating a link, as a bulk
//! string. Replies with nil if SHORTEN would create one. The command changes nothing, so it runs on
//! replicas too. The reply is the code alone, even if `shorten.base-url` is set.

use shorten_engine::error::Error;

use super::key_form;
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_READ};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Find;

impl Command for Find {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.find",
        flags: c"readonly fast random",
        arity: -2,
        key: Some(KEY_READ),
        summary: c"Returns the code of a URL's permanent link, if it has one.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[Arg::key(c"url")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let url = key_form::parse_only_subject(ctx, args, Self::SPEC.name)?;
        let code = with_engine(ctx, Access::Read, |engine| engine.find(url))?;
        ctx.reply_bulk_or_null(code.as_ref().map(|code| code.as_bytes()));
        Ok(())
    }
}
