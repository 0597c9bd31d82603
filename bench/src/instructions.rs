//! Instructions per call, counted by callgrind. Runs differ by about one percent, even on a noisy
//! machine.

mod profile;

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;
use crate::comparisons::{Entry, entries};
use crate::configuration::Configuration;
use crate::fixture::Fixture;
use crate::load::{Generator, Requests, Until};
use crate::options::Options;
use crate::progress::say;
use crate::results::Results;
use crate::server::{Server, Setup, folder};
use crate::versus::{Pair, Unit};
use profile::{Misses, Profile};

/// The maximum number of links, because callgrind is slow.
const LINKS: u64 = 100_000;
/// The number of counted calls.
const CALLS: u64 = 10_000;
/// Requests in flight.
pub(crate) const PIPELINE: usize = 16;
/// The number of functions reported per profile.
const FUNCTIONS: usize = 12;
/// The number of functions listed whose costs differ most between two modules.
const CHANGES: usize = 8;

/// The caches that `CACHES` simulates: those of a small core, and a last level that a server shares
/// with others.
const CACHES: [&str; 4] = [
    "--cache-sim=yes",
    "--I1=32768,8,64",
    "--D1=32768,8,64",
    "--LL=1048576,16,64",
];

/// The message if valgrind is missing.
pub(crate) const MISSING: &str = "valgrind is missing, so instructions cannot be counted: apt-get install valgrind (or what it is called on your system)";

pub(crate) fn is_possible() -> bool {
    let runs = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null());
        command.stderr(Stdio::null()).status().is_ok()
    };
    runs("valgrind") && runs("callgrind_control")
}

/// Counts all entries of all comparisons in all selected configurations. When two modules are
/// compared, returns the counts of both.
pub(crate) fn measure(options: &Options, results: &mut Results) -> Result<Vec<Pair>> {
    let output = folder()?;
    let file = output.join("out.%p");
    let mut setup = Setup {
        wrapper: vec![
            "valgrind".into(),
            "--tool=callgrind".into(),
            "--instr-atstart=no".into(),
            format!("--callgrind-out-file={}", file.display()),
            format!("--log-file={}", output.join("log.%p").display()),
        ],
        ..Setup::default()
    };
    if options.caches {
        setup.wrapper.extend(CACHES.map(String::from));
    }
    let links = options.links.min(LINKS);
    let mut pairs = vec![];
    for &configuration in &options.configurations {
        say(&format!(
            "instructions, by callgrind, {}",
            configuration.name()
        ));
        let mut counter = Counter {
            fixture: Fixture::set_up(options, links, configuration, &setup)?,
            options,
            configuration,
            output: &output,
        };
        results.begin(&prefix(configuration));
        let name = format!("{}.links", prefix(configuration));
        results.set(&name, &[links as f64]);
        for entry in entries().filter(|entry| options.has_asked(entry)) {
            pairs.extend(counter.compare(entry, results)?);
        }
        results.keep()?;
    }
    Ok(pairs)
}

/// Returns the prefix of the names of one run's results.
pub(crate) fn prefix(configuration: Configuration) -> String {
    format!("instructions.{}", configuration.key())
}

struct Counter<'a> {
    fixture: Fixture<'a>,
    options: &'a Options,
    configuration: Configuration,
    /// The folder of callgrind's output.
    output: &'a Path,
}

impl Counter<'_> {
    /// Counts an entry with each build of the module.
    fn compare(&mut self, entry: &'static Entry, results: &mut Results) -> Result<Option<Pair>> {
        let mut profiles = self.count(entry)?.into_iter();
        let (Some(main), versus) = (profiles.next(), profiles.next()) else {
            return Ok(None);
        };
        let name = format!("{}.{}", prefix(self.configuration), entry.key);
        results.set(&format!("{name}.total"), &[main.total()]);
        results.set(&format!("{name}.module"), &[main.of_module()]);
        results.fact(&format!("{name}.profile"), &main.top(FUNCTIONS));
        let notes = match &versus {
            None => main.misses().map(misses).into_iter().collect(),
            Some(versus) => {
                let lines = [("MODULE", &main), ("VS", versus)].into_iter();
                let lines = lines.filter_map(|(name, profile)| {
                    Some(format!("{name}: {}", misses(profile.misses()?)))
                });
                lines.chain(main.changes(versus, CHANGES)).collect()
            }
        };
        Ok(Some(Pair {
            call: entry.label,
            circumstances: self.configuration.name().into(),
            main: vec![main.total()],
            versus: versus.iter().map(Profile::total).collect(),
            unit: Unit::Instructions,
            notes,
        }))
    }

    /// Runs the same calls on every server of the entry.
    fn count(&mut self, entry: &Entry) -> Result<Vec<Profile>> {
        let [mut first, mut warm, mut counted] = [(); 3].map(|()| Requests::default());
        self.fixture.encode(entry, CALLS, &mut first);
        if self.options.caches {
            self.fixture.encode_others(entry, CALLS, &mut warm);
        }
        self.fixture.encode(entry, CALLS, &mut counted);
        let mut profiles = vec![];
        for build in self.fixture.builds(entry) {
            let server = self.fixture.server(entry, build)?;
            let mut generator = Generator::connect(server.port(), 1, PIPELINE, 1)?;
            // A first run excludes work that happens only once.
            generator.run(&first, Until::Done)?;
            control(server, &["-i", "on"])?;
            if self.options.caches {
                // Switching collection on empties the caches.
                generator.run(&warm, Until::Done)?;
                control(server, &["-z"])?;
            }
            generator.run(&counted, Until::Done)?;
            control(server, &["-i", "off"])?;
            control(server, &["-d"])?;
            let profile = self.take_dump(server.pid())?;
            self.fixture.settle(entry, build)?;
            say(&format!(
                "  {:<34} {:>7.0} instructions, {:>6.0} of them the module's{}",
                format!("{}{}", entry.label, build.mark()),
                profile.total(),
                profile.of_module(),
                (profile.misses()).map_or_else(String::new, |m| format!("; {}", misses(m))),
            ));
            profiles.push(profile);
        }
        Ok(profiles)
    }

    /// Reads and removes the only dump of this process.
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

fn misses(misses: Misses) -> String {
    let Misses { code, data, far } = misses;
    format!("lines missed in L1: {code:.1} of code, {data:.1} of data; beyond 1 MiB: {far:.1}")
}

fn control(server: &Server, args: &[&str]) -> Result<()> {
    let output = Command::new("callgrind_control")
        .args(args)
        .arg(server.pid().to_string())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(format!("callgrind_control {args:?}: {text}").into())
}
