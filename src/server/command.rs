//! What a command declares about itself.

use std::ffi::{CStr, c_int};
use std::fmt::Display;

use redis_module::raw::{self, RedisModuleCommandArgType, RedisModuleCtx, RedisModuleString};

use super::ctx::OK;
use super::panic::catch_panic;
use super::{Args, Ctx};

/// A command.
pub(crate) trait Command {
    /// What the client is answered if the command is refused. Its text begins with the error's word.
    type Error: Display;
    /// What the command declares.
    const SPEC: CommandSpec;
    /// Whether it changes data; a container's subcommands speak for themselves.
    const WRITES: bool = Self::SPEC.writes();

    /// Does the work and answers.
    ///
    /// # Errors
    /// The reason of a refusal. Nothing has been changed or answered then.
    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Self::Error>;
}

/// Why a command that writes does not run in a script that is replicated as text.
const IN_SCRIPT: &str = "ERR a script may not write links while lua-replicate-commands is no: replicas and the \
     AOF would run it again with other codes and times. Use CONFIG SET lua-replicate-commands yes, or call the \
     command outside of a script";

/// Runs a command and answers a refusal, unless what it changes would be lost on replicas and after a restart.
#[inline]
pub(crate) fn run<C: Command>(ctx: Ctx<'_>, args: Args<'_>) {
    if C::WRITES && ctx.is_in_script_replicated_as_text() {
        ctx.reply_error(&IN_SCRIPT);
    } else if let Err(error) = C::run(ctx, args) {
        ctx.reply_error(&error);
    }
}

/// The function the server calls for a command.
///
/// # Safety
/// For the server alone: `ctx` and the arguments must be those of a running command.
unsafe extern "C" fn on_command<C: Command>(
    ctx: *mut RedisModuleCtx,
    argv: *mut *mut RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: both are used during this call only.
    let (ctx, args) = unsafe { (Ctx::new(ctx), Args::new(argv, argc)) };
    let outcome = catch_panic(|| {
        if C::SPEC.arity_fits(args.len()) {
            run::<C>(ctx, args);
        } else {
            ctx.reply_wrong_arity();
        }
    });
    if outcome.is_none() {
        ctx.reply_error(&"ERR internal error");
    }
    OK
}

/// What a command declares about itself.
pub(crate) struct CommandSpec {
    /// Its name, in lower case as the server's own.
    pub(crate) name: &'static CStr,
    /// The server's flags, `write` or `readonly` first, such as `write deny-oom`. Redis 6.2 alone heeds
    /// `random`: the answer depends on the clock.
    pub(crate) flags: &'static CStr,
    /// How many arguments it takes, the name (of a subcommand both names) included; negative: that many or more.
    pub(crate) arity: c_int,
    /// What it does to the key at index 1, as `REDISMODULE_CMD_KEY_*`; `None`: it has no key.
    pub(crate) key: Option<u32>,
    /// One line.
    pub(crate) summary: &'static CStr,
    /// In O notation.
    pub(crate) complexity: &'static CStr,
    /// The version of the module that brought it.
    pub(crate) since: &'static CStr,
    /// Command tips, separated by spaces.
    pub(crate) tips: Option<&'static CStr>,
    /// The arguments, as documentation.
    pub(crate) args: &'static [Arg],
}

impl CommandSpec {
    const fn writes(&self) -> bool {
        matches!(self.flags.to_bytes(), [b'w', b'r', b'i', b't', b'e', ..])
    }

    /// Whether this is one of the command's flags.
    pub(super) fn has_flag(&self, flag: &str) -> bool {
        let mut flags = self.flags.to_bytes().split(|&byte| byte == b' ');
        flags.any(|word| word == flag.as_bytes())
    }

    /// Whether this many arguments, the name included, are allowed.
    pub(crate) fn arity_fits(&self, count: usize) -> bool {
        let least = usize::try_from(self.arity.unsigned_abs()).unwrap_or(usize::MAX);
        if self.arity < 0 {
            count >= least
        } else {
            count == least
        }
    }
}

/// Reads the key and hands out what it finds there.
pub(crate) const KEY_READ: u32 = raw::REDISMODULE_CMD_KEY_RO | raw::REDISMODULE_CMD_KEY_ACCESS;
/// Changes what the key holds and hands out what was there.
pub(crate) const KEY_READ_UPDATE: u32 =
    raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_ACCESS | raw::REDISMODULE_CMD_KEY_UPDATE;
/// Changes what the key holds.
pub(crate) const KEY_UPDATE: u32 = raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_UPDATE;
/// Adds to the key or hands out what is there already.
pub(crate) const KEY_READ_INSERT: u32 =
    raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_ACCESS | raw::REDISMODULE_CMD_KEY_INSERT;
/// Adds to the key.
pub(crate) const KEY_INSERT: u32 = raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_INSERT;
/// Removes the key.
pub(crate) const KEY_DELETE: u32 = raw::REDISMODULE_CMD_KEY_RM | raw::REDISMODULE_CMD_KEY_DELETE;

/// One documented argument.
pub(crate) struct Arg {
    pub(super) name: &'static CStr,
    pub(super) kind: RedisModuleCommandArgType,
    pub(super) token: Option<&'static CStr>,
    pub(super) optional: bool,
    pub(super) multiple: bool,
    pub(super) parts: &'static [Arg],
    /// It is a key, other than the one at index 1: what the command does to it.
    pub(super) other_key: Option<u32>,
}

impl Arg {
    const fn new(name: &'static CStr, kind: RedisModuleCommandArgType) -> Self {
        Self {
            name,
            kind,
            token: None,
            optional: false,
            multiple: false,
            parts: &[],
            other_key: None,
        }
    }

    /// The argument that is the key, at index 1.
    pub(crate) const fn key(name: &'static CStr) -> Self {
        Self::new(
            name,
            raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_KEY,
        )
    }

    /// An option's value that is a key too, besides the one at index 1. `access` is
    /// `REDISMODULE_CMD_KEY_*`.
    pub(crate) const fn also_key(mut self, access: u32) -> Self {
        self.other_key = Some(access);
        self
    }

    /// Text.
    pub(crate) const fn text(name: &'static CStr) -> Self {
        Self::new(
            name,
            raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_STRING,
        )
    }

    /// A whole number.
    pub(crate) const fn integer(name: &'static CStr) -> Self {
        Self::new(
            name,
            raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_INTEGER,
        )
    }

    /// A glob.
    pub(crate) const fn pattern(name: &'static CStr) -> Self {
        Self::new(
            name,
            raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_PATTERN,
        )
    }

    /// A time of the calendar.
    pub(crate) const fn time(name: &'static CStr) -> Self {
        Self::new(
            name,
            raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_UNIX_TIME,
        )
    }

    /// A keyword without a value.
    pub(crate) const fn word(name: &'static CStr, token: &'static CStr) -> Self {
        Self::new(
            name,
            raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_PURE_TOKEN,
        )
        .after(token)
    }

    /// One of these.
    pub(crate) const fn one_of(name: &'static CStr, parts: &'static [Arg]) -> Self {
        let mut arg = Self::new(
            name,
            raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_ONEOF,
        );
        arg.parts = parts;
        arg
    }

    /// The keyword before the value.
    pub(crate) const fn after(mut self, token: &'static CStr) -> Self {
        self.token = Some(token);
        self
    }

    /// It may be left out.
    pub(crate) const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// It may be given several times.
    pub(crate) const fn multiple(mut self) -> Self {
        self.multiple = true;
        self
    }
}

/// The function the server calls.
type Function =
    unsafe extern "C" fn(*mut RedisModuleCtx, *mut *mut RedisModuleString, c_int) -> c_int;

/// A command and its function, ready to be registered.
pub(crate) struct Registration {
    pub(super) spec: &'static CommandSpec,
    pub(super) function: Function,
    /// With subcommands: a container, whose own function serves servers that know no subcommands of modules (6.2).
    pub(super) subcommands: &'static [Registration],
}

impl Registration {
    /// The command's name.
    pub(crate) fn name(&self) -> &'static CStr {
        self.spec.name
    }

    /// Whether the command has a key at index 1.
    pub(crate) fn has_key(&self) -> bool {
        self.spec.key.is_some()
    }

    /// Whether the command is for administrators only.
    pub(crate) fn is_admin(&self) -> bool {
        self.spec.has_flag("admin")
    }

    /// A command.
    pub(crate) const fn of<C: Command>() -> Self {
        Self::container::<C>(&[])
    }

    /// A command with subcommands.
    pub(crate) const fn container<C: Command>(subcommands: &'static [Self]) -> Self {
        Self {
            spec: &C::SPEC,
            function: on_command::<C>,
            subcommands,
        }
    }
}
