//! ```text
//! LINK.SET code url [NX | XX]
//!          [EX seconds | PX milliseconds | EXAT unix-time | PXAT unix-time-in-ms |
//!           PERSIST | KEEPTTL]
//!          [MAXVISITS n] [NOTE text] [CREATED unix-time-in-ms] [VISITS n]
//! ```
//! Creates or changes the link of a code. It is the command for imports and edits. Replies OK, or
//! nil if NX or XX is not met.
//!
//! - `NX`: only if no link has the code. `XX`: only if a link has it. An expired link has its code
//!   until it is reclaimed.
//! - The expiry is as in SET: without an option, and with PERSIST, it is removed; KEEPTTL keeps it.
//!   An expired link with a new expiry, or none, becomes active again.
//! - Strategy, creation time, visits, statistics, limit and note of an existing link are kept
//!   unless given. `MAXVISITS 0` removes the limit. An empty NOTE removes the note.
//!
//! Errors: `BADCODE`, `BADURL`, `ERR invalid expire time`, `ERR syntax error`, and `ERR` with an
//! option's name and its value.

use shorten_engine::error::Error;
use shorten_engine::{Condition, SetRequest, Ttl};

use super::options::{self, ArgCursor, keyword_is, set_once};
use super::{EXPIRIES, key_form};
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_UPDATE};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Set;

const EXPIRATIONS: [Arg; 6] = {
    let [ex, px, exat, pxat] = EXPIRIES;
    [
        ex,
        px,
        exat,
        pxat,
        Arg::word(c"persist", c"PERSIST"),
        Arg::word(c"keepttl", c"KEEPTTL"),
    ]
};

impl Command for Set {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.set",
        flags: c"write deny-oom",
        arity: -3,
        key: Some(KEY_UPDATE),
        summary: c"Creates or changes the link of a code.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[
            Arg::key(c"code"),
            Arg::text(c"url"),
            Arg::one_of(
                c"condition",
                &[Arg::word(c"nx", c"NX"), Arg::word(c"xx", c"XX")],
            )
            .optional(),
            Arg::one_of(c"expiration", &EXPIRATIONS).optional(),
            Arg::integer(c"max-visits").after(c"MAXVISITS").optional(),
            Arg::text(c"note").after(c"NOTE").optional(),
            Arg::time(c"created").after(c"CREATED").optional(),
            Arg::integer(c"visits").after(c"VISITS").optional(),
        ],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let (code, mut rest) = key_form::parse_subject(ctx, args, Self::SPEC.name)?;
        let url = rest
            .next()
            .ok_or_else(|| options::wrong_arity(Self::SPEC.name))?;
        let request = request(code, url, rest)?;
        if with_engine(ctx, Access::Write, |engine| engine.set(&request))? {
            ctx.reply_status(c"OK");
        } else {
            ctx.reply_null();
        }
        Ok(())
    }
}

fn request<'a>(
    code: &'a [u8],
    url: &'a [u8],
    mut options: ArgCursor<'a>,
) -> Result<SetRequest<'a>, Error> {
    let mut request = SetRequest {
        code,
        url,
        ..Default::default()
    };
    let mut ttl = None;
    while let Some(word) = options.next() {
        if let Some(expiry) = options.expiry(word)? {
            set_once(&mut ttl, Ttl::Set(expiry))?;
        } else if keyword_is(word, "PERSIST") {
            set_once(&mut ttl, Ttl::Drop)?;
        } else if keyword_is(word, "KEEPTTL") {
            set_once(&mut ttl, Ttl::Keep)?;
        } else if keyword_is(word, "NX") {
            set_once(&mut request.condition, Condition::Nx)?;
        } else if keyword_is(word, "XX") {
            set_once(&mut request.condition, Condition::Xx)?;
        } else if keyword_is(word, "MAXVISITS") {
            set_once(&mut request.max_visits, options.number("MAXVISITS", 0)?)?;
        } else if keyword_is(word, "NOTE") {
            set_once(&mut request.note, options.value()?)?;
        } else if keyword_is(word, "CREATED") {
            set_once(&mut request.created, options.number("CREATED", 0)?)?;
        } else if keyword_is(word, "VISITS") {
            set_once(&mut request.visits, options.number("VISITS", 0)?)?;
        } else {
            return Err(Error::syntax());
        }
    }
    request.ttl = ttl.unwrap_or_default();
    Ok(request)
}
