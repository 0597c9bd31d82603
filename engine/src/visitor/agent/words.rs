//! Words by which bots, link previews and programs are told, in lower case, found in whatever case.
//!
//! What is no browser is told without any word, so a word is needed only for bots that say they are browsers. With these, of the npm
//! package `crawler-user-agents` 1.60.0 all 2,117 are told but 5 that people use, and of `user-agents` 2.1.198 none of 951 is taken for a
//! bot. Crate `isbot` 0.1.3 misses 251 of the former, takes 27 us for each of them (its regex outgrows its cache), and up to 3 MB.
//!
//! No word holds another: a test finds those that are needless.

/// Words that hold one of those below, and are no bots: phones, and the PlayStation's own library.
pub(super) const INNOCENT: &[&str] = &[" cubot", " idbot", " m bot ", " m_bot", " libhttp"];

/// Whoever says one of these is no person.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    // Addresses: only bots say where they come from.
    "http", "www.",
    // What bots call themselves.
    "bot", "crawl", "spider", "slurp", "scraper", "scraping", "fetcher", "archiver", "indexer", "validator", "checker",
    "linkcheck", "transcoder", "preview", "screenshot", "retriever", "unfurl", "productfinder", "sitemap", "synthetic",
    "uptime", "monitor", "inspector", "analyzer", "optimizer", "audit", "headless", "contentscan", "scan/", "security scan",
    "vulnerability", "agent)", " agent/", "feed", "rss/", "rss-",
    // Browsers driven by programs.
    "lighthouse", "phantomjs", "playwright", "puppeteer", "selenium", "webdriver", "cypress/", "splash ", "ptst",
    "electron-fetch", "testlocally", "slimerjs", "prerender",
    // AI: crawlers have "bot" in their names mostly, what fetches a page for a user does not.
    "-user/", "-user;", "anthropic", "claude-web", "claude-code", "chatgpt", "openai", "perplexity", "cohere",
    "meta-external", "manus-user", "newsai/", "googleagent", "magpie", "mistralai",
    // Search engines and their services.
    "google-", "-google", "googleother", "google favicon", "google page speed", "google search console", "googleimageproxy",
    "googleassociation", "google_partner", "mediapartners", "appengine", "daum/", "daum ", "daumoa", "yahoo link",
    "yandeximages", "yandexmetrika", "yandexfavicons", "sogou web", "sogou pic", "sogou news", "ips-agent", "yeti/",
    // Previews of links.
    "facebookexternalhit", "facebookcatalog", "embedly", "iframely", "quora link", "bit.ly/", "rb.gy/", "snap url",
    // Watchers of sites.
    "pingdom", "statuscake", "gtmetrix", "pagespeed", "dareboost", "datadog", "newrelic", "thousandeyes", "catchpoint",
    "gomez", "hotjar", "silktide", "siteimprove", "hardenize", "securityheaders", "sucuri", "watchtowr", "foregenix",
    "rigor)", "hubspot", "marketgoo", "cloudflare", "akamai_site", "appinsights", "datanyze", "dmbrowser", "collapsify",
    "linktiger", "criticalcss", "cookiehub", "sindup", "scope3", "sqwatcher", "nitro-", "adbeat", "printfriendly",
    "readable/", "miniature.io", "newsnow", "turingos", "abuse.", "impact.com", "ps_daily", "sparkler/", " ylt ", " dlc/",
];

/// Every browser a person uses says one of these, and so do the players that browsers hand music and films to. Whoever says none of them
/// is a program.
#[rustfmt::skip]
pub(super) const BROWSERS: &[&str] = &[
    "gecko", "webkit", "khtml", "msie", "trident", "opera", "presto", "konqueror", "netfront", "netsurf", "dillo", "lynx",
    "links", "w3m", "icab", "midp", "ucweb", "ucbrowser", "up.browser", "dolfin", "blackberry", "nokia", "nintendo",
    "playstation", "amiga", "applecoremedia", "exoplayer", "stagefright", "vlc/",
];
