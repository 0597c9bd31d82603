//! The commands, one file each, whose head is the command's reference.

mod apply;
mod codepool;
mod count;
mod del;
mod expire;
mod find;
mod info;
mod key;
mod key_form;
mod load;
mod options;
mod persist;
mod redact;
mod resolve;
mod scan;
mod set;
mod shorten;
mod stats;
mod visit;

use std::ffi::CStr;

use crate::runtime::settings;
use crate::server::Ctx;
use crate::server::command::{Arg, Command as _, Registration};
use crate::server::register;

/// All commands of the module.
const ALL: &[Registration] = &[
    Registration::of::<shorten::Shorten>(),
    Registration::of::<resolve::Resolve>(),
    Registration::of::<visit::Visit>(),
    codepool::ENTRY,
    Registration::of::<find::Find>(),
    Registration::of::<info::Info>(),
    Registration::of::<stats::Stats>(),
    Registration::of::<set::Set>(),
    Registration::of::<del::Del>(),
    Registration::of::<expire::Expire>(),
    Registration::of::<persist::Persist>(),
    Registration::of::<scan::Scan>(),
    Registration::of::<count::Count>(),
    Registration::of::<key::Key>(),
    Registration::of::<apply::Apply>(),
    Registration::of::<load::Load>(),
];

/// Registers all commands, and their ACL category if the server supports categories of modules.
///
/// # Errors
/// The name of the command that the server rejected.
pub(crate) fn register(ctx: Ctx<'_>) -> Result<(), String> {
    register::add_category(ctx);
    let is_visit_hidden = !ctx.can_redact() && redact::is_required(settings::current());
    ALL.iter().try_for_each(|entry| {
        let is_hidden = is_visit_hidden && entry.name() == visit::Visit::SPEC.name;
        let more_flags = if is_hidden { redact::HIDDEN } else { "" };
        register::command(ctx, entry, more_flags)
            .map_err(|name| format!("the server rejected the command {name}"))
    })
}

/// Returns the names of the commands that have a bare form: those about one code or URL that
/// clients call.
pub(crate) fn with_bare_form() -> impl Iterator<Item = &'static CStr> {
    let with_key = ALL
        .iter()
        .filter(|entry| entry.has_key() && !entry.is_admin());
    with_key.map(Registration::name)
}

/// The arguments EX, PX, EXAT and PXAT, for the documentation.
const EXPIRIES: [Arg; 4] = [
    Arg::integer(c"seconds").after(c"EX"),
    Arg::integer(c"milliseconds").after(c"PX"),
    Arg::time(c"unix-time-seconds").after(c"EXAT"),
    Arg::time(c"unix-time-milliseconds").after(c"PXAT"),
];
