//! The benchmarks of redis-shorten, run by `make bench` and its variants. See docs/bench.
//!
//! The parts named on the command line, or all, are measured one by one. A file per server stores
//! the results, and the reports are regenerated from it each time. `report` measures nothing and
//! regenerates the reports.

mod aof;
mod baselines;
mod client;
mod comparisons;
mod configuration;
mod fill;
mod fixture;
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
mod results;
mod server;
mod speed;
mod sys;
mod urls;
mod versus;

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use options::Options;
use progress::say;
use results::Results;
use versus::Pair;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The parts that can be measured, in this order.
const PARTS: [&str; 5] = ["instructions", "speed", "memory", "aof", "pauses"];
/// The parts that two modules can be compared by.
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

/// Measures some calls, or two modules. The results are printed and not stored, because a report
/// that mixes commits would mislead.
fn look(options: &Options, asked: &[String]) -> Result<()> {
    if let Some(part) = asked.iter().find(|part| !LOOKS.contains(&part.as_str())) {
        return Err(format!("{part}: is measured without ONLY, VS and CACHES").into());
    }
    let mut pairs = vec![];
    for part in chosen(asked, &["instructions", "speed"]) {
        pairs.extend(measure_part(options, part, &mut Results::default())?);
    }
    if options.versus.is_some() {
        println!("{}", versus::table(options, &pairs));
    }
    Ok(())
}

/// Measures the parts named, and stores the results of each as soon as it is done.
fn measure(options: &Options, asked: &[String]) -> Result<()> {
    fs::create_dir_all(&options.out)?;
    let name = machine::server_name(options)?;
    let file = options.out.join(report::file_name(&name));
    let mut results = Results::open(&file, &machine::circumstances(options))?;
    machine::describe(options, &name, &mut results)?;
    for part in chosen(asked, &PARTS) {
        measure_part(options, part, &mut results)?;
        results.keep()?;
    }
    Ok(())
}

/// Returns the parts named, in the order of [`PARTS`], or `otherwise` if none is named.
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

fn measure_part(options: &Options, part: &str, results: &mut Results) -> Result<Vec<Pair>> {
    match part {
        "instructions" if !instructions::is_possible() => Err(instructions::MISSING.into()),
        "instructions" => instructions::measure(options, results),
        "speed" => speed::measure(options, results),
        "memory" => memory::measure(options, results).map(|()| vec![]),
        "aof" => aof::measure(options, results),
        _ => pauses::measure(options, results).map(|()| vec![]),
    }
}
