//! Hides what VISIT receives about a visitor from SLOWLOG and MONITOR.
//!
//! The server shows the arguments of a command there as they were sent, so `visit-ip-mode`,
//! `visit-ua-mode` and `visit-referer-mode` do not apply. From 7.0 on, single arguments can be
//! shown as `(redacted)`. Redis 6.2 only has flags that hide all calls of a command. Settings do
//! not change there, so the command is registered with these flags if a mode requires it.

use std::iter;

use shorten_engine::code::slot;
use shorten_engine::settings::Settings;
use shorten_engine::visitor::PrivacyLevel;

use super::options::keyword_is;
use crate::runtime::{cluster, settings};
use crate::server::{Args, Ctx};

/// The flags that hide a command from MONITOR and SLOWLOG.
pub(super) const HIDDEN: &str = " no-monitor no-slowlog";

/// Returns whether a mode hides any property of a visitor.
pub(super) fn is_required(settings: &Settings) -> bool {
    [
        settings.visitor.ip,
        settings.visitor.ua,
        settings.visitor.referer,
    ] != [PrivacyLevel::Full; 3]
}

/// Redacts the values of a call that must not be shown. They cannot be read afterwards.
/// `is_understood` is whether the options are well-formed. A call with malformed options is shown
/// too, and any of its arguments may be a value, so all are redacted.
pub(super) fn visitor(ctx: Ctx<'_>, args: Args<'_>, is_understood: bool) {
    let settings = settings::current();
    if !is_required(settings) || !ctx.can_redact() {
        return;
    }
    if !is_understood {
        ctx.redact(2..args.len());
        return;
    }
    // The options follow the name, the key of the keyed form, and the code.
    let is_keyed = args.get(1).is_some_and(slot::is_shard_key);
    let first = if is_keyed { 3 } else { 2 };
    let values = options_with_value(args, first).filter_map(|(index, option)| {
        let mode = match option.first()?.to_ascii_lowercase() {
            b'i' => settings.visitor.ip,
            b'u' => settings.visitor.ua,
            b'r' => settings.visitor.referer,
            _ => PrivacyLevel::Full,
        };
        (mode != PrivacyLevel::Full).then_some(index.saturating_add(1))
    });
    // For a script's call, Valkey 9.1 shows the arguments as they were before the command filter
    // inserted the shard's key, but counts their positions after it. So the value is one position
    // earlier.
    if is_keyed && cluster::is_enabled() && ctx.flags().is_scripted() {
        ctx.redact(values.flat_map(|index| [index, index.saturating_sub(1)]));
    } else {
        ctx.redact(values);
    }
}

/// Returns the options that have a value, from an index on, with their indexes. Only STATUS has
/// none.
fn options_with_value(args: Args<'_>, first: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = first;
    iter::from_fn(move || {
        while keyword_is(args.get(next)?, "STATUS") {
            next = next.saturating_add(1);
        }
        let index = next;
        next = next.saturating_add(2);
        Some((index, args.get(index)?))
    })
}
