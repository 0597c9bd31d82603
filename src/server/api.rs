//! How one function of the server is called.

/// Calls a function of the server's module API: `Some` of what it answers, or `None` where the server has no such function.
///
/// To be used inside an `unsafe` block whose comment says why the arguments are valid. The function pointers themselves
/// are written once, by `RedisModule_Init`, before anything else of the module runs.
macro_rules! api {
    ($name:ident($($argument:expr),* $(,)?)) => {
        match ::redis_module::raw::$name {
            Some(call) => Some(call($($argument),*)),
            None => None,
        }
    };
}

/// Whether the server has this function.
macro_rules! has_api {
    ($name:ident) => {{
        // SAFETY: the pointer was written when the module was loaded and is only read now.
        let function = unsafe { ::redis_module::raw::$name };
        function.is_some()
    }};
}
