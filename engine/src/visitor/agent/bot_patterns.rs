//! Substrings that identify bots, link previews and programs, in lower case, matched in any case.
//!
//! A user agent that is not a browser's is detected without them. They are needed only for bots
//! that claim to be browsers. `make agents` shows how many are missed. No pattern contains another
//! one; a test finds superfluous ones.

/// Substrings that identify a program anywhere, even in a device's name: monitoring services write
/// theirs among the parts of the platform.
#[rustfmt::skip]
pub(super) const NAMES: &[&str] = &[
    "neustar wpm", "iplabel", "catchpoint", "gomez", "pingdom", "thousandeyes", "ms-office",
    "msoffice", "microsoft outlook", "outlook-express/", "client protocol", "google keyword",
    "google pp", "cfnetwork/", "cronet/", "dalvik/", "wordpress.com", "googleadsense",
];

/// Substrings that identify a program, also within a longer word.
#[rustfmt::skip]
pub(super) const BOT_PATTERNS: &[&str] = &[
    // Names that bots give themselves.
    "crawl", "slurp", "scraper", "scraping", "fetcher", "archiver", "indexer", "validator",
    "checker", "linkcheck", "transcoder", "preview", "screenshot", "retriever", "unfurl",
    "productfinder", "sitemap", "synthetic", "uptime", "monitor", "nutch", "http client",
    "httpclient", "http-client", "fetch api", "backlink", "webshot", "classifier", "inspector",
    "analyzer", "optimizer", "headless", "contentscan", "content-scan", "scan/", "security scan",
    "vulnerability", "agent)", " agent/", "rss/", "rss-",
    // Browsers driven by programs.
    "lighthouse", "phantomjs", "playwright", "puppeteer", "selenium", "webdriver", "cypress/",
    "splash ", "electron-fetch", "testlocally", "slimerjs", "zombie.js", "websnap", "webthumb",
    "web-capture", "gecko; compatible", "prerender",
    // AI: crawlers mostly have "bot" in their names, programs that fetch a page for a user do not.
    "-user/", "-user;", "anthropic", "claude-web", "claude-code", "chatgpt", "openai", "perplexity",
    "meta-external", "manus-user", "newsai/", "googleagent", "magpie", "mistralai",
    // Search engines and their services.
    "google-", "-google", "googleother", "google favicon", "google page speed",
    "google search console", "googleimageproxy", "googleassociation", "google_partner",
    "mediapartners", "appengine", "daum/", "daum ", "daumoa", "yahoo link", "yandeximages",
    "yandexmetrika", "yandexfavicons", "yandex.translate", "sogou web", "sogou pic", "sogou news",
    "ips-agent", "yeti/",
    // Link previews.
    "facebookexternalhit", "facebookcatalog", "embedly", "iframely", "quora link", "bit.ly/",
    "rb.gy/", "snap url", "googlemessages", "onetrust",
    // Mail scanners.
    "mimecast", "proofpoint", "barracuda", "safelinks", "urlscan", "virustotal",
    // Site monitors.
    "statuscake", "gtmetrix", "pagespeed", "dareboost", "datadog", "newrelic", "hotjar", "silktide",
    "siteimprove", "hardenize", "securityheaders", "sucuri", "watchtowr", "foregenix", "rigor)",
    "(at)", "at gmail", "hubspot", "marketgoo", "cloudflare", "akamai_site", "appinsights",
    "datanyze", "dmbrowser", "collapsify", "linktiger", "criticalcss", "cookiehub", "sindup",
    "scope3", "sqwatcher", "nitro-", "adbeat", "printfriendly", "readable/", "miniature.io",
    "newsnow", "turingos", "abuse.", "impact.com", "ps_daily", "sparkler/", " ylt ", " dlc/",
];

/// Words that identify a program at the end of a word: `Googlebot`, `robots`, but not `Botswana`.
pub(super) const ENDINGS: &[&str] = &["bot", "spider"];

/// Words that identify a program at the beginning of a word: `Feedly`, `NewsFeed`.
pub(super) const BEGINNINGS: &[&str] = &["feed", "audit", "cohere-", "ptst"];

/// The beginnings of addresses. Programs state an address where they are described.
pub(super) const ADDRESSES: &[&str] = &["http://", "https://", "www."];

/// Every browser has one of these, and so have the players to which browsers pass audio and video.
/// A user agent without any of them is a program's.
#[rustfmt::skip]
pub(super) const BROWSER_TOKENS: &[&str] = &[
    // Engines.
    "gecko", "webkit", "khtml", "msie", "trident/", "opera/", "opera ", "operamini", "presto/",
    "netfront", "goanna/", "servo/", "chrome/", "firefox/", "safari/", "antgalio", "antfresco",
    // Browsers and apps that name no engine.
    "browser/", "wap browser", "wap-browser", "jig browser", "konqueror", "netsurf", "dillo/",
    "lynx/", "links (", "elinks/", "elinks (", "w3m/", "icab", "amiga", "amaya/", "ucweb", "dolfin",
    "fban/", "fb_iab/", "mosaic/",
    // Phones from before smartphones.
    "midp", "blackberry", "nokia", "maui", "obigo", "teleca", "docomo/", "kddi-", "up.link",
    "polaris/",
    // Televisions, consoles, cars.
    "hbbtv/", "kreatv", "smarttv", "smart-tv", "netcast", "nintendo", "playstation", "xbox",
    "dreamcast", "tesla/",
    // Players.
    "applecoremedia", "exoplayer", "stagefright", "vlc/",
];
