//! Permissions that the server does not check itself: those for names that it cannot see in a call.

use std::ffi::CStr;
use std::io::{Error, ErrorKind};

use redis_module::raw;

use super::Ctx;
use super::ctx::OK;
use super::string::{RedisString, Text};

/// A name that is not a command.
const NO_COMMAND: &CStr = c"shorten.no-command";

impl Ctx<'_> {
    /// Returns whether the user of the call may run this command, its name first, by all rules of
    /// the server: commands, keys, access to keys, and selectors. A refusal is added to the
    /// server's ACL log, as one of the key at index 1.
    ///
    /// A call without a user is allowed: one from the master, an AOF or another module. So is every
    /// call on a server without the function (6.2).
    pub(crate) fn may_run(self, command: &[Text<'_>]) -> bool {
        if !has_api!(RedisModule_ACLCheckCommandPermissions) {
            return true;
        }
        let Some(name) = self.user_name() else {
            return true;
        };
        // SAFETY: the name is valid. The user is freed once, after its last use. The command is a
        // list of valid strings.
        unsafe {
            let user = api!(RedisModule_GetModuleUserFromUserName(name.as_raw()));
            let Some(user) = user.filter(|user| !user.is_null()) else {
                // The user of a module. Its permissions are unknown.
                return false;
            };
            let result = api!(RedisModule_ACLCheckCommandPermissions(
                user,
                command.as_ptr().cast_mut().cast(),
                i32::try_from(command.len()).unwrap_or(i32::MAX)
            ));
            // Too few arguments for a command do not concern permissions.
            let allowed = result == Some(OK) || last_error() == ErrorKind::InvalidInput;
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

    /// Returns the name of the user of the call. Returns `None` if there is no user, which means
    /// all permissions.
    ///
    /// Servers before 8.0 crash in RM_GetCurrentUserName if there is no user, so other functions
    /// are called first.
    fn user_name(self) -> Option<RedisString> {
        // SAFETY: the context is that of a running command. The string is freed here only, because
        // no context of the module frees strings.
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

    /// Returns whether the call has a user. The server refuses a command "as the user" because of a
    /// missing user before it refuses it as unknown.
    fn has_user(self) -> bool {
        // SAFETY: the format announces no argument. The command does not exist, so there is no
        // reply, but a reply would be freed.
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

/// Returns why the server refused the last call.
fn last_error() -> ErrorKind {
    Error::last_os_error().kind()
}
