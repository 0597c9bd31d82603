//! Links between pages lead somewhere.

use std::path::Path;

use super::page::{Page, root};

/// The heading's anchor as GitHub makes it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

fn targets(text: &str) -> Vec<&str> {
    let parts = text.split("](").skip(1);
    parts.filter_map(|part| part.split(')').next()).collect()
}

#[test]
fn every_link_between_pages_leads_to_a_file_and_a_heading() {
    let mut seen = 0;
    for page in Page::all() {
        let folder = page.path.parent().expect("a folder");
        let prose = page.prose();
        for target in targets(&prose) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                page.path.clone()
            } else {
                folder.join(file)
            };
            assert!(path.exists(), "{}: {target} does not exist", page.name());
            if !heading.is_empty() {
                let there = Page::read(Path::new(root()).join(&path)).prose();
                let found = there
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .any(|line| anchor(line) == heading);
                assert!(found, "{}: {target} has no such heading", page.name());
            }
        }
    }
    assert!(seen > 30, "{seen} links are found");
}

/// Paths of the repository that a page names in backticks.
fn paths(prose: &str) -> Vec<&str> {
    const FOLDERS: [&str; 8] = [
        "engine/",
        "src/",
        "tests/",
        "scripts/",
        "examples/",
        "docs/",
        "bench/",
        ".github/",
    ];
    let is_path = |text: &&str| {
        FOLDERS.iter().any(|folder| text.starts_with(folder))
            && !text.contains([' ', '*', '<'])
            // NAME and VERSION stand for something.
            && !text.chars().any(char::is_uppercase)
    };
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(is_path)
        .collect()
}

#[test]
fn every_file_that_a_page_names_exists() {
    let mut seen = 0;
    let mut missing = Vec::new();
    for page in Page::all()
        .iter()
        .filter(|page| page.name() != "CHANGELOG.md")
    {
        for path in paths(&page.prose()) {
            seen += 1;
            if !root().join(path).exists() {
                missing.push(format!("{}: {path}", page.name()));
            }
        }
    }
    assert!(seen > 30, "{seen} paths are found");
    assert!(missing.is_empty(), "{missing:#?}");
}
