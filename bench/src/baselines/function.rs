//! The whole job as a Redis Function, or, before Redis 7.0, as a script.

use crate::Result;
use crate::client::Client;

/// Defines `shorten(keys, args)`. The keys are the two hashes and the counter. The arguments are
/// the URL's MD5, computed by the client, and the URL.
const SOURCE: &str = include_str!("shorten.lua");

/// The keys, and how many.
const KEYS: [&str; 4] = ["3", "urls", "md5s", "counter"];

/// Gives it to the server; answers the words of a call but its arguments.
pub(crate) fn declare(client: &mut Client) -> Result<Vec<Vec<u8>>> {
    let function =
        format!("#!lua name=bench\n{SOURCE}\nredis.register_function('shorten', shorten)\n");
    let mut words = match client.ask(&["FUNCTION", "LOAD", "REPLACE", &function]) {
        Ok(_) => vec!["FCALL".to_string(), "shorten".into()],
        Err(error) if !error.to_string().contains("unknown command") => return Err(error),
        Err(_) => {
            let script = format!("{SOURCE}\nreturn shorten(KEYS, ARGV)\n");
            vec![
                "EVALSHA".into(),
                client.answer(&["SCRIPT", "LOAD", &script])?,
            ]
        }
    };
    words.extend(KEYS.map(String::from));
    Ok(words.into_iter().map(String::into_bytes).collect())
}

/// What it is called in the report.
pub(crate) fn name_of_script(words: &[Vec<u8>]) -> &'static str {
    if words.first().is_some_and(|word| word == b"EVALSHA") {
        "script"
    } else {
        "Function"
    }
}
