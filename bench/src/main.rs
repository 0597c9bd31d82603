//! The benchmarks of redis-shorten: `make bench` and its like. See docs/bench.
//!
//! Parts are measured one by one, those named on the command line or all; what they find is kept in
//! a file per server, from which the reports are written anew each time. `report` measures nothing
//! and writes them.

mod aof;
mod arena;
mod client;
mod configuration;
mod contests;
mod figures;
mod fill;
mod histogram;
mod instructions;
mod load;
mod machine;
mod memory;
mod options;
mod pauses;
mod progress;
mod random;
mod report;
mod resp;
mod rivals;
mod server;
mod speed;
mod sys;
mod urls;
mod versus;

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use figures::Figures;
use options::Options;
use progress::say;
use versus::Pair;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What can be measured, in this order.
const PARTS: [&str; 5] = ["instructions", "speed", "memory", "aof", "pauses"];
/// Of these, what two modules can be compared by.
const LOOKS: [&str; 3] = ["instructions", "speed", "aof"];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let known = |part: &String| part == "report" || PARTS.contains(&part.as_str());
    if let Some(part) = asked.iter().find(|part| !known(part)) {
        return Err(format!(
            "{part}: no such part; there are {}, report",
            PARTS.join(", ")
        )
        .into());
    }
    let options = Options::read()?;
    if asked == ["report"] {
        return write_report(&options);
    }
    let scene = server::enter()?;
    sys::pin(&options.cores.others)?;
    if options.is_complete() {
        measure(&options, &asked)?;
        drop(scene);
        return write_report(&options);
    }
    look(&options, &asked)
}

fn write_report(options: &Options) -> Result<()> {
    fs::create_dir_all(&options.out)?;
    report::write(&options.out)?;
    say(&format!("written to {}", options.out.display()));
    Ok(())
}

/// Measures some calls, or two modules: the figures are printed and not kept, since a report of
/// figures of different commits would mislead.
fn look(options: &Options, asked: &[String]) -> Result<()> {
    if let Some(part) = asked.iter().find(|part| !LOOKS.contains(&part.as_str())) {
        return Err(format!("{part}: is measured as a whole, without ONLY and VS").into());
    }
    let mut pairs = vec![];
    for part in chosen(asked, &["instructions", "speed"]) {
        pairs.extend(measure_part(options, part, &mut Figures::default())?);
    }
    if options.versus.is_some() {
        println!("{}", versus::table(options, &pairs));
    }
    Ok(())
}

/// Measures the parts asked for, and keeps what each brought as soon as it is there.
fn measure(options: &Options, asked: &[String]) -> Result<()> {
    fs::create_dir_all(&options.out)?;
    let name = machine::server_name(options)?;
    let file = options.out.join(report::file_name(&name));
    let mut figures = Figures::open(&file, &machine::circumstances(options))?;
    machine::describe(options, &name, &mut figures)?;
    for part in chosen(asked, &PARTS) {
        measure_part(options, part, &mut figures)?;
        figures.keep()?;
    }
    Ok(())
}

/// The parts named, in the order of [`PARTS`], or those that are measured if none is.
fn chosen<'a>(asked: &[String], otherwise: &[&'a str]) -> Vec<&'a str> {
    let is_named = |part: &&str| asked.iter().any(|name| name == part);
    let named: Vec<_> = PARTS.into_iter().filter(is_named).collect();
    let is_possible = |part: &&str| {
        let is_possible = *part != "instructions" || instructions::is_possible();
        if !is_possible {
            say(instructions::MISSING);
        }
        is_possible
    };
    if named.is_empty() {
        return otherwise.iter().copied().filter(is_possible).collect();
    }
    named
}

fn measure_part(options: &Options, part: &str, figures: &mut Figures) -> Result<Vec<Pair>> {
    match part {
        "instructions" if !instructions::is_possible() => Err(instructions::MISSING.into()),
        "instructions" => instructions::measure(options, figures),
        "speed" => speed::measure(options, figures),
        "memory" => memory::measure(options, figures).map(|()| vec![]),
        "aof" => aof::measure(options, figures),
        _ => pauses::measure(options, figures).map(|()| vec![]),
    }
}
