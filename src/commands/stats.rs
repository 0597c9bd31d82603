//! ```text
//! LINK.STATS code [BY day|hour|country|region|city|isp|browser|os|device|referer]
//!            [FROM unix-ms] [TO unix-ms] [TOP n]
//! ```
//! Replies with a map of what VISIT counted (a flat array in RESP2), or with nil if there is no
//! link. A link that is expired or exhausted is shown until it is reclaimed. The cost does not
//! depend on the number of visits.
//!
//! | key | value |
//! |---|---|
//! | total | all visits |
//! | humans | visits by humans: LINK.INFO's `visits`, which MAXVISITS limits |
//! | bots | visits by bots and link previews, which are counted nowhere else |
//! | visitors | different client ids; the standard error is about 1.2 % above some hundred |
//! | first-visit, last-visit | Unix time in milliseconds, or nil |
//!
//! With BY, these follow:
//!
//! | key | value |
//! |---|---|
//! | *day* or *hour* | a map of beginnings (Unix ms, UTC) and visits by humans, in order of time |
//! | *country* ... *referer* | a map of names and visits by humans, the most frequent first |
//! | unknown | visits by humans without a known name (names only) |
//! | max-error | maximum error of a count, and maximum count of an unlisted name (names only) |
//!
//! FROM and TO, both inclusive, select the days or hours that overlap the period. TOP selects the n
//! largest, the largest first. Days and hours are kept as long as `shorten.visit-days` and
//! `shorten.visit-hours` say. The totals are kept as long as the link.

use shorten_engine::error::{Error, quote};
use shorten_engine::{GroupBy, StatsRequest, StatsRows, VisitReport};

use super::key_form;
use super::options::{ArgCursor, keyword_is, set_once};
use crate::runtime::store::with_engine;
use crate::server::command::{Arg, Command, CommandSpec, KEY_READ};
use crate::server::key::Access;
use crate::server::{Args, Ctx};

pub(super) struct Stats;

impl Command for Stats {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"link.stats",
        flags: c"readonly random",
        arity: -2,
        key: Some(KEY_READ),
        summary: c"Returns the statistics of a link's visits.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[
            Arg::key(c"code"),
            Arg::choice(c"dimension", || GroupBy::ALL.map(GroupBy::as_str).to_vec())
                .after(c"BY")
                .optional(),
            Arg::time(c"from-milliseconds").after(c"FROM").optional(),
            Arg::time(c"to-milliseconds").after(c"TO").optional(),
            Arg::integer(c"n").after(c"TOP").optional(),
        ],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let (code, options) = key_form::parse_subject(ctx, args, Self::SPEC.name)?;
        let request = read(code, options)?;
        match with_engine(ctx, Access::Read, |engine| engine.stats(&request))? {
            Some(stats) => reply(ctx, &stats, request.by),
            None => ctx.reply_null(),
        }
        Ok(())
    }
}

fn read<'a>(code: &'a [u8], mut options: ArgCursor<'a>) -> Result<StatsRequest<'a>, Error> {
    let mut request = StatsRequest {
        code,
        ..StatsRequest::default()
    };
    while let Some(word) = options.next() {
        if keyword_is(word, "BY") {
            let by = by(options.value()?)?;
            set_once(&mut request.by, by)?;
        } else if keyword_is(word, "FROM") {
            set_once(&mut request.from, options.number("FROM", 0)?)?;
        } else if keyword_is(word, "TO") {
            set_once(&mut request.to, options.number("TO", 0)?)?;
        } else if keyword_is(word, "TOP") {
            let top = options.number("TOP", 1)?;
            set_once(&mut request.top, usize::try_from(top).unwrap_or(usize::MAX))?;
        } else {
            return Err(Error::syntax());
        }
    }
    if request.top.is_some() && request.by.is_none() {
        return Err(Error::syntax());
    }
    Ok(request)
}

fn by(name: &[u8]) -> Result<GroupBy, Error> {
    GroupBy::parse(name).ok_or_else(|| {
        let names = GroupBy::ALL.map(GroupBy::as_str).join(", ");
        Error::other(format!("BY must be one of {names}, got {}", quote(name)))
    })
}

fn reply(ctx: Ctx<'_>, stats: &VisitReport, by: Option<GroupBy>) {
    let more = match stats.rows {
        None => 0,
        Some(StatsRows::Times(_)) => 1,
        Some(StatsRows::Names { .. }) => 3,
    };
    ctx.reply_map(6_usize.saturating_add(more));
    let number = |name: &str, value: Option<u64>| {
        ctx.reply_bulk(name.as_bytes());
        ctx.reply_number_or_null(value);
    };
    number("total", Some(stats.humans.saturating_add(stats.bots)));
    number("humans", Some(stats.humans));
    number("bots", Some(stats.bots));
    number("visitors", Some(stats.visitors));
    number("first-visit", stats.first_visit);
    number("last-visit", stats.last_visit);
    if let Some(by) = by {
        ctx.reply_bulk(by.as_str().as_bytes());
    }
    match &stats.rows {
        None => (),
        Some(StatsRows::Times(rows)) => {
            ctx.reply_map(rows.len());
            for (begin, count) in rows {
                ctx.reply_number(*begin);
                ctx.reply_number(*count);
            }
        }
        Some(StatsRows::Names {
            rows,
            unknown,
            max_error,
        }) => {
            ctx.reply_map(rows.len());
            for (name, count) in rows {
                ctx.reply_bulk(name);
                ctx.reply_number(*count);
            }
            number("unknown", Some(*unknown));
            number("max-error", Some(*max_error));
        }
    }
}
