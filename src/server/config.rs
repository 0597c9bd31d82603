//! Settings in `redis.conf`, `CONFIG GET` and `CONFIG SET`, on servers that have them for modules (7.0 on).

use std::ffi::{CString, c_char, c_int, c_longlong, c_uint, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use redis_module::raw::{self, RedisModuleCtx, RedisModuleString};
use shorten_engine::settings::{DEFINITIONS, Definition, Kind};

use super::Ctx;
use super::ctx::{ERR, OK};
use super::entry::guard;
use super::string::{self, OwnString};
use crate::{settings, start};

/// Whether the server takes settings of modules.
pub(crate) fn is_supported() -> bool {
    has_api!(RedisModule_RegisterStringConfig)
        && has_api!(RedisModule_RegisterNumericConfig)
        && has_api!(RedisModule_RegisterEnumConfig)
        && has_api!(RedisModule_LoadConfigs)
}

/// Registers every setting with its present value as the default, then has the server set those named in its configuration.
///
/// # Errors
/// The name of the setting the server refused, or that a value in its configuration is bad (the server has logged which).
pub(crate) fn register_all(ctx: Ctx<'_>) -> Result<(), String> {
    for (index, definition) in DEFINITIONS.iter().enumerate() {
        let done = CString::new(definition.name)
            .ok()
            .and_then(|name| register(ctx, index, definition, &name));
        if done != Some(OK) {
            return Err(format!(
                "the server rejected the setting {}",
                definition.name
            ));
        }
    }
    // SAFETY: valid context.
    match unsafe { api!(RedisModule_LoadConfigs(ctx.as_raw())) } {
        Some(OK) => Ok(()),
        _ => Err("invalid shorten.* setting in the server's configuration".into()),
    }
}

fn register(ctx: Ctx<'_>, index: usize, definition: &Definition, name: &CString) -> Option<c_int> {
    let default = settings::draft(index);
    // The server hands the index back to the callbacks: as a pointer that is never followed.
    let data: *mut c_void = ptr::without_provenance_mut(index);
    // SAFETY: valid context; the server copies names and values; the callbacks take what the server gives them.
    unsafe {
        match definition.kind {
            Kind::Number { min, max } => api!(RedisModule_RegisterNumericConfig(
                ctx.as_raw(),
                name.as_ptr(),
                default.parse().unwrap_or(0),
                FLAGS,
                c_longlong::try_from(min).unwrap_or(0),
                c_longlong::try_from(max).unwrap_or(c_longlong::MAX),
                Some(get_number),
                Some(set_number),
                Some(apply),
                data
            )),
            Kind::Choice { words, synonyms } => {
                // A synonym shares its word's number. The server shows a number's first name.
                let names = words.iter().map(|word| (*word, *word));
                let (names, numbers): (Vec<CString>, Vec<c_int>) = names
                    .chain(synonyms.iter().copied())
                    .filter_map(|(name, word)| {
                        Some((CString::new(name).ok()?, place_of(words, word)))
                    })
                    .unzip();
                let mut texts: Vec<*const c_char> =
                    names.iter().map(|name| name.as_ptr()).collect();
                api!(RedisModule_RegisterEnumConfig(
                    ctx.as_raw(),
                    name.as_ptr(),
                    place_of(words, &default),
                    FLAGS,
                    texts.as_mut_ptr(),
                    numbers.as_ptr(),
                    c_int::try_from(texts.len()).unwrap_or(0),
                    Some(get_choice),
                    Some(set_choice),
                    Some(apply),
                    data
                ))
            }
            Kind::Text => {
                let default = CString::new(default).unwrap_or_default();
                api!(RedisModule_RegisterStringConfig(
                    ctx.as_raw(),
                    name.as_ptr(),
                    default.as_ptr(),
                    FLAGS,
                    Some(get_text),
                    Some(set_text),
                    Some(apply),
                    data
                ))
            }
        }
    }
}

const FLAGS: c_uint = raw::REDISMODULE_CONFIG_DEFAULT;

/// The place of a word among those to choose from, by which the server knows it.
fn place_of(words: &[&str], word: &str) -> c_int {
    let place = words.iter().position(|known| *known == word);
    place
        .and_then(|place| c_int::try_from(place).ok())
        .unwrap_or(0)
}

/// The words to choose from for the setting at this place of the engine's list.
fn words_of(index: usize) -> &'static [&'static str] {
    match DEFINITIONS.get(index).map(|definition| definition.kind) {
        Some(Kind::Choice { words, .. }) => words,
        _ => &[],
    }
}

/// Sets a value in the draft. A refusal's reason goes to the client through `err`.
///
/// # Safety
/// `err` must be null or point to a place for one string, which the server frees.
unsafe fn set(data: *mut c_void, text: &str, err: *mut *mut RedisModuleString) -> c_int {
    let outcome = guard(|| settings::set_draft(data.addr(), text));
    // SAFETY: by the caller's promise.
    unsafe { answer(outcome, err) }
}

/// # Safety
/// As for [`set`].
unsafe fn answer(outcome: Option<Result<(), String>>, err: *mut *mut RedisModuleString) -> c_int {
    let reason = match outcome {
        Some(Ok(())) => return OK,
        Some(Err(reason)) => reason,
        None => "internal error".into(),
    };
    if !err.is_null() {
        // SAFETY: by the caller's promise.
        unsafe { *err = OwnString::new(reason.as_bytes()).into_raw() };
    }
    ERR
}

/// # Safety
/// For the server alone, as are all that follow.
unsafe extern "C" fn get_number(_name: *const c_char, data: *mut c_void) -> c_longlong {
    guard(|| settings::draft(data.addr()).parse().unwrap_or(0)).unwrap_or(0)
}

/// # Safety
/// See [`get_number`].
unsafe extern "C" fn set_number(
    _name: *const c_char,
    value: c_longlong,
    data: *mut c_void,
    err: *mut *mut RedisModuleString,
) -> c_int {
    // SAFETY: the server gives a place for the reason.
    unsafe { set(data, &value.to_string(), err) }
}

/// # Safety
/// See [`get_number`].
unsafe extern "C" fn get_choice(_name: *const c_char, data: *mut c_void) -> c_int {
    guard(|| place_of(words_of(data.addr()), &settings::draft(data.addr()))).unwrap_or(0)
}

/// # Safety
/// See [`get_number`].
unsafe extern "C" fn set_choice(
    _name: *const c_char,
    value: c_int,
    data: *mut c_void,
    err: *mut *mut RedisModuleString,
) -> c_int {
    let words = words_of(data.addr());
    let word = usize::try_from(value)
        .ok()
        .and_then(|place| words.get(place));
    // SAFETY: the server gives a place for the reason.
    unsafe { set(data, word.unwrap_or(&""), err) }
}

/// The strings last given to the server, one per setting: it copies them, but does not free them.
static GIVEN: [AtomicPtr<RedisModuleString>; DEFINITIONS.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; DEFINITIONS.len()];

/// # Safety
/// See [`get_number`].
unsafe extern "C" fn get_text(_name: *const c_char, data: *mut c_void) -> *mut RedisModuleString {
    let given = guard(|| {
        let place = GIVEN.get(data.addr())?;
        let text = OwnString::new(settings::draft(data.addr()).as_bytes()).into_raw();
        let old = place.swap(text, Ordering::Relaxed);
        // SAFETY: made by an earlier call of this function; the server copied it then and has forgotten it.
        drop(unsafe { OwnString::from_raw(old) });
        Some(text)
    });
    given.flatten().unwrap_or(ptr::null_mut())
}

/// # Safety
/// See [`get_number`].
unsafe extern "C" fn set_text(
    _name: *const c_char,
    value: *mut RedisModuleString,
    data: *mut c_void,
    err: *mut *mut RedisModuleString,
) -> c_int {
    // SAFETY: the server gives a valid string and a place for the reason.
    unsafe {
        match std::str::from_utf8(string::bytes(value)) {
            Ok(text) => set(data, text, err),
            Err(_) => answer(Some(Err("value is not UTF-8".into())), err),
        }
    }
}

/// All values of one CONFIG SET are in the draft: they are checked against each other and take effect together.
///
/// # Safety
/// See [`get_number`].
unsafe extern "C" fn apply(
    ctx: *mut RedisModuleCtx,
    _data: *mut c_void,
    err: *mut *mut RedisModuleString,
) -> c_int {
    // SAFETY: the context is valid during the call.
    let ctx = unsafe { Ctx::new(ctx) };
    let outcome = guard(|| {
        start::before_a_change(ctx);
        settings::publish_draft()?;
        start::follow_settings(ctx)
    });
    // SAFETY: the server gives a place for the reason.
    unsafe { answer(outcome, err) }
}
