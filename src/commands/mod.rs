//! The commands, one file each, whose head is the command's reference.

mod apply;
mod codepool;
mod count;
mod del;
mod expire;
mod find;
mod info;
mod key;
mod load;
mod persist;
mod redact;
mod resolve;
mod scan;
mod set;
mod shorten;
mod stats;
mod subject;
mod visit;

use crate::server::Ctx;
use crate::server::command::{Arg, Command as _, Entry};
use crate::server::register;
use crate::settings;

/// Every command of the module.
const ALL: &[Entry] = &[
    Entry::of::<shorten::Shorten>(),
    Entry::of::<resolve::Resolve>(),
    Entry::of::<visit::Visit>(),
    codepool::ENTRY,
    Entry::of::<find::Find>(),
    Entry::of::<info::Info>(),
    Entry::of::<stats::Stats>(),
    Entry::of::<set::Set>(),
    Entry::of::<del::Del>(),
    Entry::of::<expire::Expire>(),
    Entry::of::<persist::Persist>(),
    Entry::of::<scan::Scan>(),
    Entry::of::<count::Count>(),
    Entry::of::<key::Key>(),
    Entry::of::<apply::Apply>(),
    Entry::of::<load::Load>(),
];

/// Registers all commands, and their ACL category where the server has such.
///
/// # Errors
/// Which command the server refused.
pub(crate) fn register(ctx: Ctx<'_>) -> Result<(), String> {
    register::add_category(ctx);
    let is_visit_hidden = !ctx.can_redact() && redact::is_wanted(settings::current());
    ALL.iter().try_for_each(|entry| {
        let is_hidden = is_visit_hidden && entry.name() == visit::Visit::INFO.name;
        let more_flags = if is_hidden { redact::HIDDEN } else { "" };
        register::command(ctx, entry, more_flags)
            .map_err(|name| format!("the server rejected the command {name}"))
    })
}

/// EX, PX, EXAT and PXAT, for the documentation.
const EXPIRIES: [Arg; 4] = [
    Arg::integer(c"seconds").after(c"EX"),
    Arg::integer(c"milliseconds").after(c"PX"),
    Arg::time(c"unix-time-seconds").after(c"EXAT"),
    Arg::time(c"unix-time-milliseconds").after(c"PXAT"),
];
