//! Key permissions of the calling user, for names that the server does not see as keys of the command.

use redis_module::raw::{self, RedisModuleUser};

use super::Ctx;
use super::ctx::OK;
use super::string::OwnString;

/// A user of the server, as the module API hands one out.
struct User {
    raw: *mut RedisModuleUser,
}

impl User {
    /// The user who runs the command. `None` where there is none, as for replication and for calls of other
    /// modules, and on servers before 7.0, which do not tell.
    fn of(ctx: Ctx<'_>) -> Option<Self> {
        // SAFETY: the context is valid; the name is ours, and is freed here.
        let raw = unsafe {
            let name = api!(RedisModule_GetCurrentUserName(ctx.as_raw()))?;
            if name.is_null() {
                return None;
            }
            let user = api!(RedisModule_GetModuleUserFromUserName(name));
            api!(RedisModule_FreeString(ctx.as_raw(), name));
            user?
        };
        (!raw.is_null()).then_some(Self { raw })
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // SAFETY: the server made this handle for us; it is freed once.
        unsafe { api!(RedisModule_FreeModuleUser(self.raw)) };
    }
}

/// Whether the user who runs the command may use a key named `name` so, `access` being
/// `REDISMODULE_CMD_KEY_*` flags. A refusal is written to the ACL log.
///
/// Servers before 7.0 cannot be asked; there the answer is yes.
pub(crate) fn may_use_key(ctx: Ctx<'_>, name: &[u8], access: u32) -> bool {
    if !has_api!(RedisModule_ACLCheckKeyPermissions) {
        return true;
    }
    let Some(user) = User::of(ctx) else {
        return true;
    };
    let name = OwnString::new(name);
    // What the server counts as access; the rest of a key's flags is for routing.
    let access = access
        & (raw::REDISMODULE_CMD_KEY_ACCESS
            | raw::REDISMODULE_CMD_KEY_UPDATE
            | raw::REDISMODULE_CMD_KEY_INSERT
            | raw::REDISMODULE_CMD_KEY_DELETE);
    // SAFETY: user and name are valid.
    let answer = unsafe {
        api!(RedisModule_ACLCheckKeyPermissions(
            user.raw,
            name.as_raw(),
            access.cast_signed()
        ))
    };
    if answer == Some(OK) {
        return true;
    }
    // SAFETY: context, user and name are valid; the server copies what it keeps.
    unsafe {
        api!(RedisModule_ACLAddLogEntry(
            ctx.as_raw(),
            user.raw,
            name.as_raw(),
            raw::RedisModuleACLLogEntryReason_REDISMODULE_ACL_LOG_KEY
        ))
    };
    false
}
