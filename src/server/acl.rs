//! Access rights that the server does not check by itself: those to names it cannot see in a call.

use std::ffi::CStr;
use std::io::{Error, ErrorKind};

use redis_module::raw;

use super::Ctx;
use super::ctx::OK;
use super::string::{RedisString, Text};

/// A name that no command has.
const NO_COMMAND: &CStr = c"shorten.no-command";

impl Ctx<'_> {
    /// Whether the user on whose behalf the call runs may run this command, its name first, by all
    /// rules of the server: commands, keys, what is done to them, and selectors. A refusal is noted
    /// in the server's ACL log, as one of the key at index 1.
    ///
    /// A call of nobody is allowed: one from the master, an AOF or another module. So is every call
    /// on a server that modules cannot ask (6.2).
    pub(crate) fn may_run(self, command: &[Text<'_>]) -> bool {
        if !has_api!(RedisModule_ACLCheckCommandPermissions) {
            return true;
        }
        let Some(name) = self.user_name() else {
            return true;
        };
        // SAFETY: the name is valid. The user is freed once, after its last use; the command is a
        // list of valid strings.
        unsafe {
            let user = api!(RedisModule_GetModuleUserFromUserName(name.as_raw()));
            let Some(user) = user.filter(|user| !user.is_null()) else {
                // A user that a module keeps for itself: nothing is known of its rights.
                return false;
            };
            let answer = api!(RedisModule_ACLCheckCommandPermissions(
                user,
                command.as_ptr().cast_mut().cast(),
                i32::try_from(command.len()).unwrap_or(i32::MAX)
            ));
            // Too few arguments for a command are no question of rights.
            let allowed = answer == Some(OK) || last_error() == ErrorKind::InvalidInput;
            if let (false, Some(key)) = (allowed, command.get(1)) {
                api!(RedisModule_ACLAddLogEntry(
                    self.as_raw(),
                    user,
                    key.as_raw(),
                    raw::RedisModuleACLLogEntryReason_REDISMODULE_ACL_LOG_KEY
                ));
            }
            api!(RedisModule_FreeModuleUser(user));
            allowed
        }
    }

    /// The name of the user on whose behalf the call runs; `None` for nobody, who may do anything.
    ///
    /// RM_GetCurrentUserName ends servers before 8.0 when there is nobody, so others are asked
    /// first.
    fn user_name(self) -> Option<RedisString> {
        // SAFETY: the context is that of a running command. The string is ours to free: no context
        // of ours frees strings.
        let name = unsafe {
            let id = api!(RedisModule_GetClientId(self.as_raw())).unwrap_or(0);
            api!(RedisModule_GetClientUserNameById(self.as_raw(), id))
        };
        match name {
            // SAFETY: as above.
            Some(name) if !name.is_null() => return Some(unsafe { RedisString::from_raw(name) }),
            // Not a connection: a script, a module, or an AOF.
            _ if last_error() == ErrorKind::NotFound => (),
            _ => return None,
        }
        if self.flags().is_loading() || !self.has_user() {
            return None;
        }
        // SAFETY: as above; there is a user.
        let name = unsafe { api!(RedisModule_GetCurrentUserName(self.as_raw())) };
        name.filter(|name| !name.is_null())
            // SAFETY: as above.
            .map(|name| unsafe { RedisString::from_raw(name) })
    }

    /// Whether the call runs on behalf of a user: a command "as the user" is refused for the want
    /// of one before it is refused for the want of such a command.
    fn has_user(self) -> bool {
        // SAFETY: the format announces no argument. No such command runs, so there is no reply, but
        // one would be freed.
        unsafe {
            let reply = api!(RedisModule_Call(
                self.as_raw(),
                NO_COMMAND.as_ptr(),
                c"C".as_ptr()
            ));
            let error = last_error();
            if let Some(reply) = reply.filter(|reply| !reply.is_null()) {
                api!(RedisModule_FreeCallReply(reply));
            }
            error != ErrorKind::Unsupported
        }
    }
}

/// Why the server refused the last call.
fn last_error() -> ErrorKind {
    Error::last_os_error().kind()
}
