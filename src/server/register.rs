//! The registration of commands.

use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::size_of;
use std::ptr;

use redis_module::raw::{
    self, RedisModuleCommand, RedisModuleCommandArg, RedisModuleCommandInfo,
    RedisModuleCommandInfoVersion, RedisModuleCommandKeySpec,
};

use super::Ctx;
use super::command::{Arg, CommandSpec, Registration};
use super::ctx::OK;

/// The module's ACL category, if the server supports categories of modules (Redis 7.4, Valkey 8).
const CATEGORY: &CStr = c"shorten";

/// Adds the ACL category `@shorten`, if the server supports it.
pub(crate) fn add_category(ctx: Ctx<'_>) {
    // SAFETY: valid context and name.
    unsafe { api!(RedisModule_AddACLCategory(ctx.as_raw(), CATEGORY.as_ptr())) };
}

/// Registers a command and its subcommands. `more_flags`, each after a space, are added to the
/// command's flags.
///
/// # Errors
/// The name of the command or subcommand that the server rejected.
pub(crate) fn command(ctx: Ctx<'_>, entry: &Registration, more_flags: &str) -> Result<(), String> {
    let refused = || entry.spec.name.to_string_lossy().into_owned();
    let real = !entry.subcommands.is_empty() && has_api!(RedisModule_CreateSubcommand);
    let index = c_int::from(entry.spec.key.is_some());
    let flags = [entry.spec.flags.to_bytes(), more_flags.as_bytes()].concat();
    let flags = CString::new(flags).map_err(|_| refused())?;
    // SAFETY: valid context and strings, which the server copies. A container must have no
    // function.
    let made = unsafe {
        api!(RedisModule_CreateCommand(
            ctx.as_raw(),
            entry.spec.name.as_ptr(),
            (!real).then_some(entry.function),
            // A container takes its flags from its subcommands.
            if real { c"".as_ptr() } else { flags.as_ptr() },
            index,
            index,
            index
        ))
    };
    if made != Some(OK) {
        return Err(refused());
    }
    let Some(command) = find(ctx, entry.spec.name) else {
        // Redis 6.2 accepts no further information.
        return Ok(());
    };
    set_command_info(ctx, command, entry.spec).ok_or_else(refused)?;
    if real {
        for sub in entry.subcommands {
            subcommand(ctx, command, entry, sub)?;
        }
    }
    Ok(())
}

fn subcommand(
    ctx: Ctx<'_>,
    parent: *mut RedisModuleCommand,
    container: &Registration,
    entry: &Registration,
) -> Result<(), String> {
    let refused = || entry.spec.name.to_string_lossy().into_owned();
    // SAFETY: a valid parent and strings, which the server copies.
    let made = unsafe {
        api!(RedisModule_CreateSubcommand(
            parent,
            entry.spec.name.as_ptr(),
            Some(entry.function),
            entry.spec.flags.as_ptr(),
            0,
            0,
            0
        ))
    };
    if made != Some(OK) {
        return Err(refused());
    }
    let mut full = container.spec.name.to_bytes().to_vec();
    full.push(b'|');
    full.extend_from_slice(entry.spec.name.to_bytes_with_nul());
    let full = CStr::from_bytes_with_nul(&full).map_err(|_| refused())?;
    let command = find(ctx, full).ok_or_else(refused)?;
    set_command_info(ctx, command, entry.spec).ok_or_else(refused)
}

fn find(ctx: Ctx<'_>, name: &CStr) -> Option<*mut RedisModuleCommand> {
    // SAFETY: valid context and name.
    let command = unsafe { api!(RedisModule_GetCommand(ctx.as_raw(), name.as_ptr())) };
    command.filter(|command| !command.is_null())
}

/// Passes the description of a command to the server. Returns `None` if the server refuses.
fn set_command_info(
    ctx: Ctx<'_>,
    command: *mut RedisModuleCommand,
    info: &CommandSpec,
) -> Option<()> {
    let version = RedisModuleCommandInfoVersion {
        version: 1,
        sizeof_historyentry: size_of::<raw::RedisModuleCommandHistoryEntry>(),
        sizeof_keyspec: size_of::<RedisModuleCommandKeySpec>(),
        sizeof_arg: size_of::<RedisModuleCommandArg>(),
    };
    // Clusters route by every key. There the alias is in the slot of the URL, whose key is checked.
    let other_key = (!ctx.flags().is_cluster())
        .then(|| find_other_key(info.args))
        .flatten();
    let mut keys = key_specs(info, other_key);
    let mut arena = Arena::default();
    let args = raw_args(info.args, other_key.is_some(), &mut arena);
    let raw = RedisModuleCommandInfo {
        version: &raw const version,
        summary: info.summary.as_ptr(),
        complexity: info.complexity.as_ptr(),
        since: info.since.as_ptr(),
        history: ptr::null_mut(),
        tips: info.tips.map_or(ptr::null(), CStr::as_ptr),
        arity: info.arity,
        key_specs: if info.key.is_some() {
            keys.as_mut_ptr()
        } else {
            ptr::null_mut()
        },
        args,
    };
    // SAFETY: everything that the description points to lives until the end of this function. The
    // server copies it.
    let informed = unsafe { api!(RedisModule_SetCommandInfo(command, &raw const raw)) };
    let categories = categories(info);
    // SAFETY: a valid command and a list of names of the server's categories.
    let categorised = unsafe {
        api!(RedisModule_SetCommandACLCategories(
            command,
            categories.as_ptr().cast()
        ))
    };
    (informed.unwrap_or(OK) == OK && categorised.unwrap_or(OK) == OK).then_some(())
}

/// Returns the ACL categories of a command as a NUL-terminated list: those of the server's commands
/// with these flags, and the module's, if it could be added.
fn categories(info: &CommandSpec) -> Vec<u8> {
    let has = |flag: &str| info.has_flag(flag);
    let mut names = vec![if has("fast") { "fast" } else { "slow" }];
    names.extend(has("write").then_some("write"));
    names.extend(has("readonly").then_some("read"));
    names.extend(has("admin").then_some("admin dangerous"));
    // Permission for the module's category must not include the internal commands.
    let ours = has_api!(RedisModule_AddACLCategory) && !has("admin");
    names.extend(ours.then_some("shorten"));
    let mut list = names.join(" ").into_bytes();
    list.push(0);
    list
}

/// Returns the keyword of the option whose value is a key, and the access to that key.
fn find_other_key(args: &[Arg]) -> Option<(&'static CStr, u32)> {
    args.iter()
        .find_map(|arg| match (arg.token, arg.other_key) {
            (Some(token), Some(access)) => Some((token, access)),
            _ => find_other_key(arg.parts),
        })
}

/// Returns the specs of the key at index 1, of the key behind a keyword if there is one, and the
/// empty entry that ends the list.
fn key_specs(
    info: &CommandSpec,
    other_key: Option<(&'static CStr, u32)>,
) -> [RedisModuleCommandKeySpec; 3] {
    // SAFETY: the structure holds numbers and pointers only. All zero is its end mark.
    let mut specs: [RedisModuleCommandKeySpec; 3] = unsafe { std::mem::zeroed() };
    let [first, second, _] = &mut specs;
    if let Some((keyword, access)) = other_key {
        second.flags = u64::from(access);
        second.begin_search_type =
            raw::RedisModuleKeySpecBeginSearchType_REDISMODULE_KSPEC_BS_KEYWORD;
        second.bs.keyword.keyword = keyword.as_ptr();
        second.bs.keyword.startfrom = 2;
        second.find_keys_type = raw::RedisModuleKeySpecFindKeysType_REDISMODULE_KSPEC_FK_RANGE;
        second.fk.range.keystep = 1;
    }
    first.flags = u64::from(info.key.unwrap_or(0));
    first.begin_search_type = raw::RedisModuleKeySpecBeginSearchType_REDISMODULE_KSPEC_BS_INDEX;
    first.bs.index.pos = 1;
    first.find_keys_type = raw::RedisModuleKeySpecFindKeysType_REDISMODULE_KSPEC_FK_RANGE;
    first.fk.range.keystep = 1;
    specs
}

/// What the description of a command points to.
#[derive(Default)]
struct Arena {
    lists: Vec<Vec<RedisModuleCommandArg>>,
    texts: Vec<CString>,
}

impl Arena {
    /// Adds the empty argument that ends a list. Returns the list's address, which stays valid.
    fn add_list(&mut self, mut list: Vec<RedisModuleCommandArg>) -> *mut RedisModuleCommandArg {
        // SAFETY: the structure holds numbers and pointers only.
        list.push(unsafe { std::mem::zeroed() });
        let start = list.as_mut_ptr();
        self.lists.push(list);
        start
    }

    /// Returns the address of the text, which stays valid.
    fn add_text(&mut self, text: String) -> *const c_char {
        let text = CString::new(text).unwrap_or_default();
        let start = text.as_ptr();
        self.texts.push(text);
        start
    }
}

const KEY: raw::RedisModuleCommandArgType = raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_KEY;

/// Returns the arguments as the server expects them, ended by an empty one. `arena` owns the lists.
fn raw_args(args: &[Arg], has_other_key: bool, arena: &mut Arena) -> *mut RedisModuleCommandArg {
    if args.is_empty() {
        return ptr::null_mut();
    }
    let mut list: Vec<RedisModuleCommandArg> = Vec::with_capacity(args.len().saturating_add(1));
    for arg in args {
        let subargs = match arg.words {
            Some(words) => raw_words(&words(), arena),
            None => raw_args(arg.parts, has_other_key, arena),
        };
        // SAFETY: the structure holds numbers and pointers only.
        let mut raw: RedisModuleCommandArg = unsafe { std::mem::zeroed() };
        raw.name = arg.name.as_ptr();
        let is_other_key = has_other_key && arg.other_key.is_some();
        raw.type_ = if is_other_key { KEY } else { arg.kind };
        raw.key_spec_index = match raw.type_ {
            KEY if is_other_key => 1,
            KEY => 0,
            _ => -1,
        };
        raw.token = arg.token.map_or(ptr::null(), CStr::as_ptr);
        raw.flags = if arg.optional {
            raw::REDISMODULE_CMD_ARG_OPTIONAL.cast_signed()
        } else {
            raw::REDISMODULE_CMD_ARG_NONE.cast_signed()
        };
        if arg.multiple {
            raw.flags |= raw::REDISMODULE_CMD_ARG_MULTIPLE.cast_signed();
        }
        raw.subargs = subargs;
        list.push(raw);
    }
    arena.add_list(list)
}

/// Returns keywords as the server expects them, in upper case and named in lower case.
fn raw_words(words: &[&str], arena: &mut Arena) -> *mut RedisModuleCommandArg {
    let mut list: Vec<RedisModuleCommandArg> = Vec::with_capacity(words.len().saturating_add(1));
    for word in words {
        // SAFETY: the structure holds numbers and pointers only.
        let mut raw: RedisModuleCommandArg = unsafe { std::mem::zeroed() };
        raw.name = arena.add_text(word.to_ascii_lowercase());
        raw.token = arena.add_text(word.to_ascii_uppercase());
        raw.type_ = raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_PURE_TOKEN;
        raw.key_spec_index = -1;
        raw.flags = raw::REDISMODULE_CMD_ARG_NONE.cast_signed();
        list.push(raw);
    }
    arena.add_list(list)
}
