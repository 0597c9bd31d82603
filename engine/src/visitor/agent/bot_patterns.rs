//! Words by which bots, link previews and programs are told, in lower case, found in whatever case.
//!
//! What is no browser is told without any word, so a word is needed only for bots that say they are
//! browsers. `make agents` tells how many are missed. No word holds another: a test finds those that
//! are needless.

/// Words that mark a program wherever they stand, also where a device's name stands: monitors write
/// theirs among the platform's parts.
#[rustfmt::skip]
pub(super) const NAMES: &[&str] = &[
    "neustar wpm", "iplabel", "catchpoint", "gomez", "pingdom", "thousandeyes", "ms-office",
    "msoffice", "microsoft outlook", "outlook-express/", "client protocol", "google keyword",
    "google pp", "cfnetwork/", "cronet/", "dalvik/", "wordpress.com", "googleadsense",
];

/// Words that mark a program, within a longer word too.
#[rustfmt::skip]
pub(super) const BOT_PATTERNS: &[&str] = &[
    // What bots call themselves.
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
    // AI: crawlers have "bot" in their names mostly, what fetches a page for a user does not.
    "-user/", "-user;", "anthropic", "claude-web", "claude-code", "chatgpt", "openai", "perplexity",
    "meta-external", "manus-user", "newsai/", "googleagent", "magpie", "mistralai",
    // Search engines and their services.
    "google-", "-google", "googleother", "google favicon", "google page speed",
    "google search console", "googleimageproxy", "googleassociation", "google_partner",
    "mediapartners", "appengine", "daum/", "daum ", "daumoa", "yahoo link", "yandeximages",
    "yandexmetrika", "yandexfavicons", "yandex.translate", "sogou web", "sogou pic", "sogou news",
    "ips-agent", "yeti/",
    // Previews of links.
    "facebookexternalhit", "facebookcatalog", "embedly", "iframely", "quora link", "bit.ly/",
    "rb.gy/", "snap url", "googlemessages", "onetrust",
    // Scanners of mail.
    "mimecast", "proofpoint", "barracuda", "safelinks", "urlscan", "virustotal",
    // Watchers of sites.
    "statuscake", "gtmetrix", "pagespeed", "dareboost", "datadog", "newrelic", "hotjar", "silktide",
    "siteimprove", "hardenize", "securityheaders", "sucuri", "watchtowr", "foregenix", "rigor)",
    "(at)", "at gmail", "hubspot", "marketgoo", "cloudflare", "akamai_site", "appinsights",
    "datanyze", "dmbrowser", "collapsify", "linktiger", "criticalcss", "cookiehub", "sindup",
    "scope3", "sqwatcher", "nitro-", "adbeat", "printfriendly", "readable/", "miniature.io",
    "newsnow", "turingos", "abuse.", "impact.com", "ps_daily", "sparkler/", " ylt ", " dlc/",
];

/// Words that mark a program where a word ends: `Googlebot`, `robots`, but not `Botswana`.
pub(super) const ENDINGS: &[&str] = &["bot", "spider"];

/// Words that mark a program where a word begins: `Feedly`, `NewsFeed`.
pub(super) const BEGINNINGS: &[&str] = &["feed", "audit", "cohere-", "ptst"];

/// How addresses of pages begin. Programs give one to say where they come from.
pub(super) const ADDRESSES: &[&str] = &["http://", "https://", "www."];

/// Every browser a person uses says one of these, and so do the players that browsers hand music and
/// films to. Whoever says none of them is a program.
#[rustfmt::skip]
pub(super) const BROWSER_TOKENS: &[&str] = &[
    // Engines.
    "gecko", "webkit", "khtml", "msie", "trident/", "opera/", "opera ", "operamini", "presto/",
    "netfront", "goanna/", "servo/", "chrome/", "firefox/", "safari/", "antgalio", "antfresco",
    // Browsers and apps that name no engine.
    "browser/", "wap browser", "wap-browser", "jig browser", "konqueror", "netsurf", "dillo/",
    "lynx/", "links (", "elinks/", "elinks (", "w3m/", "icab", "amiga", "amaya/", "ucweb", "dolfin",
    "fban/", "fb_iab/", "mosaic/",
    // Phones of the time before smartphones.
    "midp", "blackberry", "nokia", "maui", "obigo", "teleca", "docomo/", "kddi-", "up.link",
    "polaris/",
    // Televisions, consoles, cars.
    "hbbtv/", "kreatv", "smarttv", "smart-tv", "netcast", "nintendo", "playstation", "xbox",
    "dreamcast", "tesla/",
    // Players.
    "applecoremedia", "exoplayer", "stagefright", "vlc/",
];
