//! The log of visits: a stream that any consumer group can carry away, if `visit-log-maxlen` is not 0.
//!
//! The stream is `shorten:visits`, in the database of the link; in a cluster each slot has one of its own, `shorten:visits:{TAG}`, beside its
//! shard. People and bots alike are in it, with every field, known or not: Redis stores the fields' names once for many entries.
//!
//! The redirect comes first: an entry that cannot be made is counted (`visit_log_dropped` of INFO) and left out.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use shorten_engine::code::slot::{self, Slot};
use shorten_engine::visitor::Visitor;

use super::cluster::{self, Slots};
use super::settings;
use crate::server::Ctx;
use crate::server::stream::{CallArgs, XaddOutcome};
use crate::server::string::StaticString;

/// The stream's key; in a cluster the hash tag of a shard's key follows.
static STREAM: StaticString = StaticString::new("shorten:visits");
const STREAM_OF: &str = "shorten:visits:";

static ONLY_IF_THERE: StaticString = StaticString::new("NOMKSTREAM");
static MAXLEN: StaticString = StaticString::new("MAXLEN");
static ABOUT: StaticString = StaticString::new("~");
static NEXT_ID: StaticString = StaticString::new("*");

/// The fields of an entry, in their order.
static FIELDS: [StaticString; 16] = [
    StaticString::new("code"),
    StaticString::new("time"),
    StaticString::new("ip"),
    StaticString::new("user-agent"),
    StaticString::new("referer"),
    StaticString::new("client-id"),
    StaticString::new("country"),
    StaticString::new("province"),
    StaticString::new("city"),
    StaticString::new("isp"),
    StaticString::new("browser"),
    StaticString::new("browser-version"),
    StaticString::new("os"),
    StaticString::new("os-version"),
    StaticString::new("device"),
    StaticString::new("bot"),
];

/// The key, five words of options, and the fields with their values.
const WORDS: usize = 6 + 2 * FIELDS.len();

static LOGGED: AtomicU64 = AtomicU64::new(0);
static UNLOGGED: AtomicU64 = AtomicU64::new(0);

/// How many visits were logged since the process started.
pub(crate) fn logged() -> u64 {
    LOGGED.load(Ordering::Relaxed)
}

/// How many visits should have been logged and could not be.
pub(crate) fn unlogged() -> u64 {
    UNLOGGED.load(Ordering::Relaxed)
}

/// Adds a visit of a link to the log, if there is one. To be called when no key is open any more.
#[inline]
pub(crate) fn add(ctx: Ctx<'_>, code: &[u8], time: u64, seen: Option<&Visitor>) {
    let most = settings::current().visit_log_maxlen;
    if most == 0 {
        return;
    }
    let count = match add_entry(ctx, most, code, time, seen) {
        true => &LOGGED,
        false => &UNLOGGED,
    };
    count.fetch_add(1, Ordering::Relaxed);
}

fn add_entry(ctx: Ctx<'_>, most: u64, code: &[u8], time: u64, seen: Option<&Visitor>) -> bool {
    if ctx.flags().is_out_of_memory() {
        return false;
    }
    let nothing = Visitor::default();
    let entry = Entry::new(code, time, seen.unwrap_or(&nothing));
    let slot = slot::of(code);
    match ctx.add_to_stream(&entry.words(slot, most, false)) {
        XaddOutcome::Yes => true,
        // A stream that is missing while its slot moves may be at the other node already: with a second one here the two would meet.
        XaddOutcome::NoStream if is_settled(ctx, slot) => {
            ctx.add_to_stream(&entry.words(slot, most, true)) == XaddOutcome::Yes
        }
        XaddOutcome::NoStream | XaddOutcome::No => false,
    }
}

fn is_settled(ctx: Ctx<'_>, slot: Slot) -> bool {
    !cluster::is_enabled() || Slots::now(ctx).is_settled(slot)
}

/// The key of the stream of a slot, in a cluster: it has the hash tag of the shard's key.
fn key_of(slot: Slot) -> String {
    let shard = slot::shard_key(slot);
    let tag = shard.find('{').and_then(|start| shard.get(start..));
    format!("{STREAM_OF}{}", tag.unwrap_or_default())
}

/// What the log says of a visit.
struct Entry<'a> {
    code: &'a [u8],
    seen: &'a Visitor,
    time: String,
    ip: String,
    client_id: String,
}

impl<'a> Entry<'a> {
    fn new(code: &'a [u8], time: u64, seen: &'a Visitor) -> Self {
        let mut client_id = String::new();
        for byte in seen.client_id.iter().flatten() {
            // A String takes all.
            let _ = write!(client_id, "{byte:02x}");
        }
        Self {
            code,
            seen,
            time: time.to_string(),
            ip: seen.ip.map(|ip| ip.to_string()).unwrap_or_default(),
            client_id,
        }
    }

    /// The values, in the order of [`FIELDS`].
    fn values(&self) -> [&[u8]; FIELDS.len()] {
        let (agent, place) = (&*self.seen.agent, &self.seen.location);
        [
            self.code,
            self.time.as_bytes(),
            self.ip.as_bytes(),
            self.seen.agent_text.as_bytes(),
            self.seen.referer().as_bytes(),
            self.client_id.as_bytes(),
            place.country.as_bytes(),
            place.region.as_bytes(),
            place.city.as_bytes(),
            place.isp.as_bytes(),
            agent.browser.as_bytes(),
            agent.browser_version.as_bytes(),
            agent.os.as_bytes(),
            agent.os_version.as_bytes(),
            agent.device.as_bytes(),
            if agent.bot { b"1" } else { b"0" },
        ]
    }

    /// The arguments of XADD; `may_make`: also where there is no stream yet.
    fn words(&self, slot: Slot, most: u64, may_make: bool) -> CallArgs {
        let mut words = CallArgs::with_capacity(WORDS);
        if cluster::is_enabled() {
            words.push(key_of(slot).as_bytes());
        } else {
            words.push_static(&STREAM);
        }
        if !may_make {
            words.push_static(&ONLY_IF_THERE);
        }
        words.push_static(&MAXLEN);
        words.push_static(&ABOUT);
        words.push(most.to_string().as_bytes());
        words.push_static(&NEXT_ID);
        for (field, value) in FIELDS.iter().zip(self.values()) {
            words.push_static(field);
            words.push(value);
        }
        words
    }
}
