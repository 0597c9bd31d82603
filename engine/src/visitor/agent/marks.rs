//! Looking for all words of a table in one pass over a text.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// The words of a table.
pub(super) struct Marks(Option<AhoCorasick>);

impl Marks {
    /// Words to be found as they are written.
    pub(super) fn exact<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::build(words, false, MatchKind::Standard)
    }

    /// Words to be found in whatever case, the longest at a place: a longer one hides a shorter one within it.
    pub(super) fn any_case<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::build(words, true, MatchKind::LeftmostLongest)
    }

    fn build<'a>(
        words: impl IntoIterator<Item = &'a str>,
        any_case: bool,
        kind: MatchKind,
    ) -> Self {
        let built = AhoCorasick::builder()
            .ascii_case_insensitive(any_case)
            .match_kind(kind)
            // The faster DFA would take some hundred KiB.
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(words);
        debug_assert!(built.is_ok(), "a table is never too long");
        Self(built.ok())
    }

    /// The first line of an exact table whose word occurs: the line's number, and where the word ends in the text.
    pub(super) fn first_line(&self, text: &str) -> Option<(usize, usize)> {
        self.0
            .as_ref()?
            .try_find_overlapping_iter(text)
            .ok()?
            .map(|found| (found.pattern().as_usize(), found.end()))
            .min()
    }

    /// The words of any case that occur, from left to right: their lines' numbers and where they begin.
    pub(super) fn all<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
        self.0
            .iter()
            .filter_map(move |automaton| automaton.try_find_iter(text).ok())
            .flatten()
            .map(|found| (found.pattern().as_usize(), found.start()))
    }
}
