//! Settings in `redis.conf`, `CONFIG GET` and `CONFIG SET`, on servers that support them for
//! modules (7.0 and later).

use std::ffi::{CString, c_char, c_int, c_longlong, c_uint, c_void};
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use redis_module::raw::{self, RedisModuleCtx, RedisModuleString};

use super::Ctx;
use super::ctx::{ERR, OK};
use super::panic::catch_panic;
use super::string::{self, RedisString};

/// The settings of a module, each known by its index.
pub(crate) trait Config {
    /// Number of settings, at most [`MAX_SETTINGS`].
    const COUNT: usize;

    /// Returns the name of a setting, without the module's name.
    fn name(index: usize) -> &'static str;

    /// The values that a setting takes.
    fn kind(index: usize) -> Kind;

    /// Returns the value of a setting as text.
    fn get(index: usize) -> String;

    /// Stores a value. It takes effect with [`Config::apply`].
    ///
    /// # Errors
    /// What is wrong with the value, for the client.
    fn set(index: usize, text: &str) -> Result<(), String>;

    /// Applies all values stored since the last call.
    ///
    /// # Errors
    /// Which of them contradict each other, for the client.
    fn apply(ctx: Ctx<'_>) -> Result<(), String>;
}

/// The values that a setting takes.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// An integer between two inclusive bounds.
    Integer { min: c_longlong, max: c_longlong },
    /// One of these words. A synonym is another spelling of a word: (synonym, word).
    Choice {
        words: &'static [&'static str],
        synonyms: &'static [(&'static str, &'static str)],
    },
    /// Any text.
    Text,
}

/// Maximum number of settings of a module.
const MAX_SETTINGS: usize = 64;

/// Returns whether the server supports settings of modules.
pub(crate) fn is_supported() -> bool {
    has_api!(RedisModule_RegisterStringConfig)
        && has_api!(RedisModule_RegisterNumericConfig)
        && has_api!(RedisModule_RegisterEnumConfig)
        && has_api!(RedisModule_LoadConfigs)
}

/// Registers every setting with its present value as the default. Then the server sets those that
/// are in its configuration.
///
/// # Errors
/// The name of the setting that the server rejected, or that a value in the server's configuration
/// is invalid. In that case the server has logged which.
pub(crate) fn register_all<C: Config>(ctx: Ctx<'_>) -> Result<(), String> {
    const { assert!(C::COUNT <= MAX_SETTINGS) };
    for index in 0..C::COUNT {
        let name = C::name(index);
        let done = CString::new(name)
            .ok()
            .and_then(|name| Callbacks::<C>::register(ctx, index, &name));
        if done != Some(OK) {
            return Err(format!("the server rejected the setting {name}"));
        }
    }
    // SAFETY: valid context.
    match unsafe { api!(RedisModule_LoadConfigs(ctx.as_raw())) } {
        Some(OK) => Ok(()),
        _ => Err("invalid shorten.* setting in the server's configuration".into()),
    }
}

const FLAGS: c_uint = raw::REDISMODULE_CONFIG_DEFAULT;

/// Returns the index of a word in the list of choices. The server stores this index.
fn index_of(words: &[&str], word: &str) -> c_int {
    let index = words.iter().position(|known| *known == word);
    index
        .and_then(|index| c_int::try_from(index).ok())
        .unwrap_or(0)
}

/// Returns the words of a choice.
fn words_of<C: Config>(index: usize) -> &'static [&'static str] {
    match C::kind(index) {
        Kind::Choice { words, .. } => words,
        _ => &[],
    }
}

/// Returns the result to the server. The reason of a refusal goes to the client through `err`.
///
/// # Safety
/// `err` must be null or a valid address of a string, which the server frees.
unsafe fn reply(outcome: Option<Result<(), String>>, err: *mut *mut RedisModuleString) -> c_int {
    let reason = match outcome {
        Some(Ok(())) => return OK,
        Some(Err(reason)) => reason,
        None => "internal error".into(),
    };
    if !err.is_null() {
        // SAFETY: by the contract of this function.
        unsafe { *err = RedisString::new(reason.as_bytes()).into_raw() };
    }
    ERR
}

/// The strings last passed to the server, one per setting. The server copies them, but does not
/// free them.
static PASSED: [AtomicPtr<RedisModuleString>; MAX_SETTINGS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; MAX_SETTINGS];

/// The callbacks of settings. `data` is the setting's index.
struct Callbacks<C>(PhantomData<C>);

impl<C: Config> Callbacks<C> {
    fn register(ctx: Ctx<'_>, index: usize, name: &CString) -> Option<c_int> {
        let default = C::get(index);
        // The server passes the index to the callbacks, as a pointer that is never followed.
        let data: *mut c_void = ptr::without_provenance_mut(index);
        // SAFETY: valid context. The server copies names and values, and passes the callbacks what
        // they expect.
        unsafe {
            match C::kind(index) {
                Kind::Integer { min, max } => api!(RedisModule_RegisterNumericConfig(
                    ctx.as_raw(),
                    name.as_ptr(),
                    default.parse().unwrap_or(0),
                    FLAGS,
                    min,
                    max,
                    Some(Self::get_integer),
                    Some(Self::set_integer),
                    Some(Self::apply),
                    data
                )),
                Kind::Choice { words, synonyms } => {
                    // A synonym has its word's number. The server shows a number's first name.
                    let names = words.iter().map(|word| (*word, *word));
                    let (names, numbers): (Vec<CString>, Vec<c_int>) = names
                        .chain(synonyms.iter().copied())
                        .filter_map(|(name, word)| {
                            Some((CString::new(name).ok()?, index_of(words, word)))
                        })
                        .unzip();
                    let mut texts: Vec<*const c_char> =
                        names.iter().map(|name| name.as_ptr()).collect();
                    api!(RedisModule_RegisterEnumConfig(
                        ctx.as_raw(),
                        name.as_ptr(),
                        index_of(words, &default),
                        FLAGS,
                        texts.as_mut_ptr(),
                        numbers.as_ptr(),
                        c_int::try_from(texts.len()).unwrap_or(0),
                        Some(Self::get_choice),
                        Some(Self::set_choice),
                        Some(Self::apply),
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
                        Some(Self::get_text),
                        Some(Self::set_text),
                        Some(Self::apply),
                        data
                    ))
                }
            }
        }
    }

    /// # Safety
    /// As for [`reply`].
    unsafe fn set(data: *mut c_void, text: &str, err: *mut *mut RedisModuleString) -> c_int {
        let outcome = catch_panic(|| C::set(data.addr(), text));
        // SAFETY: by the contract of this function.
        unsafe { reply(outcome, err) }
    }

    /// # Safety
    /// Only the server may call this function, and the following ones.
    unsafe extern "C" fn get_integer(_name: *const c_char, data: *mut c_void) -> c_longlong {
        catch_panic(|| C::get(data.addr()).parse().unwrap_or(0)).unwrap_or(0)
    }

    /// # Safety
    /// See [`Callbacks::get_integer`].
    unsafe extern "C" fn set_integer(
        _name: *const c_char,
        value: c_longlong,
        data: *mut c_void,
        err: *mut *mut RedisModuleString,
    ) -> c_int {
        // SAFETY: the server passes a valid address for the reason.
        unsafe { Self::set(data, &value.to_string(), err) }
    }

    /// # Safety
    /// See [`Callbacks::get_integer`].
    unsafe extern "C" fn get_choice(_name: *const c_char, data: *mut c_void) -> c_int {
        catch_panic(|| index_of(words_of::<C>(data.addr()), &C::get(data.addr()))).unwrap_or(0)
    }

    /// # Safety
    /// See [`Callbacks::get_integer`].
    unsafe extern "C" fn set_choice(
        _name: *const c_char,
        value: c_int,
        data: *mut c_void,
        err: *mut *mut RedisModuleString,
    ) -> c_int {
        let words = words_of::<C>(data.addr());
        let word = usize::try_from(value)
            .ok()
            .and_then(|index| words.get(index));
        // SAFETY: the server passes a valid address for the reason.
        unsafe { Self::set(data, word.unwrap_or(&""), err) }
    }

    /// # Safety
    /// See [`Callbacks::get_integer`].
    unsafe extern "C" fn get_text(
        _name: *const c_char,
        data: *mut c_void,
    ) -> *mut RedisModuleString {
        let passed = catch_panic(|| {
            let place = PASSED.get(data.addr())?;
            let text = RedisString::new(C::get(data.addr()).as_bytes()).into_raw();
            let old = place.swap(text, Ordering::Relaxed);
            // SAFETY: made by an earlier call of this function. The server copied it and no longer
            // refers to it.
            drop(unsafe { RedisString::from_raw(old) });
            Some(text)
        });
        passed.flatten().unwrap_or(ptr::null_mut())
    }

    /// # Safety
    /// See [`Callbacks::get_integer`].
    unsafe extern "C" fn set_text(
        _name: *const c_char,
        value: *mut RedisModuleString,
        data: *mut c_void,
        err: *mut *mut RedisModuleString,
    ) -> c_int {
        // SAFETY: the server passes a valid string and a valid address for the reason.
        unsafe {
            match std::str::from_utf8(string::bytes(value)) {
                Ok(text) => Self::set(data, text, err),
                Err(_) => reply(Some(Err("value is not UTF-8".into())), err),
            }
        }
    }

    /// Called when all values of one CONFIG SET are stored.
    ///
    /// # Safety
    /// See [`Callbacks::get_integer`].
    unsafe extern "C" fn apply(
        ctx: *mut RedisModuleCtx,
        _data: *mut c_void,
        err: *mut *mut RedisModuleString,
    ) -> c_int {
        // SAFETY: the context is valid during the call.
        let ctx = unsafe { Ctx::new(ctx) };
        let outcome = catch_panic(|| C::apply(ctx));
        // SAFETY: the server passes a valid address for the reason.
        unsafe { reply(outcome, err) }
    }
}
