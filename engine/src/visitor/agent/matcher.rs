//! Search for all words of a table in one pass.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// The words of a table.
pub(super) struct PatternSet(Option<AhoCorasick>);

impl PatternSet {
    /// Returns a set of words that are matched case-sensitively.
    pub(super) fn exact<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::build(words, false, MatchKind::Standard)
    }

    /// Returns a set of words that are matched in any case. The longest word at a position hides
    /// shorter words within it.
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

    /// Returns the first matching line of each of `N` case-sensitive tables, given their numbers of
    /// lines: the line's number in its table, and where the word ends in the text.
    pub(super) fn first_lines<const N: usize>(
        &self,
        lengths: [usize; N],
        text: &str,
    ) -> [Option<(usize, usize)>; N] {
        let mut first = [None; N];
        let found = self
            .0
            .iter()
            .filter_map(|automaton| automaton.try_find_overlapping_iter(text).ok())
            .flatten();
        for found in found {
            let mut line = found.pattern().as_usize();
            for (length, first) in lengths.iter().zip(&mut first) {
                let Some(rest) = line.checked_sub(*length) else {
                    let known = first.get_or_insert((line, found.end()));
                    *known = (line, found.end()).min(*known);
                    break;
                };
                line = rest;
            }
        }
        first
    }

    /// Returns the matching words of a case-insensitive set, from left to right.
    pub(super) fn all<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Match> + 't {
        self.0
            .iter()
            .filter_map(move |automaton| automaton.try_find_iter(text).ok())
            .flatten()
            .map(|found| Match {
                line: found.pattern().as_usize(),
                start: found.start(),
                end: found.end(),
            })
    }
}

/// A matching word: its line's number, and its position in the text.
pub(super) struct Match {
    pub(super) line: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}
