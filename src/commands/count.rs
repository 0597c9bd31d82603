//! ```text
//! LINK.COUNT
//! ```
//! Replies with the number of links in the selected database. Expired links count until they are
//! reclaimed. The number is exact, because the command reads every shard.

use shorten_engine::error::Error;

use crate::runtime::cluster;
use crate::runtime::store::with_engine;
use crate::server::command::{Command, CommandSpec};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Count;

impl Command for Count {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.count",
        flags: c"readonly",
        arity: 1,
        key: None,
        summary: c"Returns the number of links in the selected database.",
        complexity: c"O(S), where S is the number of shards, at most 16384",
        since: c"0.1.0",
        tips: Some(c"request_policy:all_shards response_policy:agg_sum"),
        args: &[],
    };

    fn run(ctx: Ctx<'_>, _: Args<'_>) -> Result<(), Error> {
        cluster::refuse_in_transaction(ctx)?;
        let links = with_engine(ctx, Access::Scan, |engine| engine.count())?;
        ctx.reply_number(links);
        Ok(())
    }
}
