//! Cluster mode: the command filter, and the slots of this node.
//!
//! Every link command has its key at index 1. A client that sends the bare form, `RESOLVE code`,
//! hashes the code and reaches the node of the code's slot. Before that node routes the command,
//! the filter inserts the key of the shard: `RESOLVE shorten:{TAG} code`. So the server checks the
//! key that exists, and MOVED, ASK, TRYAGAIN, ACL and scripts work as for any key.

use std::ffi::CStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use shorten_engine::code::cluster_slots::ClusterSlots;
use shorten_engine::code::{slot, slot_codes};
use shorten_engine::error::Error;

use super::settings;
use crate::server::Ctx;
use crate::server::filter::{self, CommandFilter, Incoming};

static ENABLED: AtomicBool = AtomicBool::new(false);

/// The commands that have a bare form.
struct BareForms {
    names: Vec<&'static [u8]>,
    /// One bit per length of a name. Most other commands are skipped by their length alone.
    lengths: u32,
}

static BARE_FORMS: OnceLock<BareForms> = OnceLock::new();

/// Stores whether the server runs in cluster mode, which does not change while it runs. `names` are
/// the commands that have a bare form, in lower case.
pub(crate) fn prepare(ctx: Ctx<'_>, names: impl Iterator<Item = &'static CStr>) {
    ENABLED.store(ctx.flags().is_cluster(), Ordering::Relaxed);
    let names: Vec<_> = names.map(CStr::to_bytes).collect();
    let lengths = names.iter().fold(0, |bits, name| bits | bit(name.len()));
    BARE_FORMS.get_or_init(|| BareForms { names, lengths });
    if is_enabled() {
        // The first command does not have to build the tables.
        slot_codes::prepare();
    }
}

/// Returns whether the server runs in cluster mode.
#[inline]
pub(crate) fn is_enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

/// Registers or unregisters the filter, as the settings say. In cluster mode only, because the
/// filter costs every command a little time. It must not be called before the load is final: a
/// server that refuses the module may keep the filter.
pub(crate) fn follow_settings(ctx: Ctx<'_>) {
    if is_enabled() && settings::current().cluster_filter {
        filter::register::<KeyedForm>(ctx);
    } else {
        filter::unregister(ctx);
    }
}

/// Fails if a command that scans all slots of the node runs in a transaction. There the server
/// would expect all keys in the slot that the transaction began with.
///
/// # Errors
/// `ERR`, in cluster mode only.
pub(crate) fn refuse_in_transaction(ctx: Ctx<'_>) -> Result<(), Error> {
    if is_enabled() && ctx.flags().is_part_of_a_transaction() {
        return Err(Error::other(
            "this command scans all slots of the node and is not allowed in MULTI or scripts in \
             cluster mode",
        ));
    }
    Ok(())
}

/// Inserts the key of the shard before a bare code or URL. Called for every command of every
/// client.
struct KeyedForm;

impl CommandFilter for KeyedForm {
    #[inline]
    fn filter(command: &mut Incoming) {
        route(command);
    }
}

#[inline]
fn route(command: &mut Incoming) {
    if !command.get(0).is_some_and(has_bare_form) {
        return;
    }
    let Some(subject) = command.get(1).filter(|first| !slot::is_shard_key(first)) else {
        return;
    };
    let key = slot::shard_key(slot::of(subject));
    command.insert(1, key.as_bytes());
}

#[inline]
fn has_bare_form(name: &[u8]) -> bool {
    BARE_FORMS.get().is_some_and(|forms| {
        forms.lengths & bit(name.len()) != 0
            && forms
                .names
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
    })
}

#[inline]
fn bit(length: usize) -> u32 {
    u32::try_from(length).map_or(0, |length| 1_u32.checked_shl(length).unwrap_or(0))
}

/// Returns the slots of this node, as the server reports them now. There are none if keys are open.
pub(crate) fn slots(ctx: Ctx<'_>) -> ClusterSlots {
    let nodes = ctx.call_for_text(c"CLUSTER", c"NODES").unwrap_or_default();
    ClusterSlots::parse(&nodes)
}
