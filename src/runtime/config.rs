//! Where settings come from: load arguments become the defaults; `redis.conf` and `CONFIG SET` override them (from 7.0 on).
//!
//! ```text
//! loadmodule .../libredis_shorten.so strategy pool pool-max 100000
//! shorten.base-url https://sho.rt/
//! ```
//!
//! The engine owns the list of settings and the rules for their values. Values are first stored in a draft. When all
//! values of one change are in it, the rules between settings are checked, the whole is published to the commands, and
//! what depends on settings is told.

use std::sync::{Mutex, MutexGuard, PoisonError};

use shorten_engine::settings::{self as engine, DEFINITIONS, LoadArguments, Settings};

use super::{settings, start};
use crate::server::config::{self, Config, Kind};
use crate::server::log::Level;
use crate::server::{Args, Ctx};

static DRAFT: Mutex<Option<Settings>> = Mutex::new(None);

fn draft() -> MutexGuard<'static, Option<Settings>> {
    // A draft is always valid: a panic in between leaves the values set so far.
    DRAFT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the load arguments, then the server's configuration.
///
/// # Errors
/// What is wrong with which argument or setting.
pub(crate) fn load(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), String> {
    let words: Vec<&[u8]> = (0..args.len())
        .filter_map(|index| args.get(index))
        .collect();
    // The servers that have settings for modules are those that write load arguments back.
    let read = LoadArguments::read(&words, config::is_supported())
        .map_err(|reason| format!("invalid load argument: {reason}"))?;
    for note in &read.notes {
        ctx.log(Level::Notice, note);
    }
    // A refused load may have left the library, and its draft, in memory.
    *draft() = Some(read.settings);
    if config::is_supported() {
        config::register_all::<ModuleConfig>(ctx)?;
    }
    publish_draft()
}

/// Has the draft take effect, if its values go together.
fn publish_draft() -> Result<(), String> {
    let mut draft = draft();
    let drafted = draft.get_or_insert_default();
    drafted.check()?;
    settings::publish(drafted);
    Ok(())
}

/// The module's settings, as the server knows them.
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
        start::before_a_change(ctx);
        publish_draft()?;
        start::follow_settings(ctx)
    }
}
