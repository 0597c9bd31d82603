//! Instructions per call, by callgrind: to a per cent or so the same every time, however noisy the machine.

mod profile;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Result;
use crate::arena::Arena;
use crate::contests::{CONTESTS, Entry};
use crate::figures::Figures;
use crate::load::{Generator, Requests, Until};
use crate::options::Options;
use crate::progress::{count, say};
use crate::server::{Server, Setup, folder};
use profile::Profile;

/// Links in the servers at most: callgrind is slow.
const LINKS: u64 = 100_000;
/// Calls counted.
const CALLS: u64 = 10_000;
/// Requests under way.
const PIPELINE: usize = 16;
/// How many functions of a profile are reported.
const FUNCTIONS: usize = 12;

/// What to do where valgrind is missing.
pub(crate) const MISSING: &str = "valgrind is missing, so instructions cannot be counted: apt-get install valgrind (or what it is called on your system)";

pub(crate) fn is_possible() -> bool {
    let runs = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null());
        command.stderr(Stdio::null()).status().is_ok()
    };
    runs("valgrind") && runs("callgrind_control")
}

/// Counts for all entries of all contests.
pub(crate) fn measure(options: &Options, figures: &mut Figures) -> Result<()> {
    figures.forget("instructions");
    say("instructions, by callgrind");
    let output = folder()?;
    let file = output.join("out.%p");
    let setup = Setup {
        wrapper: vec![
            "valgrind".into(),
            "--tool=callgrind".into(),
            "--instr-atstart=no".into(),
            format!("--callgrind-out-file={}", file.display()),
            format!("--log-file={}", output.join("log.%p").display()),
        ],
        ..Setup::default()
    };
    let links = options.links.min(LINKS);
    let mut counter = Counter {
        arena: Arena::set_up(options, links, &setup)?,
        output,
    };
    figures.set("instructions.links", &[links as f64]);
    for entry in CONTESTS.iter().flat_map(|contest| contest.entries) {
        if counter.arena.has(entry) {
            counter.count(entry, figures)?;
        }
    }
    Ok(())
}

struct Counter<'a> {
    arena: Arena<'a>,
    /// Where callgrind writes.
    output: PathBuf,
}

impl Counter<'_> {
    fn count(&mut self, entry: &Entry, figures: &mut Figures) -> Result<()> {
        let mut generator = Generator::connect(self.arena.server(entry).port(), 1, PIPELINE, 1)?;
        let mut requests = Requests::default();
        // Once for what happens only the first time.
        self.arena.encode(entry, CALLS, &mut requests);
        generator.run(&requests, Until::Done)?;
        self.arena.encode(entry, CALLS, &mut requests);
        let busy = self.watch(entry, || generator.run(&requests, Until::Done).map(drop))?;
        let per_call = busy.total() / CALLS as f64;
        let of_module = busy.of_module() / CALLS as f64;
        say(&format!(
            "  {:<28} {:>7} instructions, {:>6} of them the module's",
            entry.label,
            count(per_call),
            count(of_module),
        ));
        let name = format!("instructions.{}", entry.key);
        figures.set(&format!("{name}.total"), &[per_call]);
        figures.set(&format!("{name}.module"), &[of_module]);
        figures.fact(&format!("{name}.profile"), &busy.top(FUNCTIONS, CALLS));
        Ok(())
    }

    /// What a server does while `work` is done.
    fn watch(&self, entry: &Entry, work: impl FnOnce() -> Result<()>) -> Result<Profile> {
        let server = self.arena.server(entry);
        control(server, &["-i", "on"])?;
        work()?;
        control(server, &["-i", "off"])?;
        control(server, &["-d"])?;
        self.take_dump(server.pid())
    }

    /// Reads the one dump there is of this process, and removes it.
    fn take_dump(&self, pid: u32) -> Result<Profile> {
        let prefix = format!("out.{pid}.");
        for file in std::fs::read_dir(&self.output)? {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&prefix) {
                let profile = Profile::read(&path)?;
                std::fs::remove_file(&path)?;
                return Ok(profile);
            }
        }
        Err("callgrind wrote nothing".into())
    }
}

fn control(server: &Server, args: &[&str]) -> Result<()> {
    let output = Command::new("callgrind_control")
        .args(args)
        .arg(server.pid().to_string())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("callgrind_control {args:?}: {told}").into())
}
