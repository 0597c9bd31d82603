//! Streams of the server: entries are added to them as any client would, by XADD.

use redis_module::raw::{self, RedisModuleString};

use super::Ctx;
use super::exclusive;
use super::string::{RedisString, StaticString};

/// The arguments of a call.
pub(crate) struct CallArgs {
    raw: Vec<*mut RedisModuleString>,
    /// Those that end with this call.
    own: Vec<RedisString>,
}

impl CallArgs {
    /// Room for this many.
    pub(crate) fn with_capacity(words: usize) -> Self {
        Self {
            raw: Vec::with_capacity(words),
            own: Vec::with_capacity(words),
        }
    }

    pub(crate) fn push_static(&mut self, text: &'static StaticString) {
        self.raw.push(text.as_raw());
    }

    pub(crate) fn push(&mut self, text: &[u8]) {
        let string = RedisString::new(text);
        self.raw.push(string.as_raw());
        self.own.push(string);
    }
}

/// What came of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XaddOutcome {
    Yes,
    /// There is no such stream, and none was to be made.
    NoStream,
    /// The server refused: the key holds something else, or is not this node's to change at the moment.
    No,
}

impl Ctx<'_> {
    /// Runs `XADD words...` and sends it, as it turned out, to the replicas and the AOF: with the entry's id, and the exact length it was cut to.
    ///
    /// Does nothing while keys are open, because the command could take their values away.
    pub(crate) fn add_to_stream(self, words: &CallArgs) -> XaddOutcome {
        if exclusive::are_keys_open() {
            return XaddOutcome::No;
        }
        // SAFETY: the format announces a vector of strings and its length, which follow; the strings are valid and the server keeps counts of
        // its own. The reply is looked at before it is freed, once.
        unsafe {
            let reply = api!(RedisModule_Call(
                self.as_raw(),
                c"XADD".as_ptr(),
                c"!v".as_ptr(),
                words.raw.as_ptr(),
                words.raw.len()
            ));
            let Some(reply) = reply.filter(|reply| !reply.is_null()) else {
                return XaddOutcome::No;
            };
            let kind = api!(RedisModule_CallReplyType(reply));
            api!(RedisModule_FreeCallReply(reply));
            match kind.and_then(|kind| isize::try_from(kind).ok()) {
                Some(raw::REDISMODULE_REPLY_STRING) => XaddOutcome::Yes,
                Some(raw::REDISMODULE_REPLY_NULL) => XaddOutcome::NoStream,
                _ => XaddOutcome::No,
            }
        }
    }
}
