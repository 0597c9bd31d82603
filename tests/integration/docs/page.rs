//! The Markdown files of the repository, parsed for the tests.

use std::fs;
use std::path::{Path, PathBuf};

/// One Markdown file.
pub(super) struct Page {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A fenced block: its info string, the line in the file at which it begins, and its content.
pub(super) struct Block<'a> {
    pub(super) info: &'a str,
    pub(super) line: usize,
    pub(super) lines: Vec<&'a str>,
}

/// The root of the repository.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Page {
    #[track_caller]
    pub(super) fn read(path: impl AsRef<Path>) -> Page {
        let path = root().join(path);
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Page { path, text }
    }

    /// README.md, CONTRIBUTING.md and so on, and every page under docs/.
    pub(super) fn all() -> Vec<Page> {
        let mut paths = Vec::new();
        collect(root(), false, &mut paths);
        collect(&root().join("docs"), true, &mut paths);
        paths.sort();
        assert!(paths.len() > 10, "the pages are found: {paths:?}");
        paths.into_iter().map(Page::read).collect()
    }

    /// The path below the repository's root.
    pub(super) fn name(&self) -> String {
        let path = self.path.strip_prefix(root()).unwrap_or(&self.path);
        path.display().to_string()
    }

    /// The fenced blocks in order.
    pub(super) fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for (index, line) in self.text.lines().enumerate() {
            match (line.strip_prefix("```"), open.take()) {
                (Some(info), None) => {
                    open = Some(Block {
                        info: info.trim(),
                        line: index + 1,
                        lines: Vec::new(),
                    });
                }
                (Some(_), Some(block)) => blocks.push(block),
                (None, Some(mut block)) => {
                    block.lines.push(line);
                    open = Some(block);
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a block is not closed", self.name());
        blocks
    }

    /// The text without its fenced blocks.
    pub(super) fn prose(&self) -> String {
        let mut inside = false;
        let mut prose = String::new();
        for line in self.text.lines() {
            if line.starts_with("```") {
                inside = !inside;
            } else if !inside {
                prose.push_str(line);
                prose.push('\n');
            }
        }
        prose
    }

    /// Returns the text below a heading, up to the next one of the same or a higher level.
    pub(super) fn section(&self, heading: &str) -> Option<String> {
        let level = heading.chars().take_while(|&c| c == '#').count();
        let mut lines = self.text.lines().skip_while(|line| *line != heading);
        lines.next()?;
        let ends = |line: &&str| {
            let depth = line.chars().take_while(|&c| c == '#').count();
            !((1..=level).contains(&depth) && line[depth..].starts_with(' '))
        };
        Some(lines.take_while(ends).collect::<Vec<_>>().join("\n"))
    }

    /// The values of the comment `<!-- varies: a b c -->`: texts in the page's examples that stand
    /// for values which differ from run to run.
    pub(super) fn varying(&self) -> Vec<String> {
        let comments = self.text.lines().filter_map(|line| {
            let inner = line.strip_prefix("<!-- varies:")?.strip_suffix("-->")?;
            Some(inner.split_whitespace().map(str::to_owned))
        });
        comments.flatten().collect()
    }
}

fn collect(folder: &Path, deep: bool, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && deep {
            collect(&path, true, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}
