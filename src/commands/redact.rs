//! What a caller of VISIT says of a visitor, kept out of SLOWLOG and MONITOR.
//!
//! The server shows a command's arguments there as they came, whatever `ip-mode`, `ua-mode` and
//! `referer-mode` let through elsewhere. From 7.0 on single arguments can be shown as `(redacted)`.
//! Redis 6.2 only has flags that keep all calls of a command out; settings do not change there, so the
//! command is registered with the flags where a mode asks for it.

use std::iter;

use shorten_engine::settings::Settings;
use shorten_engine::slot;
use shorten_engine::visitor::Mode;

use crate::args::is;
use crate::server::{Args, Ctx};
use crate::{cluster, settings};

/// The flags that keep a command out of MONITOR and SLOWLOG.
pub(super) const HIDDEN: &str = " no-monitor no-slowlog";

/// Whether a mode keeps anything of a visitor back.
pub(super) fn is_wanted(settings: &Settings) -> bool {
    [settings.ip_mode, settings.ua_mode, settings.referer_mode] != [Mode::Full; 3]
}

/// Redacts the values of a call that must not be shown. They cannot be read any more. `is_understood`:
/// the options are well-formed; of other calls, which are shown as well, there is no telling what stands
/// where.
pub(super) fn visitor(ctx: Ctx<'_>, args: Args<'_>, is_understood: bool) {
    let settings = settings::current();
    if !is_wanted(settings) || !ctx.can_redact() {
        return;
    }
    if !is_understood {
        ctx.redact(2..args.len());
        return;
    }
    // The options follow the name, the key in a keyed form, and the code.
    let is_keyed = args.get(1).is_some_and(slot::is_shard_key);
    let first = if is_keyed { 3 } else { 2 };
    let values = options(args, first).filter_map(|(index, option)| {
        let mode = match option.first()?.to_ascii_lowercase() {
            b'i' => settings.ip_mode,
            b'u' => settings.ua_mode,
            b'r' => settings.referer_mode,
            _ => Mode::Full,
        };
        (mode != Mode::Full).then_some(index.saturating_add(1))
    });
    // Of a script's call Valkey 9.1 shows the arguments as they were before the command filter put the
    // shard's key in, by their places after it: the value stands one place before.
    if is_keyed && cluster::is_enabled() && ctx.flags().is_scripted() {
        ctx.redact(values.flat_map(|index| [index, index.saturating_sub(1)]));
    } else {
        ctx.redact(values);
    }
}

/// The options that have a value, from this index on, with their indexes. STATUS alone has none.
fn options(args: Args<'_>, first: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = first;
    iter::from_fn(move || {
        while is(args.get(next)?, "STATUS") {
            next = next.saturating_add(1);
        }
        let index = next;
        next = next.saturating_add(2);
        Some((index, args.get(index)?))
    })
}
