//! ```text
//! VISIT code [IP address] [UA user-agent] [REFERER url] [COUNTRY code] [AT unix-ms]
//! ```
//! Answers as RESOLVE does and, in the same step, counts the visit: who came, from where, with what, and when. A link with MAXVISITS n answers
//! n visits of people, then nil. This is the redirect's command. It works at `maxmemory`, where the totals alone are counted.
//!
//! | option | what it is |
//! |---|---|
//! | IP | the visitor's address, IPv4 or IPv6, also as proxies write it: place, provider and visitor are told by it |
//! | UA | the `User-Agent` header: browser, system and device are told by it, and whether it is a bot |
//! | REFERER | the `Referer` header |
//! | COUNTRY | two letters, where the caller knows the country (from a CDN's header, say): goes before the GeoIP file's |
//! | AT | when the visit was, if not now: at least 1, at most five minutes ahead of the server's clock, which alone judges expiry |
//!
//! IP, UA and REFERER are a visitor's, so none is refused: what makes no sense is unknown, and the
//! visit counts. COUNTRY and AT are the caller's: a wrong one is an error, and nothing is counted.
//! LINK.STATS shows the result.

use shorten_engine::error::Error;
use shorten_engine::{UrlBuffer, VisitRequest as Request};

use super::options::{ArgCursor, keyword_is, set_once};
use super::{key_form, redact};
use crate::runtime::store::with_engine;
use crate::runtime::{visit_log, visitor};
use crate::server::command::{Arg, Command, CommandSpec, KEY_READ_UPDATE};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Visit;

impl Command for Visit {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"visit",
        flags: c"write fast",
        arity: -2,
        key: Some(KEY_READ_UPDATE),
        summary: c"Returns the URL a code leads to and counts the visit.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[
            Arg::key(c"code"),
            Arg::text(c"address").after(c"IP").optional(),
            Arg::text(c"user-agent").after(c"UA").optional(),
            Arg::text(c"url").after(c"REFERER").optional(),
            Arg::text(c"country-code").after(c"COUNTRY").optional(),
            Arg::time(c"unix-time-milliseconds").after(c"AT").optional(),
        ],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let request = key_form::parse_subject(ctx, args, Self::SPEC.name)
            .and_then(|(code, options)| read(code, options));
        // Not before they are read: Valkey 8.1 puts `(redacted)` in the arguments' place.
        redact::visitor(ctx, args, request.is_ok());
        let request = request?;
        let mut url = UrlBuffer::new();
        let visited = with_engine(ctx, Access::Write, |engine| {
            engine.visit(
                &request,
                |salt| visitor::see(&request.hints, salt),
                &mut url,
            )
        })?;
        let Some(visited) = visited else {
            ctx.reply_null();
            return Ok(());
        };
        visit_log::add(ctx, request.code, visited.time, visited.visitor.as_ref());
        ctx.reply_bulk(&url);
        Ok(())
    }
}

fn read<'a>(code: &'a [u8], mut options: ArgCursor<'a>) -> Result<Request<'a>, Error> {
    let mut request = Request {
        code,
        ..Request::default()
    };
    while let Some(word) = options.next() {
        let place = if keyword_is(word, "IP") {
            &mut request.hints.ip
        } else if keyword_is(word, "UA") {
            &mut request.hints.agent
        } else if keyword_is(word, "REFERER") {
            &mut request.hints.referer
        } else if keyword_is(word, "COUNTRY") {
            &mut request.hints.country
        } else if keyword_is(word, "AT") {
            set_once(&mut request.at, options.number("AT", 1)?)?;
            continue;
        } else {
            return Err(Error::syntax());
        };
        set_once(place, options.value()?)?;
    }
    Ok(request)
}
