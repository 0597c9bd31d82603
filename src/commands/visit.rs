//! ```text
//! VISIT code [IP address] [UA user-agent] [REFERER url] [COUNTRY code] [AT unix-ms] [STATUS]
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
//! With STATUS the answer is an array: the URL or nil, and why. The word is `active` with the URL. With nil it is `expired` or `exhausted`, which
//! LINK.INFO shows as the state of the link, or `unknown` if there is no link or the code is malformed.
//!
//! IP, UA and REFERER are a visitor's, so none is refused: what makes no sense is unknown, and the
//! visit counts. COUNTRY and AT are the caller's: a wrong one is an error, and nothing is counted.
//! LINK.STATS shows the result.

use shorten_engine::error::Error;
use shorten_engine::{UrlBuffer, Visit as Request};

use super::{redact, subject};
use crate::args::{Cursor, is, once};
use crate::server::command::{Arg, Command, Info, KEY_READ_UPDATE};
use crate::server::key::Access;
use crate::server::{Args, Ctx};
use crate::store::with_engine;
use crate::{visit_log, visitors};

pub(super) struct Visit;

impl Command for Visit {
    const INFO: Info = Info {
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
        let asked =
            subject::of(ctx, args, Self::INFO.name).and_then(|(code, options)| read(code, options));
        // Not before they are read: Valkey 8.1 puts `(redacted)` in the arguments' place.
        redact::visitor(ctx, args, asked.is_ok());
        let Asked { request, status } = asked?;
        let mut url = UrlBuffer::new();
        let outcome = with_engine(ctx, Access::Write, |engine| {
            engine.visit(
                &request,
                |salt| visitors::see(&request.said, salt),
                &mut url,
            )
        })?;
        let visited = outcome.visited();
        if let Some(visited) = visited {
            visit_log::add(ctx, request.code, visited.time, visited.seen.as_ref());
        }
        if status {
            ctx.reply_array(2);
        }
        ctx.reply_bulk_or_null(visited.map(|_| &*url));
        if status {
            ctx.reply_bulk(outcome.status().as_bytes());
        }
        Ok(())
    }
}

/// The arguments of a call.
struct Asked<'a> {
    request: Request<'a>,
    /// Whether STATUS was given.
    status: bool,
}

fn read<'a>(code: &'a [u8], mut options: Cursor<'a>) -> Result<Asked<'a>, Error> {
    let mut status = false;
    let mut request = Request {
        code,
        ..Request::default()
    };
    while let Some(word) = options.next() {
        let place = if is(word, "IP") {
            &mut request.said.ip
        } else if is(word, "UA") {
            &mut request.said.agent
        } else if is(word, "REFERER") {
            &mut request.said.referer
        } else if is(word, "COUNTRY") {
            &mut request.said.country
        } else if is(word, "AT") {
            once(&mut request.at, options.number("AT", 1)?)?;
            continue;
        } else if is(word, "STATUS") && !status {
            status = true;
            continue;
        } else {
            return Err(Error::syntax());
        };
        once(place, options.value()?)?;
    }
    Ok(Asked { request, status })
}
