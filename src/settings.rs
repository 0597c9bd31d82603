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

use shorten_engine::error::quote;
use shorten_engine::settings::{DEFINITIONS, Settings};

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
    // A load that failed may have left the library, and its draft, in memory.
    *drafted() = None;
    read_arguments(args).map_err(|reason| format!("bad load argument: {reason}"))?;
    if config::is_supported() {
        config::register_all(ctx)?;
    }
    publish_draft()
}

/// `name value` pairs; the names may begin with `shorten.` as they do in `redis.conf`.
fn read_arguments(args: Args<'_>) -> Result<(), String> {
    let mut draft = drafted();
    let settings = draft.get_or_insert_default();
    let mut seen: Vec<&str> = Vec::new();
    for index in (0..args.len()).step_by(2) {
        let name = text(args.get(index).unwrap_or_default())?;
        let name = name.strip_prefix("shorten.").unwrap_or(name);
        let Some(definition) = Settings::definition(name) else {
            let names: Vec<_> = DEFINITIONS.iter().map(|known| known.name).collect();
            return Err(format!(
                "{} is none of {}",
                quote(name.as_bytes()),
                names.join(", ")
            ));
        };
        let Some(value) = args.get(index.saturating_add(1)) else {
            return Err(format!("{name} stands last, without a value"));
        };
        if seen.contains(&definition.name) {
            return Err(format!("{name} is given twice"));
        }
        seen.push(definition.name);
        settings.set(name, text(value)?)?;
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", quote(bytes)))
}
