//! A cluster as one of its nodes sees it.

use std::collections::BTreeMap;

/// The port of the master of each of the 16,384 slots, from the answer of CLUSTER NODES; `None` for
/// a slot without one.
#[must_use]
pub fn owners(nodes: &str) -> Vec<Option<u16>> {
    let mut owners = vec![None; 16384];
    for line in nodes.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if words.len() <= 8 || !words[2].contains("master") {
            continue;
        }
        let port = words[1].split(':').nth(1).and_then(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        for range in words[8..].iter().filter(|range| !range.starts_with('[')) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
            owners[first..=last].fill(port);
        }
    }
    owners
}

/// Each node with its master, from the answer of CLUSTER NODES.
pub(super) fn roles(nodes: &str) -> BTreeMap<String, String> {
    let roles = nodes.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        (words[0].into(), words[3].into())
    });
    roles.collect()
}
