//! Links of every kind, for tests that data survives.

use super::client::Client;
use super::sample::urls;

/// Load arguments that keep the data of [`populate`] unchanged: nothing is refilled or reclaimed.
pub const STILL: &str = "pool-min 0 pool-max 1000 expired-retention 100000";

/// Creates links of every kind and state with visits, a pool, codes taken from it, and used
/// numbers.
#[track_caller]
pub fn populate(client: &mut Client) {
    for (n, url) in urls(300).iter().enumerate() {
        client.text(&[
            "SHORTEN",
            url,
            "STRATEGY",
            ["COUNTER", "HASH", "POOL"][n % 3],
        ]);
    }
    client.int(&["CODEPOOL", "FILL", "100"]);
    let taken = client.texts(&["CODEPOOL", "TAKE", "20"]);
    let url = "https://example.com/special";
    client.text(&["SHORTEN", url, "ALIAS", &taken[0]]);
    for n in 0..20 {
        let alias = format!("alias-{n}");
        client.text(&[
            "SHORTEN",
            url,
            "ALIAS",
            &alias,
            "NOTE",
            "a note\0of bytes",
            "EX",
            "5000",
        ]);
        client.text(&["VISIT", &alias]);
    }
    client.text(&["SHORTEN", url, "ALIAS", &"x".repeat(64), "MAXVISITS", "1"]);
    client.text(&["VISIT", &"x".repeat(64)]);
    client.text(&["SHORTEN", url, "ALIAS", "expired", "PX", "1"]);
    client.ok(&[
        "LINK.SET",
        "imported",
        url,
        "CREATED",
        "1500000000000",
        "VISITS",
        "99",
        "MAXVISITS",
        "100",
    ]);
    for n in 0..10 {
        let code = client.text(&["SHORTEN", url, "NEW"]);
        match n % 4 {
            0 => drop(client.int(&["LINK.DEL", &code])),
            1 => drop(client.int(&["LINK.EXPIRE", &code, "4000"])),
            2 => client.ok(&["LINK.SET", &code, "https://example.com/elsewhere"]),
            _ => drop(client.text(&["VISIT", &code])),
        }
    }
    visits(client);
    client.int(&["LINK.DEL", "alias-0"]);
    client.int(&["LINK.PERSIST", "alias-1"]);
}

/// Records visits of all kinds: many of one link, a few of others.
fn visits(client: &mut Client) {
    let agents = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ];
    let commands: Vec<_> = (0..2_000)
        .map(|n| {
            let code = if n % 10 == 0 { "alias-3" } else { "alias-2" };
            let ip = format!("192.0.{}.{}", n % 200, n % 7);
            let referer = format!("https://host-{}.example/page", n % 31);
            let at = (1_780_000_000_000_u64 + n * 3_600_000 / 4).to_string();
            [
                "VISIT",
                code,
                "IP",
                &ip,
                "UA",
                agents[n as usize % 3],
                "REFERER",
                &referer,
                "COUNTRY",
                ["DE", "us", "FR", "XX"][n as usize % 4],
                "AT",
                &at,
            ]
            .map(str::to_owned)
            .to_vec()
        })
        .collect();
    for reply in client.pipeline(&commands) {
        assert!(
            matches!(reply, Ok(redis::Value::BulkString(_))),
            "{reply:?}"
        );
    }
}
