//! Where settings come from: load arguments become the defaults; `redis.conf` and `CONFIG SET` override them (from 7.0 on).
//!
//! ```text
//! loadmodule .../libredis_shorten.so strategy pool pool-max 100000
//! shorten.base-url https://sho.rt/
//! ```
//!
//! The engine owns the list of settings and the rules for their values. Values are first written into a draft; when all values of one
//! change are in it, the rules between settings are checked and the whole is published to the commands.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use shorten_engine::settings::{DEFINITIONS, LoadArguments, Settings};

use crate::server::log::Level;
use crate::server::shared::Published;
use crate::server::{Args, Ctx, config};

static CURRENT: Published<Settings> = Published::new();
static DRAFT: Mutex<Option<Settings>> = Mutex::new(None);
static DEFAULT: LazyLock<Settings> = LazyLock::new(Settings::default);

/// The settings in force.
#[inline]
pub(crate) fn current() -> &'static Settings {
    CURRENT.get().unwrap_or_else(|| &DEFAULT)
}

fn drafted() -> MutexGuard<'static, Option<Settings>> {
    // A draft is always whole: a panic in between leaves the values set so far.
    DRAFT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The drafted value of the setting at this place of the engine's list, as text.
pub(crate) fn draft(index: usize) -> String {
    let name = DEFINITIONS
        .get(index)
        .map_or("", |definition| definition.name);
    let text = drafted().get_or_insert_default().get(name);
    text.unwrap_or_default()
}

/// Sets a value in the draft.
///
/// # Errors
/// What is wrong with the value; the draft is as it was.
pub(crate) fn set_draft(index: usize, text: &str) -> Result<(), String> {
    let name = DEFINITIONS
        .get(index)
        .map_or("", |definition| definition.name);
    drafted().get_or_insert_default().set(name, text)
}

/// Has the draft take effect, if its values go together.
///
/// # Errors
/// Which do not.
pub(crate) fn publish_draft() -> Result<(), String> {
    let mut draft = drafted();
    let settings = draft.get_or_insert_default();
    settings.check()?;
    if CURRENT.get() != Some(settings) {
        CURRENT.publish(settings.clone());
    }
    Ok(())
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
        .map_err(|reason| format!("bad load argument: {reason}"))?;
    for note in &read.notes {
        ctx.log(Level::Notice, note);
    }
    // A refused load may have left the library, and its draft, in memory.
    *drafted() = Some(read.settings);
    if config::is_supported() {
        config::register_all(ctx)?;
    }
    publish_draft()
}
