//! Which calls are compared with which.

use crate::baselines::{Call, Layout};

/// A call of the module, and the calls that do the same or less without it. The first entry is the
/// module's.
pub(crate) struct Comparison {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) entries: &'static [Entry],
}

pub(crate) struct Entry {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    pub(crate) layout: Layout,
    pub(crate) call: Call,
    /// Whether each call creates a link.
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

/// Returns all calls, the module's and the others, in the order of the report.
pub(crate) fn entries() -> impl Iterator<Item = &'static Entry> {
    COMPARISONS.iter().flat_map(|comparison| comparison.entries)
}

/// All comparisons. Those that change nothing come first.
pub(crate) const COMPARISONS: &[Comparison] = &[
    Comparison {
        key: "resolve",
        name: "A code's URL",
        entries: &[
            entry("resolve", "RESOLVE", Layout::Module, Call::Resolve),
            entry("get", "GET, a key per link", Layout::Keys, Call::Get),
            entry("hget", "HGET, two hashes", Layout::Hashes, Call::HgetUrl),
        ],
    },
    Comparison {
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
    Comparison {
        key: "visit",
        name: "A visit",
        entries: &[
            entry("visit", "VISIT", Layout::Module, Call::Visit),
            entry(
                "visit-told",
                "VISIT, IP, UA, REFERER",
                Layout::Module,
                Call::VisitWithDetails,
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
    Comparison {
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
