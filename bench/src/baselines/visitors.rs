//! Visitors: random IP addresses, typical user agents, and referers.

use crate::random::Random;
use crate::resp::command;

/// VISIT with all that a redirect knows of its visitor.
pub(super) fn visit(out: &mut Vec<u8>, code: &[u8], number: u64) {
    let random = &mut Random::new(number ^ 0x0b15);
    let address = address(random);
    let agent = agent(random);
    let referer = random.pick(&REFERERS);
    let words: [&[u8]; 8] = [
        b"VISIT",
        code,
        b"IP",
        address.as_bytes(),
        b"UA",
        agent.as_bytes(),
        b"REFERER",
        referer.as_bytes(),
    ];
    command(out, &words);
}

fn address(random: &mut Random) -> String {
    let mut byte = || random.between(1, 254);
    format!("{}.{}.{}.{}", byte() % 222 + 1, byte(), byte(), byte())
}

/// A pattern whose versions differ between visitors, as with browsers that update automatically: a
/// few hundred user agents in total.
fn agent(random: &mut Random) -> String {
    let pattern = random.pick(&AGENTS);
    let version = 116 + random.below(16);
    pattern.replace("{v}", &version.to_string())
}

const REFERERS: [&str; 8] = [
    "https://www.google.com/",
    "https://t.co/9fJw2kQxYz",
    "https://www.facebook.com/",
    "https://news.ycombinator.com/item?id=37841205",
    "https://www.reddit.com/r/programming/",
    "https://duckduckgo.com/",
    "https://mail.example.com/inbox/message/18231",
    "",
];

const AGENTS: [&str; 16] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/{v}.0.6367.88 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/24.0 Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
];
