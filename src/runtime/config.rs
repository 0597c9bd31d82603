//! The sources of settings. Load arguments become the defaults. From 7.0 on, `redis.conf` and
//! `CONFIG SET` override them.
//!
//! ```text
//! loadmodule .../libredis_shorten.so strategy pool pool-max 100000
//! shorten.base-url https://sho.rt/
//! ```
//!
//! The engine owns the list of settings and the rules for their values. Values are first stored in
//! a draft. When all values of one change are stored, the rules between settings are checked, the
//! draft is published to the commands, and what depends on settings is updated.

use std::sync::{Mutex, MutexGuard, PoisonError};

use shorten_engine::settings::{self as engine, DEFINITIONS, LoadArguments, Settings};

use super::{settings, start};
use crate::server::config::{self, Config, Kind};
use crate::server::log::Level;
use crate::server::{Args, Ctx};

static DRAFT: Mutex<Option<Settings>> = Mutex::new(None);

fn draft() -> MutexGuard<'static, Option<Settings>> {
    // A draft is always valid: after a panic it has the values stored so far.
    DRAFT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the load arguments, then the server's configuration.
///
/// # Errors
/// The argument or setting, and what is wrong with it.
pub(crate) fn load(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), String> {
    let words: Vec<&[u8]> = (0..args.len())
        .filter_map(|index| args.get(index))
        .collect();
    // The servers that support settings of modules are those that write load arguments to
    // `redis.conf`.
    let read = LoadArguments::read(&words, config::is_supported())
        .map_err(|reason| format!("invalid load argument: {reason}"))?;
    for note in &read.notes {
        ctx.log(Level::Notice, note);
    }
    // After a refused load, the library and its draft can remain in memory.
    *draft() = Some(read.settings);
    if config::is_supported() {
        config::register_all::<ModuleConfig>(ctx)?;
    }
    publish_draft()
}

/// Publishes the draft if its values are consistent.
fn publish_draft() -> Result<(), String> {
    let mut draft = draft();
    let drafted = draft.get_or_insert_default();
    drafted.check()?;
    settings::publish(drafted);
    Ok(())
}

/// The module's settings for the server.
struct ModuleConfig;

impl Config for ModuleConfig {
    const COUNT: usize = DEFINITIONS.len();

    fn name(index: usize) -> &'static str {
        DEFINITIONS
            .get(index)
            .map_or("", |definition| definition.name)
    }

    fn kind(index: usize) -> Kind {
        match DEFINITIONS.get(index).map(|definition| definition.kind) {
            Some(engine::Kind::Number { min, max }) => Kind::Integer {
                min: i64::try_from(min).unwrap_or(0),
                max: i64::try_from(max).unwrap_or(i64::MAX),
            },
            Some(engine::Kind::Choice { words, synonyms }) => Kind::Choice { words, synonyms },
            _ => Kind::Text,
        }
    }

    fn get(index: usize) -> String {
        let text = draft().get_or_insert_default().get(Self::name(index));
        text.unwrap_or_default()
    }

    fn set(index: usize, text: &str) -> Result<(), String> {
        draft().get_or_insert_default().set(Self::name(index), text)
    }

    fn apply(ctx: Ctx<'_>) -> Result<(), String> {
        start::before_change(ctx);
        publish_draft()?;
        start::follow_settings(ctx)
    }
}
