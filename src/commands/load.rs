//! ```text
//! LINK.LOAD shard-key chunk
//! ```
//! Internal. AOF rewriting writes each shard as a sequence of these commands, with chunks in the
//! encoding of the RDB. Adds the chunk to the shard. Replies OK. The command is in the categories
//! `@admin` and `@dangerous`.
//!
//! While an AOF is loaded, any key is accepted, as in an RDB: a shard that was renamed or copied is
//! restored under the same key.
//!
//! Errors: `ERR` for a key that is not a shard key, and for a chunk that is malformed or of another
//! slot.

use shorten_engine::Shard;
use shorten_engine::code::slot;
use shorten_engine::error::Error;

use super::{key_form, options};
use crate::runtime::shard_value::ShardValue;
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_UPDATE};
use crate::server::data_type;
use crate::server::key::Access;
use crate::server::open_keys::ArgumentKey;
use crate::server::{Args, Ctx};

pub(super) struct Load;

impl Command for Load {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.load",
        flags: c"write admin deny-script",
        arity: 3,
        key: Some(KEY_UPDATE),
        summary: c"An internal command: adds a chunk of a rewritten AOF to a shard.",
        complexity: c"O(N), where N is the number of links in the chunk",
        since: c"0.1.0",
        tips: None,
        args: &[Arg::key(c"shard-key"), Arg::text(c"chunk")],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let (Some(key), Some(chunk)) = (args.get(1), args.get(2)) else {
            return Err(options::wrong_arity(Self::SPEC.name));
        };
        if ctx.flags().is_loading() {
            restore(ctx, args, chunk)?;
        } else {
            let slot = key_form::slot_of_key(key)?;
            with_engine(ctx, Access::Write, |engine| engine.load(slot, chunk))?;
            ctx.replicate_verbatim();
        }
        ctx.reply_status(c"OK");
        Ok(())
    }
}

/// Adds a chunk to the shard that the key holds, under any name.
fn restore(ctx: Ctx<'_>, args: Args<'_>, chunk: &[u8]) -> Result<(), Error> {
    let name = args.get(1).unwrap_or_default();
    let mut key =
        ArgumentKey::<ShardValue>::open(ctx, args, 1).map_err(|_| Error::wrong_type(name))?;
    if let Some(value) = key.get_mut() {
        value.shard_mut().load_chunk(chunk)?;
    } else if !key.set(data_type::pooled(ShardValue::of(first_shard(name, chunk)?))) {
        return Err(Error::other("the server could not open the key"));
    }
    Ok(())
}

/// Returns the shard that the first chunk of a key begins. The chunk usually has a head, which has
/// the slot. Otherwise the slot is that of the key's name.
fn first_shard(name: &[u8], chunk: &[u8]) -> Result<Shard, Error> {
    Shard::from_chunk(chunk).or_else(|error| {
        let slot = slot::of_shard_key(name).ok_or(error)?;
        let mut shard = Shard::new(slot);
        shard.load_chunk(chunk)?;
        Ok(shard)
    })
}
