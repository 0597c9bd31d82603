//! What a command declares about itself.

use std::ffi::{CStr, c_int};
use std::fmt::Display;

use redis_module::raw::{self, RedisModuleCommandArgType, RedisModuleCtx, RedisModuleString};

use super::ctx::OK;
use super::panic::catch_panic;
use super::{Args, Ctx};

/// A command.
pub(crate) trait Command {
    /// The error reply if the command is refused. Its text begins with the error's word.
    type Error: Display;
    /// What the command declares.
    const SPEC: CommandSpec;
    /// Whether it changes data. The subcommands of a container have their own value.
    const WRITES: bool = Self::SPEC.writes();

    /// Runs the command and replies.
    ///
    /// # Errors
    /// Why the command is refused. Nothing was changed, and no reply was sent.
    fn run(ctx: Ctx<'_>, args: Args<'_>) -> Result<(), Self::Error>;
}

/// The error of a command that writes in a script that is replicated as text.
const IN_SCRIPT: &str = "ERR a script cannot write links while lua-replicate-commands is no, \
     because replicas and the AOF would run it again with other codes and times; use CONFIG SET \
     lua-replicate-commands yes, or call the command outside of a script";

/// Runs a command. Replies with the error if it is refused. Refuses a command whose changes would
/// be lost on replicas and after a restart.
#[inline]
pub(crate) fn run<C: Command>(ctx: Ctx<'_>, args: Args<'_>) {
    if C::WRITES && ctx.is_in_script_replicated_as_text() {
        ctx.reply_error(&IN_SCRIPT);
    } else if let Err(error) = C::run(ctx, args) {
        ctx.reply_error(&error);
    }
}

/// The callback of a command.
///
/// # Safety
/// Only the server may call it, with the context and the arguments of a running command.
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
    /// The name, in lower case like the names of the server's commands.
    pub(crate) name: &'static CStr,
    /// The server's flags, `write` or `readonly` first, such as `write deny-oom`. Only Redis 6.2
    /// uses `random`, which says that the reply depends on the clock.
    pub(crate) flags: &'static CStr,
    /// Number of arguments, including the name (of a subcommand, both names). A negative number is
    /// a minimum.
    pub(crate) arity: c_int,
    /// Access to the key at index 1, as `REDISMODULE_CMD_KEY_*`. `None` if there is no key.
    pub(crate) key: Option<u32>,
    /// A description in one line.
    pub(crate) summary: &'static CStr,
    /// In O notation.
    pub(crate) complexity: &'static CStr,
    /// The module's version in which the command was added.
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

    /// Returns whether the command has this flag.
    pub(super) fn has_flag(&self, flag: &str) -> bool {
        let mut flags = self.flags.to_bytes().split(|&byte| byte == b' ');
        flags.any(|word| word == flag.as_bytes())
    }

    /// Returns whether the command accepts this number of arguments, the name included.
    pub(crate) fn arity_fits(&self, count: usize) -> bool {
        let least = usize::try_from(self.arity.unsigned_abs()).unwrap_or(usize::MAX);
        if self.arity < 0 {
            count >= least
        } else {
            count == least
        }
    }
}

/// Returns content of the key.
pub(crate) const KEY_READ: u32 = raw::REDISMODULE_CMD_KEY_RO | raw::REDISMODULE_CMD_KEY_ACCESS;
/// Changes content of the key and returns the previous one.
pub(crate) const KEY_READ_UPDATE: u32 =
    raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_ACCESS | raw::REDISMODULE_CMD_KEY_UPDATE;
/// Changes content of the key.
pub(crate) const KEY_UPDATE: u32 = raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_UPDATE;
/// Adds to the key, or returns content of it.
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
    /// Lists the words of [`Arg::choice`], in lower case.
    pub(super) words: Option<fn() -> Vec<&'static str>>,
    /// Set if the argument is a key other than the one at index 1: the access to that key.
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
            words: None,
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

    /// Makes an option's value a key, in addition to the one at index 1. `access` is
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

    /// An integer.
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

    /// A point in time.
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

    /// One of the words that `words` lists in lower case. Clients are shown them in upper case.
    pub(crate) const fn choice(name: &'static CStr, words: fn() -> Vec<&'static str>) -> Self {
        let mut arg = Self::one_of(name, &[]);
        arg.words = Some(words);
        arg
    }

    /// Sets the keyword before the value.
    pub(crate) const fn after(mut self, token: &'static CStr) -> Self {
        self.token = Some(token);
        self
    }

    /// Makes the argument optional.
    pub(crate) const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Allows the argument several times.
    pub(crate) const fn multiple(mut self) -> Self {
        self.multiple = true;
        self
    }
}

/// The type of a command's callback.
type Function =
    unsafe extern "C" fn(*mut RedisModuleCtx, *mut *mut RedisModuleString, c_int) -> c_int;

/// A command and its function, ready to be registered.
pub(crate) struct Registration {
    pub(super) spec: &'static CommandSpec,
    pub(super) function: Function,
    run: fn(Ctx<'_>, Args<'_>),
    /// The subcommands of a container. Only servers without subcommands for modules (6.2) call the
    /// function of a container.
    pub(super) subcommands: &'static [Registration],
}

impl Registration {
    /// Returns the command's name.
    pub(crate) fn name(&self) -> &'static CStr {
        self.spec.name
    }

    /// Returns whether the command has a key at index 1.
    pub(crate) fn has_key(&self) -> bool {
        self.spec.key.is_some()
    }

    /// Returns whether the command is for administrators only.
    pub(crate) fn is_admin(&self) -> bool {
        self.spec.has_flag("admin")
    }

    /// Returns whether the command is refused while the server uses more memory than `maxmemory`.
    pub(crate) fn is_denied_out_of_memory(&self) -> bool {
        self.spec.has_flag("deny-oom")
    }

    /// Returns whether the command accepts this number of arguments, the name included.
    pub(crate) fn arity_fits(&self, count: usize) -> bool {
        self.spec.arity_fits(count)
    }

    /// Runs the command, which replies.
    pub(crate) fn run(&self, ctx: Ctx<'_>, args: Args<'_>) {
        (self.run)(ctx, args);
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
            run: run::<C>,
            subcommands,
        }
    }
}
