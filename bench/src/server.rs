//! Private servers on free ports in temporary folders, removed when the run ends for any reason.

mod scene;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use shorten_testkit::{Launcher, Process};

use crate::Result;
use crate::baselines::Layout;
use crate::client::Client;
use crate::fixture::Build;
use crate::options::{Cores, Options};
use crate::sys;
pub(crate) use scene::{enter, folder};

/// How to run a server.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    /// The module to load, if any.
    pub(crate) module: Option<PathBuf>,
    /// The command that runs the server, such as valgrind.
    pub(crate) wrapper: Vec<String>,
    /// Lines of its configuration file.
    pub(crate) config: Vec<(String, String)>,
    /// Whether it is not measured, and so runs on the cores of the load generator.
    pub(crate) is_beside: bool,
}

impl Setup {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Setup {
        self.config.push((name.into(), value.into()));
        self
    }

    /// Adds the module if the layout uses it.
    pub(crate) fn loading(self, options: &Options, layout: Layout, build: Build) -> Setup {
        let module = match build {
            Build::Main => Some(options.module.clone()),
            Build::Versus => options.versus.clone(),
        };
        Setup {
            module: module.filter(|_| layout == Layout::Module),
            ..self
        }
    }
}

/// How a server is started and restarted.
struct Launch {
    /// The command line, without the configuration file.
    command: Vec<String>,
    config: Vec<(String, String)>,
    server_core: Option<usize>,
    other_cores: Vec<usize>,
}

impl Launch {
    fn new(options: &Options, setup: &Setup) -> Result<Launch> {
        let mut command = setup.wrapper.clone();
        command.push(options.server.display().to_string());
        let cores = &options.cores;
        Ok(Launch {
            command,
            config: configuration(options, setup)?,
            server_core: cores.server.filter(|_| !setup.is_beside),
            other_cores: cores.others.clone(),
        })
    }

    /// Starts a process that ends with this one, on the core of the servers.
    fn start(&self, file: &Path) -> Result<Child> {
        let (program, args) = self.command.split_first().ok_or("nothing to start")?;
        let mut command = Command::new(program);
        command
            .args(args)
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        sys::die_with_parent(&mut command);
        // A child keeps to the cores of the thread that starts it.
        if let Some(core) = self.server_core {
            sys::pin(&[core])?;
        }
        let child = command.spawn();
        if self.server_core.is_some() {
            sys::pin(&self.other_cores)?;
        }
        child.map_err(|error| format!("{program}: {error}").into())
    }
}

impl Launcher for Launch {
    /// An hour's load included.
    const PATIENCE: Duration = Duration::from_secs(3600);
    const PAUSE: Duration = Duration::from_millis(20);

    fn configuration(&self) -> Option<Vec<(String, String)>> {
        Some(self.config.clone())
    }

    fn spawn(&self, file: &Path) -> std::result::Result<Child, String> {
        self.start(file).map_err(|error| error.to_string())
    }
}

pub(crate) struct Server {
    process: Process,
    pid: u32,
    launch: Launch,
}

impl Server {
    pub(crate) fn start(options: &Options, setup: &Setup) -> Result<Server> {
        let mut server = Server {
            process: Process::new(folder()?),
            pid: 0,
            launch: Launch::new(options, setup)?,
        };
        server.launch()?;
        Ok(server)
    }

    /// Restarts it on the same files without saving. Returns the log of the new start.
    pub(crate) fn restart(&mut self) -> Result<String> {
        self.process.kill();
        let before = self.process.log().len();
        self.launch()?;
        Ok(self.process.log().split_off(before))
    }

    fn launch(&mut self) -> Result<()> {
        let launched = self.process.launch(&self.launch);
        launched.map_err(|log| format!("the server does not start:\n{log}"))?;
        self.pid = self.process.id().ok_or("the server ended")?;
        Ok(())
    }

    pub(crate) fn port(&self) -> u16 {
        self.process.port()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn client(&self) -> Result<Client> {
        Client::connect(self.port())
    }

    /// The size of a file in its folder.
    pub(crate) fn file_size(&self, name: &str) -> Result<u64> {
        Ok(fs::metadata(self.process.folder().join(name))?.len())
    }

    /// Physical memory of the process, in bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.ok_or("no VmRSS")?.trim().parse::<u64>()? * 1024)
    }

    /// Returns the CPU time of all its threads, excluding child processes: the value of INFO cpu in
    /// nanoseconds, without a command to the server.
    /// Exact when it is idle.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        // The thread that sent the last reply may be on its way to sleep still.
        thread::sleep(Duration::from_millis(3));
        let mut nanos = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            let file = task?.path().join("schedstat");
            let Ok(text) = fs::read_to_string(file) else {
                return self.cpu_by_info();
            };
            let first = text.split_whitespace().next().unwrap_or_default();
            nanos += first.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    fn cpu_by_info(&self) -> Result<Duration> {
        let info = self.client()?.info("cpu")?;
        let seconds = |field: &str| info.get(field).and_then(|value| value.parse::<f64>().ok());
        match (seconds("used_cpu_user"), seconds("used_cpu_sys")) {
            (Some(user), Some(system)) => Ok(Duration::from_secs_f64(user + system)),
            _ => Err("INFO cpu does not tell".into()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill();
        let _ = fs::remove_dir_all(self.process.folder());
    }
}

fn configuration(options: &Options, setup: &Setup) -> Result<Vec<(String, String)>> {
    let mut lines = vec![("daemonize".into(), "no".into())];
    if let Some(path) = &setup.module {
        let module = (path.canonicalize())
            .map_err(|error| format!("the module, {}: {error}", path.display()))?;
        lines.push(("loadmodule".into(), module.display().to_string()));
    }
    if options.cores.server.is_some() && setup.wrapper.is_empty() {
        // Child processes and background threads of the server must not use the core of its main
        // thread.
        let others = Cores::list(&options.cores.others);
        for name in ["bgsave_cpulist", "aof_rewrite_cpulist", "bio_cpulist"] {
            lines.push((name.into(), others.clone()));
        }
    }
    lines.extend(setup.config.iter().cloned());
    Ok(lines)
}
