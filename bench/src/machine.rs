//! The server, the machine and the commit of a measurement.

use std::fs;
use std::process::Command;

use crate::Result;
use crate::options::Options;
use crate::results::Results;
use crate::server::{Server, Setup};

/// Returns the server's name and version, such as `Redis 7.0.15`.
pub(crate) fn server_name(options: &Options) -> Result<String> {
    let path = &options.server;
    let output = (Command::new(path).arg("--version").output())
        .map_err(|error| format!("the server, {}: {error}", path.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text
        .split("v=")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    let version = version.ok_or_else(|| format!("no version in {text:?}"))?;
    let name = if text.starts_with("Valkey") {
        "Valkey"
    } else {
        "Redis"
    };
    Ok(format!("{name} {version}"))
}

/// Stores the description of the machine.
pub(crate) fn describe(options: &Options, name: &str, results: &mut Results) -> Result<()> {
    results.fact("machine.server", name);
    let server = Server::start(options, &Setup::default())?;
    let info = server.client()?.info("memory")?;
    let allocator = info.get("mem_allocator").map_or("unknown", String::as_str);
    results.fact("machine.allocator", allocator);
    results.fact("machine.cpu", &cpu());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    results.fact("machine.kernel", kernel.trim());
    let cores = options.cores.others.len() + usize::from(options.cores.server.is_some());
    let pinned = match options.cores.server {
        Some(_) => "the server has one of its own",
        None => "the server shares it with the load generator: timings are unreliable",
    };
    results.fact("machine.cores", &format!("{cores}; {pinned}"));
    Ok(())
}

/// Returns the description of a run.
pub(crate) fn circumstances(options: &Options) -> String {
    format!(
        "commit {}, {}, {} rounds of {} s, URLs {}",
        commit(options),
        run("date", &["-u", "+%Y-%m-%d"], options),
        options.rounds,
        options.round.as_secs_f64(),
        options.urls.describe(),
    )
}

fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map(|rest| rest.trim_start_matches(['\t', ' ', ':']));
    model.unwrap_or("unknown").trim().into()
}

/// Returns the commit of the sources, and whether the module's sources differ from it.
fn commit(options: &Options) -> String {
    let id = run("git", &["rev-parse", "--short", "HEAD"], options);
    let changes = run(
        "git",
        &["status", "--porcelain", "--", "src", "engine", "Cargo.toml"],
        options,
    );
    match (id.is_empty(), changes.is_empty()) {
        (true, _) => "unknown".into(),
        (false, true) => id,
        (false, false) => format!("{id} with changes"),
    }
}

/// Returns the output of a command run in the folder of the sources. Empty if it does not run.
fn run(program: &str, args: &[&str], options: &Options) -> String {
    let output = Command::new(program)
        .args(args)
        .current_dir(&options.sources)
        .output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).trim().into()
}
