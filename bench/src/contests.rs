//! Who is measured against whom.

use crate::rivals::{Call, Layout};

/// A call of the module, and what does the same, or less, without it. The first entry is the module's.
pub(crate) struct Contest {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) entries: &'static [Entry],
}

pub(crate) struct Entry {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    pub(crate) layout: Layout,
    pub(crate) call: Call,
    /// Whether each call makes a link.
    pub(crate) grows: bool,
}

const fn entry(key: &'static str, label: &'static str, layout: Layout, call: Call) -> Entry {
    let grows = matches!(
        call,
        Call::Set | Call::Function | Call::Article | Call::Shorten
    );
    Entry {
        key,
        label,
        layout,
        call,
        grows,
    }
}

const fn known(key: &'static str, label: &'static str, layout: Layout, call: Call) -> Entry {
    Entry {
        grows: false,
        ..entry(key, label, layout, call)
    }
}

/// All calls, the module's and the others, in the order of the report.
pub(crate) fn entries() -> impl Iterator<Item = &'static Entry> {
    CONTESTS.iter().flat_map(|contest| contest.entries)
}

/// All of them, those that change nothing first.
pub(crate) const CONTESTS: &[Contest] = &[
    Contest {
        key: "resolve",
        name: "A code's URL",
        entries: &[
            entry("resolve", "RESOLVE", Layout::Module, Call::Resolve),
            entry("get", "GET, a key per link", Layout::Keys, Call::Get),
            entry("hget", "HGET, two hashes", Layout::Hashes, Call::HgetUrl),
        ],
    },
    Contest {
        key: "known",
        name: "SHORTEN of a known URL",
        entries: &[
            known("known", "SHORTEN, known", Layout::Module, Call::Shorten),
            entry("known-get", "GET, a key per link", Layout::Keys, Call::Get),
            entry("known-hget", "HGET by MD5", Layout::Hashes, Call::HgetCode),
            known(
                "known-function",
                "Function, known",
                Layout::Hashes,
                Call::Function,
            ),
        ],
    },
    Contest {
        key: "visit",
        name: "A visit",
        entries: &[
            entry("visit", "VISIT", Layout::Module, Call::Visit),
            entry(
                "visit-told",
                "VISIT, IP, UA, REFERER",
                Layout::Module,
                Call::VisitTold,
            ),
            entry(
                "get-incr",
                "GET + INCR, two keys per link",
                Layout::Keys,
                Call::GetIncr,
            ),
            // On this server, since its keys are not links.
            entry("incr", "INCR, a key per link", Layout::Hashes, Call::Incr),
        ],
    },
    Contest {
        key: "new",
        name: "SHORTEN of a new URL",
        entries: &[
            entry("new", "SHORTEN, new", Layout::Module, Call::Shorten),
            entry("set", "SET, a key per link", Layout::Keys, Call::Set),
            entry(
                "article",
                "four commands, two hashes",
                Layout::Hashes,
                Call::Article,
            ),
            entry(
                "function",
                "Function, two hashes",
                Layout::Hashes,
                Call::Function,
            ),
        ],
    },
];
