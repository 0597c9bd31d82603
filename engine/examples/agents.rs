//! Accuracy of the classification of user agents: `agents [--save FILE] [--against FILE] [--show]
//! LIST...`
//!
//! A line of a list is a kind, a tab and a user agent: see `scripts/agents_lists.py`. Prints, for
//! each list and for all lists, how many bots are missed, how many browsers are classified as bots,
//! and how often the device is the one that the list states. `--save` writes the results,
//! `--against` prints those that differ from written ones, `--show` prints every wrong one.
#![expect(clippy::print_stdout, reason = "a report is what this is for")]

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use shorten_engine::visitor::{Agent, Agents};

#[derive(Default)]
struct Options {
    save: Option<String>,
    against: Option<String>,
    show: bool,
    lists: Vec<String>,
}

impl Options {
    fn read() -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut file = || {
                arguments
                    .next()
                    .ok_or(format!("{argument} needs a file's name"))
            };
            match argument.as_str() {
                "--save" => options.save = Some(file()?),
                "--against" => options.against = Some(file()?),
                "--show" => options.show = true,
                _ => options.lists.push(argument),
            }
        }
        if options.lists.is_empty() {
            return Err("agents [--save FILE] [--against FILE] [--show] LIST...".to_owned());
        }
        Ok(options)
    }
}

/// A number of user agents, and how many of them are classified wrongly.
#[derive(Clone, Copy, Default)]
struct Rate {
    wrong: u32,
    all: u32,
}

impl Rate {
    fn count(&mut self, is_wrong: bool) {
        self.all = self.all.saturating_add(1);
        self.wrong = self.wrong.saturating_add(u32::from(is_wrong));
    }

    fn show(self) -> String {
        if self.all == 0 {
            return "-".to_owned();
        }
        let percent = 100.0 * f64::from(self.wrong) / f64::from(self.all);
        format!("{} of {} ({percent:.2} %)", self.wrong, self.all)
    }
}

#[derive(Clone, Copy, Default)]
struct Score {
    bots_missed: Rate,
    browsers_called_bots: Rate,
    devices: Rate,
}

impl Score {
    /// Returns whether the classification of a user agent of this kind is wrong.
    fn count(&mut self, kind: &str, agent: &Agent) -> bool {
        match kind.split_once(':').unwrap_or((kind, "")) {
            ("bot", _) => {
                self.bots_missed.count(!agent.bot);
                !agent.bot
            }
            ("browser", device) => {
                self.browsers_called_bots.count(agent.bot);
                if !device.is_empty() && !agent.bot {
                    self.devices.count(agent.device != device);
                }
                agent.bot
            }
            _ => false,
        }
    }

    fn show(&self, name: &str) {
        println!(
            "{name:22} {:26} {:30} {}",
            self.bots_missed.show(),
            self.browsers_called_bots.show(),
            self.devices.show()
        );
    }
}

fn verdict(agent: &Agent) -> String {
    if agent.bot {
        format!("bot {}", agent.browser)
    } else {
        format!("person {} / {} / {}", agent.browser, agent.os, agent.device)
    }
}

/// Returns the results written by `--save`, by user agent.
fn kept(file: &str) -> Result<HashMap<String, String>, Box<dyn Error>> {
    Ok(fs::read_to_string(file)?
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(verdict, text)| (text.to_owned(), verdict.to_owned()))
        .collect())
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::read()?;
    let mut agents = Agents::default();
    let mut told: BTreeMap<String, (String, Arc<Agent>)> = BTreeMap::new();
    println!(
        "{:22} {:26} {:30} devices told otherwise",
        "list", "bots missed", "browsers called bots"
    );
    for list in &options.lists {
        let mut score = Score::default();
        for line in fs::read_to_string(list)?.lines() {
            let Some((kind, text)) = line.split_once('\t') else {
                return Err(format!("{list}: a line without a tab: {line}").into());
            };
            let agent = agents.parse(text.as_bytes(), &[]);
            score.count(kind, &agent);
            // A bot in one list and a browser in another is a bot, because lists of browsers
            // contain those that bots imitate.
            let known = told
                .entry(text.to_owned())
                .or_insert((kind.to_owned(), agent));
            if kind == "bot" {
                kind.clone_into(&mut known.0);
            }
        }
        let name = Path::new(list).file_stem().unwrap_or_default();
        score.show(&name.to_string_lossy());
    }
    let mut all = Score::default();
    let mut wrong = String::new();
    for (text, (kind, agent)) in &told {
        if all.count(kind, agent) {
            writeln!(wrong, "{kind}\t{}\t{text}", verdict(agent))?;
        }
    }
    all.show("all, each once");
    if options.show {
        println!("\nWrong:\n{wrong}");
    }
    if let Some(file) = &options.against {
        let kept = kept(file)?;
        println!("\nChanged against {file}:");
        for (text, (kind, agent)) in &told {
            let now = verdict(agent);
            if let Some(before) = kept.get(text).filter(|before| **before != now) {
                println!("{kind}\t{before} -> {now}\t{text}");
            }
        }
    }
    if let Some(file) = &options.save {
        let lines: String = told
            .iter()
            .map(|(text, (_, agent))| format!("{}\t{text}\n", verdict(agent)))
            .collect();
        fs::write(file, lines)?;
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
