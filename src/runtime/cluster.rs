//! What cluster mode adds to the glue: the command filter, and which slots are this node's.
//!
//! Every link command has its key at index 1. A client that sends the bare form, `RESOLVE code`, hashes the code, and reaches the node that has
//! the code's slot. Before that node routes the command, the filter puts the key of the shard in front: `RESOLVE shorten:{TAG} code`. So
//! the server checks for the key that really exists, and MOVED, ASK, TRYAGAIN, ACL and scripts all work as for any key.

use std::ffi::CStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use shorten_engine::code::slot::{self, SLOTS, Slot};
use shorten_engine::code::slot_codes;
use shorten_engine::error::Error;

use super::settings;
use crate::server::Ctx;
use crate::server::filter::{self, CommandFilter, Incoming};

static ENABLED: AtomicBool = AtomicBool::new(false);

/// The commands that have a bare form.
struct BareForms {
    names: Vec<&'static [u8]>,
    /// The lengths of their names, a bit each: most other commands are passed by after a look at one number.
    lengths: u32,
}

static BARE_FORMS: OnceLock<BareForms> = OnceLock::new();

/// Notes whether the server runs in cluster mode, for the life of the process. `names`: the commands that have a
/// bare form, in lower case.
pub(crate) fn prepare(ctx: Ctx<'_>, names: impl Iterator<Item = &'static CStr>) {
    ENABLED.store(ctx.flags().is_cluster(), Ordering::Relaxed);
    let names: Vec<_> = names.map(CStr::to_bytes).collect();
    let lengths = names.iter().fold(0, |bits, name| bits | bit(name.len()));
    BARE_FORMS.get_or_init(|| BareForms { names, lengths });
    if is_enabled() {
        // Not in the middle of the first command.
        slot_codes::prepare();
    }
}

/// Whether the server runs in cluster mode.
#[inline]
pub(crate) fn is_enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

/// Registers the filter, or takes it out, as the settings say. In cluster mode alone: it costs every command a little. Not to be called
/// before the load is final: a server that refuses the module may leave the filter behind.
pub(crate) fn follow_settings(ctx: Ctx<'_>) {
    if is_enabled() && settings::current().cluster_filter {
        filter::register::<KeyedForm>(ctx);
    } else {
        filter::unregister(ctx);
    }
}

/// Refuses a command that walks over the slots of the node, inside a transaction: the server would look for all keys in the slot that the
/// transaction began with.
///
/// # Errors
/// `ERR`, in cluster mode alone.
pub(crate) fn refuse_in_transaction(ctx: Ctx<'_>) -> Result<(), Error> {
    if is_enabled() && ctx.flags().is_part_of_a_transaction() {
        return Err(Error::other(
            "this command scans all slots of the node and is not allowed in MULTI or scripts in cluster mode",
        ));
    }
    Ok(())
}

/// Puts the key of the shard before a bare code or URL. Called for every command of every client.
struct KeyedForm;

impl CommandFilter for KeyedForm {
    #[inline]
    fn filter(command: &mut Incoming) {
        route(command);
    }
}

#[inline]
fn route(command: &mut Incoming) {
    let is_ours = command.get(0).is_some_and(has_bare_form);
    if !is_ours {
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

/// The slots of a node's master: its own, or if it is a replica those it copies.
pub(crate) struct Slots {
    /// A bit a slot.
    own: Box<[u64; SLOTS as usize / 64]>,
    importing: Vec<Slot>,
    migrating: Vec<Slot>,
}

impl Slots {
    /// As the server sees them now.
    pub(crate) fn now(ctx: Ctx<'_>) -> Slots {
        let nodes = ctx.call_for_text(c"CLUSTER", c"NODES").unwrap_or_default();
        Slots::read(&nodes)
    }

    /// Reads the answer of CLUSTER NODES: `id address flags master ping pong epoch link slot slot ...`, a slot being `n`, `n-m`,
    /// `[n-<-id]` (importing) or `[n->-id]` (migrating).
    fn read(nodes: &str) -> Slots {
        let lines: Vec<Vec<&str>> = nodes
            .lines()
            .map(|line| line.split(' ').collect())
            .collect();
        let has_flag = |line: &Vec<&str>, flag: &str| {
            line.get(2)
                .is_some_and(|flags| flags.split(',').any(|other| other == flag))
        };
        let myself = lines.iter().find(|line| has_flag(line, "myself"));
        let master = match myself {
            Some(line) if !has_flag(line, "master") => {
                let id = line.get(3);
                lines.iter().find(|line| line.first() == id)
            }
            other => other,
        };
        let mut slots = Slots {
            own: Box::new([0; SLOTS as usize / 64]),
            importing: Vec::new(),
            migrating: Vec::new(),
        };
        for range in master.into_iter().flatten().skip(8) {
            slots.add(range);
        }
        slots
    }

    fn add(&mut self, range: &str) {
        if let Some(moving) = range.strip_prefix('[') {
            let slot_before = |arrow| {
                let (slot, _) = moving.split_once(arrow)?;
                slot.parse::<Slot>().ok()
            };
            self.importing.extend(slot_before("-<-"));
            self.migrating.extend(slot_before("->-"));
            return;
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (Ok(first), Ok(last)) = (first.parse::<Slot>(), last.parse::<Slot>()) else {
            return;
        };
        for slot in first..=last.min(SLOTS.saturating_sub(1)) {
            if let Some(word) = self.own.get_mut(usize::from(slot / 64)) {
                *word |= 1 << (slot % 64);
            }
        }
    }

    /// Whether the node looks after a slot.
    pub(crate) fn owns(&self, slot: Slot) -> bool {
        let word = self.own.get(usize::from(slot / 64)).copied().unwrap_or(0);
        word & (1 << (slot % 64)) != 0
    }

    /// The node's slots, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Slot> + '_ {
        (0..SLOTS).filter(|&slot| self.owns(slot))
    }

    /// Whether the node looks after a slot, and is not just moving it to another node.
    pub(crate) fn is_settled(&self, slot: Slot) -> bool {
        self.owns(slot) && !self.migrating.contains(&slot)
    }

    /// Whether a slot is just being moved here from another node.
    pub(crate) fn is_importing(&self, slot: Slot) -> bool {
        self.importing.contains(&slot)
    }
}
