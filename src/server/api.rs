//! Calls of the server's functions.

/// Calls a function of the server's module API. Returns `Some` of its result, or `None` if the
/// server has no such function.
///
/// It is used inside an `unsafe` block whose comment says why the arguments are valid. The function
/// pointers are written once, by `RedisModule_Init`, before any other code of the module runs.
macro_rules! api {
    ($name:ident($($argument:expr),* $(,)?)) => {
        match ::redis_module::raw::$name {
            Some(call) => Some(call($($argument),*)),
            None => None,
        }
    };
}

/// Returns whether the server has this function.
macro_rules! has_api {
    ($name:ident) => {{
        // SAFETY: the pointer was written when the module was loaded and is only read now.
        let function = unsafe { ::redis_module::raw::$name };
        function.is_some()
    }};
}
