//! ```text
//! SHORTEN url [ALIAS code | STRATEGY COUNTER|HASH|POOL] [NEW]
//!         [EX seconds | PX milliseconds | EXAT unix-time | PXAT unix-time-in-ms]
//!         [MAXVISITS n] [NOTE text] [STATUS]
//! ```
//! Replies with a code for the URL, as a bulk string. If `shorten.base-url` is set, base-url
//! precedes it. With STATUS the reply is an array: the same string, and `created` if this call
//! created the link or `existing` if the link existed before.
//!
//! A URL that has a permanent link gets the code of that link, with any strategy. NEW, ALIAS, an
//! expiry, MAXVISITS and NOTE always create another link.
//!
//! - `ALIAS code`: the code to use, 1 to 64 characters of `[0-9A-Za-z_-]`.
//! - `STRATEGY`: the strategy, instead of `shorten.strategy`.
//! - `MAXVISITS n`: after n visits the link is exhausted, and the reply is nil.
//! - `NOTE text`: up to 255 bytes kept with the link.
//!
//! Errors: `BADURL` for a URL that is not accepted, `BADCODE` for an alias that is not a code,
//! `CODETAKEN` for one that is in use, `NOPERM` for one that the user may not write, `ERR invalid
//! expire time` for an expiry that is not in the future, `ERR syntax error`.

use shorten_engine::ShortenRequest as Request;
use shorten_engine::code::slot;
use shorten_engine::error::Error;
use shorten_engine::settings::Strategy;

use super::options::{ArgCursor, keyword_is, set_once};
use super::{EXPIRIES, key_form};
use crate::runtime::store::with_engine_for;
use crate::runtime::{cluster, settings};
use crate::server::command::{Arg, Command, CommandSpec, KEY_INSERT, KEY_READ_INSERT};
use crate::server::key::Access;
use crate::server::string::{RedisString, Text};
use crate::server::{Args, Ctx};

pub(super) struct Shorten;

impl Command for Shorten {
    type Error = Error;
    const SPEC: CommandSpec = CommandSpec {
        name: c"shorten",
        flags: c"write deny-oom",
        arity: -2,
        key: Some(KEY_READ_INSERT),
        summary: c"Returns a short code for a URL, making a link if there is none.",
        complexity: c"O(1)",
        since: c"0.1.0",
        tips: None,
        args: &[
            Arg::key(c"url"),
            Arg::one_of(
                c"code",
                &[
                    Arg::text(c"alias").after(c"ALIAS").also_key(KEY_INSERT),
                    Arg::choice(c"strategy", || Strategy::ALL.map(Strategy::as_str).to_vec())
                        .after(c"STRATEGY"),
                ],
            )
            .optional(),
            Arg::word(c"new", c"NEW").optional(),
            Arg::one_of(c"expiration", &EXPIRIES).optional(),
            Arg::integer(c"max-visits").after(c"MAXVISITS").optional(),
            Arg::text(c"note").after(c"NOTE").optional(),
            Arg::word(c"status", c"STATUS").optional(),
        ],
    };

    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Error> {
        let (url, options) = key_form::parse_subject(ctx, args, Self::SPEC.name)?;
        let named = options.last();
        let (request, has_status) = parse(url, options)?;
        if let Some(alias) = request.alias {
            check_right_to_alias(ctx, args, named, alias)?;
        }
        let shortened = with_engine_for(ctx, Access::Write, named, |engine| {
            engine.shorten_with_status(&request)
        })?;
        let code = shortened.code;
        let status = has_status.then(|| shortened.status());
        ctx.reply_with_status(status, || match &settings::current().url.base_url {
            None => ctx.reply_bulk(code.as_bytes()),
            Some(base) => ctx.reply_bulk(&[base.as_str().as_bytes(), code.as_bytes()].concat()),
        });
        Ok(())
    }
}

/// Returns the request, and whether STATUS is given.
fn parse<'a>(url: &'a [u8], mut options: ArgCursor<'a>) -> Result<(Request<'a>, bool), Error> {
    let mut has_status = false;
    let mut request = Request {
        url,
        ..Request::default()
    };
    while let Some(word) = options.next() {
        if let Some(expiry) = options.expiry(word)? {
            set_once(&mut request.expiry, expiry)?;
        } else if keyword_is(word, "ALIAS") {
            set_once(&mut request.alias, options.value()?)?;
        } else if keyword_is(word, "STRATEGY") {
            let strategy = Strategy::parse(options.value()?).ok_or_else(Error::syntax)?;
            set_once(&mut request.strategy, strategy)?;
        } else if keyword_is(word, "NEW") && !request.new {
            request.new = true;
        } else if keyword_is(word, "MAXVISITS") {
            set_once(&mut request.max_visits, options.count()?)?;
        } else if keyword_is(word, "NOTE") {
            set_once(&mut request.note, options.value()?)?;
        } else if keyword_is(word, "STATUS") && !has_status {
            has_status = true;
        } else {
            return Err(Error::syntax());
        }
    }
    if request.alias.is_some() && request.strategy.is_some() {
        return Err(Error::syntax());
    }
    Ok((request, has_status))
}

/// Fails if the user may not write the alias and the server has not checked it itself.
fn check_right_to_alias(
    ctx: Ctx<'_>,
    args: Args<'_>,
    url: Option<Text<'_>>,
    alias: &[u8],
) -> Result<(), Error> {
    let (Some(command), Some(url)) = (args.text(0), url) else {
        return Ok(());
    };
    let is_seen = if cluster::is_enabled() {
        // The server has checked the first key only. Permission for a shard's key includes
        // everything in it.
        slot::is_shard_key(args.get(1).unwrap_or_default())
    } else {
        key_seen(args) == Some(alias)
    };
    if is_seen {
        return Ok(());
    }
    let (keyword, name) = (RedisString::new(b"ALIAS"), RedisString::new(alias));
    let allowed = if cluster::is_enabled() {
        ctx.may_run(&[command, name.text()])
    } else {
        ctx.may_run(&[command, url, keyword.text(), name.text()])
    };
    if allowed {
        Ok(())
    } else {
        Err(Error::no_permission(alias))
    }
}

/// Returns the alias as the server finds it: the argument after the first one that equals the
/// keyword, even if that is the text of a note. To the server, a word ends at a NUL.
fn key_seen(args: Args<'_>) -> Option<&[u8]> {
    let is_keyword = |word: &[u8]| {
        let word = word.split(|&byte| byte == 0).next().unwrap_or_default();
        keyword_is(word, "ALIAS")
    };
    let end = args.len().checked_sub(1)?;
    let at = (2..end).find(|&index| args.get(index).is_some_and(is_keyword))?;
    args.get(at.checked_add(1)?)
}
