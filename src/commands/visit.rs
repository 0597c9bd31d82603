//! ```text
//! VISIT code
//! ```
//! Answers as RESOLVE does and, in the same step, counts the visit and notes its time. A link with MAXVISITS n answers n times, then nil.
//! This is the redirect's command. It works at `maxmemory`.

use shorten_engine::error::Error;

use super::subject;
use crate::server::command::{Arg, Command, Info, KEY_READ_UPDATE};
use crate::server::key::Access;
use crate::server::{Args, Ctx};
use crate::store::with_engine;

pub(super) struct Visit;

impl Command for Visit {
    const INFO: Info = Info {
        name: c"visit",
        flags: c"write fast",
        arity: -2,
        key: Some(KEY_READ_UPDATE),
        summary: c"Returns the URL a code leads to and counts the visit.",
        complexity: c"O(1)",
        tips: None,
        args: &[Arg::key(c"code")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let code = subject::alone(args, Self::INFO.name)?;
        with_engine(ctx, Access::Write, |engine| {
            engine.visit(code, |url| ctx.reply_bulk_or_null(url))
        })
    }
}
