//! Streams of the server. Entries are added with XADD, as by a client.

use redis_module::raw::{self, RedisModuleString};

use super::Ctx;
use super::exclusive;
use super::string::{RedisString, StaticString};

/// The arguments of a call.
pub(crate) struct CallArgs {
    raw: Vec<*mut RedisModuleString>,
    /// The strings that are freed with this value.
    own: Vec<RedisString>,
}

impl CallArgs {
    /// Returns an empty list with room for this many arguments.
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

/// The result of adding an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XaddOutcome {
    Yes,
    /// There is no such stream, and none was to be created.
    NoStream,
    /// The server refused: the key is of another type, or this node cannot change it at the moment.
    No,
}

impl Ctx<'_> {
    /// Runs `XADD words...` and replicates the result: with the entry's id, and the exact length
    /// that the stream was trimmed to.
    ///
    /// Does nothing while keys are open, because the command could remove their values.
    pub(crate) fn add_to_stream(self, words: &CallArgs) -> XaddOutcome {
        if exclusive::are_keys_open() {
            return XaddOutcome::No;
        }
        // SAFETY: the format announces a vector of strings and its length, which follow. The
        // strings are valid, and the server holds references of its own. The reply is read before
        // it is freed, once.
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
