//! ```text
//! VISIT code [IP address] [UA user-agent] [REFERER url] [COUNTRY code] [AT unix-ms] [STATUS]
//! ```
//! Replies as RESOLVE does, and counts the visit in the same step: the visitor, the location, the
//! user agent and the time. A link with MAXVISITS n returns its URL for n visits by humans, then
//! nil. This is the command for redirects. It works at `maxmemory`, where only the totals are
//! counted.
//!
//! | option | what it is |
//! |---|---|
//! | IP | the visitor's address, IPv4 or IPv6, also in the forms that proxies write |
//! | UA | the `User-Agent` header: browser, system, device, and whether it is a bot |
//! | REFERER | the `Referer` header |
//! | COUNTRY | two letters, for example from a CDN's header; replaces the GeoIP file's |
//! | AT | the time of the visit, if not now: from 1 to five minutes ahead of the server's clock |
//!
//! IP determines location, provider and visitor. AT does not affect expiry, for which the server's
//! clock counts. IP, UA and REFERER come from a visitor, so none is refused: a malformed one is
//! unknown, and the visit counts. COUNTRY and AT come from the caller: a malformed one is an error,
//! and nothing is counted. LINK.STATS returns the result.
//!
//! With STATUS the reply is an array: the URL or nil, and a status. It is `active` with a URL. With
//! nil it is `expired` or `exhausted`, the link's state in LINK.INFO, or `unknown` if there is no
//! link or the code is malformed.

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
            Arg::word(c"status", c"STATUS").optional(),
        ],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let parsed = key_form::parse_subject(ctx, args, Self::SPEC.name)
            .and_then(|(code, options)| parse(code, options));
        // After the arguments are read, because Valkey 8.1 replaces them with `(redacted)`.
        redact::visitor(ctx, args, parsed.is_ok());
        let (request, has_status) = parsed?;
        let mut url = UrlBuffer::new();
        let outcome = with_engine(ctx, Access::Write, |engine| {
            engine.visit(
                &request,
                |salt| visitor::classify(&request.hints, salt),
                &mut url,
            )
        })?;
        let visited = outcome.visited();
        if let Some(visited) = visited {
            visit_log::add(ctx, request.code, visited.time, visited.visitor.as_ref());
        }
        let status = has_status.then(|| outcome.status());
        ctx.reply_with_status(status, || ctx.reply_bulk_or_null(visited.map(|_| &*url)));
        Ok(())
    }
}

/// Returns the request, and whether STATUS is given.
fn parse<'a>(code: &'a [u8], mut options: ArgCursor<'a>) -> Result<(Request<'a>, bool), Error> {
    let mut has_status = false;
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
        } else if keyword_is(word, "STATUS") && !has_status {
            has_status = true;
            continue;
        } else {
            return Err(Error::syntax());
        };
        set_once(place, options.value()?)?;
    }
    Ok((request, has_status))
}
