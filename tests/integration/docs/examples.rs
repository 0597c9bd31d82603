//! Every example is run against a real server.
//!
//! A block whose info string begins with `redis` is a transcript: lines that begin with a prompt
//! (`redis> ` or `127.0.0.1:6379> `) are commands, the lines below are the reply as redis-cli prints
//! it. Lines that begin with `$ ` are a shell's and are left out. The blocks of a page run in order
//! on one server that starts without links. More words in the info string:
//!
//! - `resp3`: the connection speaks RESP3.
//! - `later`: each command is repeated until it answers as the page says.
//!
//! `<!-- varies: a b -->` on a line of its own names texts that stand for what differs from run to
//! run. One of digits alone stands for any number. Another stands for one value of the same length,
//! the same wherever it occurs, in replies and in commands.

use std::collections::BTreeMap;
use std::time::Instant;

use super::cli::{shown, words};
use super::page::{Block, Page};
use shorten_testkit::{Client, SOON, Server, requires};

const PROMPTS: [&str; 2] = ["redis> ", "127.0.0.1:6379> "];

/// A command and the lines of its reply.
struct Step<'a> {
    command: &'a str,
    reply: Vec<&'a str>,
}

fn steps<'a>(block: &Block<'a>) -> Vec<Step<'a>> {
    let mut steps: Vec<Step> = Vec::new();
    for line in &block.lines {
        let command = PROMPTS.iter().find_map(|prompt| line.strip_prefix(prompt));
        match (command, steps.last_mut()) {
            (Some(command), _) => steps.push(Step {
                command,
                reply: Vec::new(),
            }),
            (None, Some(step)) if !line.starts_with("$ ") => step.reply.push(line),
            (None, _) => assert!(
                line.starts_with("$ ") || line.is_empty(),
                "a reply without a command: {line}"
            ),
        }
    }
    steps
}

/// The values of the varying texts.
struct Bindings {
    varying: Vec<String>,
    values: BTreeMap<String, String>,
}

impl Bindings {
    fn of(page: &Page) -> Bindings {
        let mut varying = page.varying();
        // A text that begins with another one goes before it.
        varying.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Bindings {
            varying,
            values: BTreeMap::new(),
        }
    }

    fn command(&self, command: &str) -> String {
        let mut command = command.to_owned();
        for (text, value) in &self.values {
            command = command.replace(text, value);
        }
        command
    }

    /// Whether a line of a reply is the expected one. Values seen for the first time are kept.
    fn matches(&mut self, mut expected: &str, mut line: &str) -> bool {
        loop {
            let place = self.varying.iter().find(|text| expected.starts_with(*text));
            if let Some(text) = place.cloned() {
                let Some(length) = self.match_length(&text, line) else {
                    return false;
                };
                let (value, rest) = line.split_at(length);
                self.values.insert(text.clone(), value.to_owned());
                (expected, line) = (&expected[text.len()..], rest);
            } else {
                let (mut left, mut right) = (expected.chars(), line.chars());
                match (left.next(), right.next()) {
                    (None, None) => return true,
                    (here, there) if here != there => return false,
                    _ => (expected, line) = (left.as_str(), right.as_str()),
                }
            }
        }
    }

    fn match_length(&self, text: &str, line: &str) -> Option<usize> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            return (digits > 0).then_some(digits);
        }
        if let Some(value) = self.values.get(text) {
            return line.starts_with(value).then_some(value.len());
        }
        let value = line.get(..text.len())?;
        let is_word = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_word.then_some(value.len())
    }

    fn reply_matches(&mut self, expected: &[&str], reply: &str) -> bool {
        let lines: Vec<_> = reply.lines().map(str::trim_end).collect();
        lines.len() == expected.len()
            && expected
                .iter()
                .zip(lines)
                .all(|(expected, line)| self.matches(expected.trim_end(), line))
    }
}

/// Runs one step. The error is the actual reply.
fn run(
    client: &mut Client,
    step: &Step,
    bindings: &mut Bindings,
    later: bool,
) -> Result<(), String> {
    let mut expected = step.reply.clone();
    while expected.last().is_some_and(|line| line.trim().is_empty()) {
        expected.pop();
    }
    let command = words(&bindings.command(step.command));
    let start = Instant::now();
    loop {
        let reply = shown(&client.try_cmd(&command));
        if bindings.reply_matches(&expected, &reply) {
            return Ok(());
        }
        if !later || start.elapsed() > SOON {
            return Err(format!(
                "{}\n--- the page says\n{}\n--- the server answers\n{reply}",
                step.command,
                expected.join("\n")
            ));
        }
    }
}

fn is_transcript(block: &Block) -> bool {
    block.info.split(' ').next() == Some("redis")
}

/// Runs all examples of a page. Returns the differences, one entry each.
fn differences(page: &Page) -> Vec<String> {
    let server = Server::start();
    let (mut client, mut client3) = (server.client(), server.client3());
    let mut bindings = Bindings::of(page);
    let mut found = Vec::new();
    for block in page.blocks().iter().filter(|block| is_transcript(block)) {
        let options: Vec<_> = block.info.split(' ').skip(1).collect();
        let known = |option: &&str| ["resp3", "later"].contains(option);
        assert!(options.iter().all(known), "{}: {}", page.name(), block.info);
        let client = if options.contains(&"resp3") {
            &mut client3
        } else {
            &mut client
        };
        for step in steps(block) {
            let outcome = run(client, &step, &mut bindings, options.contains(&"later"));
            if let Err(what) = outcome {
                found.push(format!("{}:{}: {what}", page.name(), block.line));
            }
        }
    }
    for text in &bindings.varying {
        if !bindings.values.contains_key(text) {
            found.push(format!(
                "{}: {text} varies, and no reply has it",
                page.name()
            ));
        }
    }
    found
}

#[test]
fn every_example_answers_as_its_page_says() {
    requires!(
        since(7, 0),
        "the examples use settings and subcommands, which"
    );
    let mut found = Vec::new();
    let mut transcripts = 0;
    for page in Page::all() {
        let count = page
            .blocks()
            .iter()
            .filter(|block| is_transcript(block))
            .count();
        if count > 0 {
            transcripts += count;
            found.extend(differences(&page));
        }
    }
    assert!(transcripts >= 25, "{transcripts} transcripts are found");
    assert!(found.is_empty(), "\n{}", found.join("\n\n"));
}

#[test]
fn a_wrong_reply_is_noticed() {
    let page = Page {
        path: "page.md".into(),
        text: "<!-- varies: k3RbZp 17 -->".into(),
    };
    let mut bindings = Bindings::of(&page);
    assert!(bindings.reply_matches(&["\"k3RbZp\""], "\"aaaaaa\""));
    assert_eq!(bindings.command("VISIT k3RbZp"), "VISIT aaaaaa");
    for (expected, reply, same) in [
        ("\"k3RbZp\"", "\"aaaaaa\"", true),
        ("\"k3RbZp\"", "\"bbbbbb\"", false),
        ("(integer) 17", "(integer) 1790000000000", true),
        ("(integer) 17", "(integer) x", false),
        ("(integer) 18", "(integer) 19", false),
        ("OK", "OK and more", false),
        ("OK", "O", false),
        ("OK", "OK\nOK", false),
    ] {
        assert_eq!(
            bindings.reply_matches(&[expected], reply),
            same,
            "{expected} {reply}"
        );
    }
}
