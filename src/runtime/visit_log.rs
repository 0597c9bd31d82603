//! The log of visits: a stream for consumer groups, written if `visit-log-maxlen` is not 0.
//!
//! The stream is `shorten:visits`, in the database of the link. In a cluster, each slot has its
//! own, `shorten:visits:{TAG}`, in the slot of its shard. Humans and bots are logged alike, with
//! all fields, known or not: Redis stores the names of fields once for many entries.
//!
//! The redirect has priority. An entry that cannot be added is omitted and counted in
//! `visit_log_dropped` of INFO.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use shorten_engine::code::slot::{self, Slot};
use shorten_engine::visitor::Visitor;

use super::{cluster, settings};
use crate::server::Ctx;
use crate::server::stream::{CallArgs, XaddOutcome};
use crate::server::string::StaticString;

/// The stream's key. In a cluster, a colon and the hash tag of the shard's key follow.
static STREAM: StaticString = StaticString::new("shorten:visits");
const STREAM_PREFIX: &str = "shorten:visits:";

static NOMKSTREAM: StaticString = StaticString::new("NOMKSTREAM");
static MAXLEN: StaticString = StaticString::new("MAXLEN");
static APPROXIMATELY: StaticString = StaticString::new("~");
static AUTO_ID: StaticString = StaticString::new("*");

/// The fields of an entry, in order.
static FIELDS: [StaticString; 16] = [
    StaticString::new("code"),
    StaticString::new("time"),
    StaticString::new("ip"),
    StaticString::new("user-agent"),
    StaticString::new("referer"),
    StaticString::new("client-id"),
    StaticString::new("country"),
    StaticString::new("region"),
    StaticString::new("city"),
    StaticString::new("isp"),
    StaticString::new("browser"),
    StaticString::new("browser-version"),
    StaticString::new("os"),
    StaticString::new("os-version"),
    StaticString::new("device"),
    StaticString::new("bot"),
];

/// Maximum number of arguments: the key, five options, and the fields with their values.
const ARG_COUNT: usize = 6 + 2 * FIELDS.len();

static ADDED: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Returns the number of visits logged since the process started.
pub(crate) fn added() -> u64 {
    ADDED.load(Ordering::Relaxed)
}

/// Returns the number of visits that could not be logged since the process started.
pub(crate) fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Adds a visit of a link to the log, if the log is enabled. No key may be open.
#[inline]
pub(crate) fn add(ctx: Ctx<'_>, code: &[u8], time: u64, visitor: Option<&Visitor>) {
    let max_len = settings::current().visit_log_maxlen;
    if max_len == 0 {
        return;
    }
    let count = match add_entry(ctx, max_len, code, time, visitor) {
        true => &ADDED,
        false => &DROPPED,
    };
    count.fetch_add(1, Ordering::Relaxed);
}

fn add_entry(
    ctx: Ctx<'_>,
    max_len: u64,
    code: &[u8],
    time: u64,
    visitor: Option<&Visitor>,
) -> bool {
    if ctx.flags().is_out_of_memory() {
        return false;
    }
    let unknown = Visitor::default();
    let entry = Entry::new(code, time, visitor.unwrap_or(&unknown));
    let slot = slot::of(code);
    match ctx.add_to_stream(&entry.args(slot, max_len, false)) {
        XaddOutcome::Yes => true,
        // While a slot migrates, a missing stream may be on the other node already. A second one
        // here would collide with it.
        XaddOutcome::NoStream if is_slot_stable(ctx, slot) => {
            ctx.add_to_stream(&entry.args(slot, max_len, true)) == XaddOutcome::Yes
        }
        XaddOutcome::NoStream | XaddOutcome::No => false,
    }
}

fn is_slot_stable(ctx: Ctx<'_>, slot: Slot) -> bool {
    !cluster::is_enabled() || cluster::slots(ctx).is_stable(slot)
}

/// Returns the key of a slot's stream in a cluster. It has the hash tag of the shard's key.
fn key_of(slot: Slot) -> String {
    let shard = slot::shard_key(slot);
    let tag = shard.find('{').and_then(|start| shard.get(start..));
    format!("{STREAM_PREFIX}{}", tag.unwrap_or_default())
}

/// An entry of the log.
struct Entry<'a> {
    code: &'a [u8],
    visitor: &'a Visitor,
    time: String,
    ip: String,
    client_id: String,
}

impl<'a> Entry<'a> {
    fn new(code: &'a [u8], time: u64, visitor: &'a Visitor) -> Self {
        let mut client_id = String::new();
        for byte in visitor.client_id.iter().flatten() {
            // Writing to a string cannot fail.
            let _ = write!(client_id, "{byte:02x}");
        }
        Self {
            code,
            visitor,
            time: time.to_string(),
            ip: visitor.ip.map(|ip| ip.to_string()).unwrap_or_default(),
            client_id,
        }
    }

    /// Returns the values, in the order of [`FIELDS`].
    fn values(&self) -> [&[u8]; FIELDS.len()] {
        let (agent, location) = (&*self.visitor.agent, &self.visitor.location);
        [
            self.code,
            self.time.as_bytes(),
            self.ip.as_bytes(),
            self.visitor.agent_text.as_bytes(),
            self.visitor.referer().as_bytes(),
            self.client_id.as_bytes(),
            location.country.as_bytes(),
            location.region.as_bytes(),
            location.city.as_bytes(),
            location.isp.as_bytes(),
            agent.browser.as_bytes(),
            agent.browser_version.as_bytes(),
            agent.os.as_bytes(),
            agent.os_version.as_bytes(),
            agent.device.as_bytes(),
            if agent.bot { b"1" } else { b"0" },
        ]
    }

    /// Returns the arguments of XADD. `may_create` is whether a missing stream is created.
    fn args(&self, slot: Slot, max_len: u64, may_create: bool) -> CallArgs {
        let mut args = CallArgs::with_capacity(ARG_COUNT);
        if cluster::is_enabled() {
            args.push(key_of(slot).as_bytes());
        } else {
            args.push_static(&STREAM);
        }
        if !may_create {
            args.push_static(&NOMKSTREAM);
        }
        args.push_static(&MAXLEN);
        args.push_static(&APPROXIMATELY);
        args.push(max_len.to_string().as_bytes());
        args.push_static(&AUTO_ID);
        for (field, value) in FIELDS.iter().zip(self.values()) {
            args.push_static(field);
            args.push(value);
        }
        args
    }
}
