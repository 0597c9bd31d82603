//! The benchmarks of redis-shorten: `make bench` and its like. See docs/bench.
//!
//! Parts are measured one by one, those named on the command line or all; what they find is kept in a file of figures per server, from
//! which the reports are written anew each time. `report` measures nothing and writes them.

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

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PARTS: [&str; 4] = ["instructions", "speed", "memory", "pauses"];

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
    const LOOKS: [&str; 2] = ["instructions", "speed"];
    if let Some(part) = asked.iter().find(|part| !LOOKS.contains(&part.as_str())) {
        return Err(format!("{part}: is measured as a whole, without ONLY and VS").into());
    }
    let mut pairs = vec![];
    let mut figures = Figures::default();
    for part in LOOKS {
        if !asked.is_empty() && !asked.iter().any(|name| name == part) {
            continue;
        }
        match part {
            "speed" => pairs.extend(speed::measure(options, &mut figures)?),
            _ if !instructions::is_possible() => say(instructions::MISSING),
            _ => pairs.extend(instructions::measure(options, &mut figures)?),
        }
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
    let mut figures = Figures::read(&file)?;
    for part in PARTS {
        if !asked.is_empty() && !asked.iter().any(|name| name == part) {
            continue;
        }
        match part {
            "instructions" if !instructions::is_possible() => {
                if !asked.is_empty() {
                    return Err(instructions::MISSING.into());
                }
                say(instructions::MISSING);
                continue;
            }
            "instructions" => drop(instructions::measure(options, &mut figures)?),
            "speed" => drop(speed::measure(options, &mut figures)?),
            "memory" => memory::measure(options, &mut figures)?,
            _ => pauses::measure(options, &mut figures)?,
        }
        machine::describe(options, &name, part, &mut figures)?;
        figures.write(&file)?;
    }
    Ok(())
}
