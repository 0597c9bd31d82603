//! ```text
//! LINK.EXPIRE code seconds
//! ```
//! Makes a link expire after this number of seconds. If the number is 0 or negative, the link is
//! removed immediately. An expired link that is not reclaimed yet becomes active again. Replies
//! with 1, or with 0 if there is no link. Errors: `BADCODE`, `ERR invalid expire time`.

use shorten_engine::error::Error;
use shorten_engine::parse_integer;

use super::key_form;
use super::options;
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_UPDATE};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Expire;

impl Command for Expire {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.expire",
        flags: c"write fast",
        arity: -3,
        key: Some(KEY_UPDATE),
        summary: c"Sets the time in seconds after which a link expires.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[Arg::key(c"code"), Arg::integer(c"seconds")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let (code, mut rest) = key_form::parse_subject(ctx, args, Self::SPEC.name)?;
        let (Some(seconds), true) = (rest.next(), rest.is_done()) else {
            return Err(options::wrong_arity(Self::SPEC.name));
        };
        let seconds = parse_integer(seconds)?;
        let changed = with_engine(ctx, Access::Write, |engine| engine.expire(code, seconds))?;
        ctx.reply_flag(changed);
        Ok(())
    }
}
