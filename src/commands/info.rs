//! ```text
//! LINK.INFO code
//! ```
//! Replies with a map of a link's properties (a flat array in RESP2), or with nil if there is no
//! link. A link that is expired or exhausted is shown until it is reclaimed.
//!
//! | key | value |
//! |---|---|
//! | url | the destination |
//! | state | `active`, `expired` or `exhausted` |
//! | strategy | `counter`, `hash`, `pool` or `alias` |
//! | id | the number that the code represents; nil for an alias |
//! | created, updated | Unix time in milliseconds |
//! | expires | Unix time in milliseconds, or nil |
//! | visits | visits counted by VISIT |
//! | last-visit | Unix time in milliseconds, or nil |
//! | max-visits | limit of visits, or nil |
//! | note | its note, or nil |
//! | md5 | of the URL, in hex |
//! | short-url | base-url and code, or nil without a base-url |

use shorten_engine::LinkInfo;
use shorten_engine::error::Error;

use super::key_form;
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_READ};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Info;

impl Command for Info {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.info",
        flags: c"readonly fast random",
        arity: -2,
        key: Some(KEY_READ),
        summary: c"Returns the properties of a link.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[Arg::key(c"code")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let code = key_form::parse_only_subject(ctx, args, Self::SPEC.name)?;
        match with_engine(ctx, Access::Read, |engine| engine.info(code))? {
            Some(info) => reply(ctx, &info),
            None => ctx.reply_null(),
        }
        Ok(())
    }
}

fn reply(ctx: Ctx<'_>, info: &LinkInfo) {
    ctx.reply_map(13);
    let text = |name: &str, value: Option<&[u8]>| {
        ctx.reply_bulk(name.as_bytes());
        ctx.reply_bulk_or_null(value);
    };
    let number = |name: &str, value: Option<u64>| {
        ctx.reply_bulk(name.as_bytes());
        ctx.reply_number_or_null(value);
    };
    text("url", Some(&info.url));
    text("state", Some(info.state.as_str().as_bytes()));
    text("strategy", Some(info.strategy.as_str().as_bytes()));
    number("id", info.id);
    number("created", Some(info.created));
    number("updated", Some(info.updated));
    number("expires", info.expires);
    number("visits", Some(info.visits));
    number("last-visit", info.last_visit);
    number("max-visits", info.max_visits);
    text("note", info.note.as_deref());
    text("md5", Some(&info.md5));
    text("short-url", info.short_url.as_deref());
}
