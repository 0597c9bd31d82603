//! What a caller of VISIT says of a visitor, kept out of SLOWLOG and MONITOR.
//!
//! The server shows a command's arguments there as they came, whatever `visit-ip-mode`, `visit-ua-mode` and
//! `visit-referer-mode` let through elsewhere. From 7.0 on single arguments can be shown as `(redacted)`.
//! Redis 6.2 only has flags that keep all calls of a command out; settings do not change there, so the
//! command is registered with the flags where a mode asks for it.

use shorten_engine::settings::Settings;
use shorten_engine::visitor::PrivacyLevel;

use crate::runtime::{cluster, settings};
use crate::server::{Args, Ctx};

/// The flags that keep a command out of MONITOR and SLOWLOG.
pub(super) const HIDDEN: &str = " no-monitor no-slowlog";

/// Whether a mode keeps anything of a visitor back.
pub(super) fn is_wanted(settings: &Settings) -> bool {
    [
        settings.visitor.ip,
        settings.visitor.ua,
        settings.visitor.referer,
    ] != [PrivacyLevel::Full; 3]
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
    // Options come in pairs, after the name, perhaps a key, and the code.
    let is_keyed = args.len() % 2 == 1;
    let first = if is_keyed { 3 } else { 2 };
    let options = (first..args.len()).step_by(2);
    let values = options.filter_map(|index| {
        let mode = match args.get(index)?.first()?.to_ascii_lowercase() {
            b'i' => settings.visitor.ip,
            b'u' => settings.visitor.ua,
            b'r' => settings.visitor.referer,
            _ => PrivacyLevel::Full,
        };
        (mode != PrivacyLevel::Full).then_some(index.saturating_add(1))
    });
    // Of a script's call Valkey 9.1 shows the arguments as they were before the command filter put the
    // shard's key in, by their places after it: the value stands one place before.
    if is_keyed && cluster::is_enabled() && ctx.flags().is_scripted() {
        ctx.redact(values.flat_map(|index| [index, index.saturating_sub(1)]));
    } else {
        ctx.redact(values);
    }
}
