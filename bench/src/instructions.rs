//! Instructions per call, by callgrind: to a per cent or so the same every time, however noisy the machine.

mod profile;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;
use crate::arena::Arena;
use crate::configuration::Configuration;
use crate::contests::{Entry, entries};
use crate::figures::Figures;
use crate::load::{Generator, Requests, Until};
use crate::options::Options;
use crate::progress::say;
use crate::server::{Server, Setup, folder};
use crate::versus::{Pair, Unit};
use profile::Profile;

/// Links in the servers at most: callgrind is slow.
const LINKS: u64 = 100_000;
/// Calls counted.
const CALLS: u64 = 10_000;
/// Requests under way.
const PIPELINE: usize = 16;
/// How many functions of a profile are reported.
const FUNCTIONS: usize = 12;
/// How many functions are named whose costs differ most between two modules.
const CHANGES: usize = 8;

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

/// Counts for all entries of all contests, in all configurations asked for. Of two modules, returns
/// what was counted of both.
pub(crate) fn measure(options: &Options, figures: &mut Figures) -> Result<Vec<Pair>> {
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
    let mut pairs = vec![];
    for &configuration in &options.configurations {
        say(&format!(
            "instructions, by callgrind, {}",
            configuration.name()
        ));
        let mut counter = Counter {
            arena: Arena::set_up(options, links, configuration, &setup)?,
            configuration,
            output: &output,
        };
        figures.begin(&prefix(configuration));
        let name = format!("{}.links", prefix(configuration));
        figures.set(&name, &[links as f64]);
        for entry in entries().filter(|entry| options.has_asked(entry)) {
            pairs.extend(counter.compare(entry, figures)?);
        }
        figures.keep()?;
    }
    Ok(pairs)
}

/// The beginning of the names of the figures of one run.
pub(crate) fn prefix(configuration: Configuration) -> String {
    format!("instructions.{}", configuration.key())
}

struct Counter<'a> {
    arena: Arena<'a>,
    configuration: Configuration,
    /// Where callgrind writes.
    output: &'a Path,
}

impl Counter<'_> {
    /// Counts an entry with each build of the module.
    fn compare(&mut self, entry: &'static Entry, figures: &mut Figures) -> Result<Option<Pair>> {
        let mut profiles = self.count(entry)?.into_iter();
        let (Some(main), versus) = (profiles.next(), profiles.next()) else {
            return Ok(None);
        };
        let name = format!("{}.{}", prefix(self.configuration), entry.key);
        figures.set(&format!("{name}.total"), &[main.total()]);
        figures.set(&format!("{name}.module"), &[main.of_module()]);
        figures.fact(&format!("{name}.profile"), &main.top(FUNCTIONS));
        Ok(Some(Pair {
            call: entry.label,
            circumstances: self.configuration.name().into(),
            main: vec![main.total()],
            versus: versus.iter().map(Profile::total).collect(),
            unit: Unit::Instructions,
            notes: versus.map_or(vec![], |versus| main.changes(&versus, CHANGES)),
        }))
    }

    /// The same calls on every server of the entry.
    fn count(&mut self, entry: &Entry) -> Result<Vec<Profile>> {
        let (mut first, mut counted) = (Requests::default(), Requests::default());
        self.arena.encode(entry, CALLS, &mut first);
        self.arena.encode(entry, CALLS, &mut counted);
        let mut profiles = vec![];
        for build in self.arena.builds(entry) {
            let server = self.arena.server(entry, build)?;
            let mut generator = Generator::connect(server.port(), 1, PIPELINE, 1)?;
            // Once for what happens only the first time.
            generator.run(&first, Until::Done)?;
            let profile = self.watch(server, || generator.run(&counted, Until::Done).map(drop))?;
            self.arena.settle(entry, build)?;
            say(&format!(
                "  {:<34} {:>7.0} instructions, {:>6.0} of them the module's",
                format!("{}{}", entry.label, build.mark()),
                profile.total(),
                profile.of_module(),
            ));
            profiles.push(profile);
        }
        Ok(profiles)
    }

    /// What a server does while `work` is done, per call.
    fn watch(&self, server: &Server, work: impl FnOnce() -> Result<()>) -> Result<Profile> {
        control(server, &["-i", "on"])?;
        work()?;
        control(server, &["-i", "off"])?;
        control(server, &["-d"])?;
        self.take_dump(server.pid())
    }

    /// Reads the one dump there is of this process, and removes it.
    fn take_dump(&self, pid: u32) -> Result<Profile> {
        let prefix = format!("out.{pid}.");
        for file in std::fs::read_dir(self.output)? {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&prefix) {
                let profile = Profile::read(&path, CALLS)?;
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
