//! Short links from Rust, with the crate `redis`.
//!
//! ```text
//! redirect PORT shorten URL [ALIAS]
//! redirect PORT visit CODE [IP USER-AGENT REFERER]
//! ```
use redis::{Connection, RedisResult};

/// The code, or an error for a URL or an alias that is not accepted.
fn shorten(redis: &mut Connection, url: &str, alias: Option<&str>) -> RedisResult<String> {
    let mut command = redis::cmd("SHORTEN");
    command.arg(url);
    if let Some(alias) = alias {
        command.arg("ALIAS").arg(alias);
    }
    command.query(redis)
}

/// Returns the URL of a code and counts the visit. `None` if there is no link.
fn target(redis: &mut Connection, code: &str, headers: [&str; 3]) -> RedisResult<Option<String>> {
    let [ip, agent, referer] = headers;
    let mut visit = redis::cmd("VISIT");
    visit
        .arg(code)
        .arg(&["IP", ip, "UA", agent, "REFERER", referer]);
    match visit.query(redis) {
        // The server takes no writes: redirect without counting.
        Err(error) if matches!(error.code(), Some("MISCONF" | "NOREPLICAS" | "READONLY")) => {
            redis::cmd("RESOLVE").arg(code).query(redis)
        }
        reply => reply,
    }
}

/// The URL as a `Location` header takes it.
fn location(url: &str) -> String {
    let text = url::Url::parse(url).map_or_else(|_| url.to_owned(), String::from);
    let encode = |c: char| match c {
        '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => format!("%{:02X}", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(encode).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let arg = |index: usize| args.get(index).map_or("", String::as_str);
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", arg(0)))?;
    let mut redis = client.get_connection()?;
    if arg(1) == "shorten" {
        match shorten(&mut redis, arg(2), args.get(3).map(String::as_str)) {
            Ok(code) => println!("{code}"),
            // The first word of an error is stable.
            Err(error) => println!("400 {}", error.code().ok_or(error.to_string())?),
        }
        return Ok(());
    }
    match target(&mut redis, arg(2), [arg(3), arg(4), arg(5)])? {
        Some(url) => println!("302 {}", location(&url)),
        None => println!("404"),
    }
    Ok(())
}
