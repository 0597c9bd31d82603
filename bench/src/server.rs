//! Servers of our own: on free ports, in temporary folders, gone when the run ends, however it ends.

mod scene;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::arena::Build;
use crate::client::Client;
use crate::options::{Cores, Options};
use crate::rivals::Layout;
use crate::sys;
pub(crate) use scene::{enter, folder};

/// How long a server may take to come up, an hour's load included.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What kind of server.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    /// The module it loads, if any.
    pub(crate) module: Option<PathBuf>,
    /// Words in front of the server's own: valgrind.
    pub(crate) wrapper: Vec<String>,
    /// Settings, as in its configuration file.
    pub(crate) config: Vec<(String, String)>,
    /// Whether it is not measured itself, and so runs on the cores of the others.
    pub(crate) is_beside: bool,
}

impl Setup {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Setup {
        self.config.push((name.into(), value.into()));
        self
    }

    /// With the module, if that is how links are kept.
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

pub(crate) struct Server {
    child: Child,
    port: u16,
    folder: PathBuf,
    /// The command line, to start it again.
    command: Vec<String>,
    server_core: Option<usize>,
    other_cores: Vec<usize>,
}

impl Server {
    /// On another port should somebody else have taken the one that was free a moment ago.
    pub(crate) fn start(options: &Options, setup: &Setup) -> Result<Server> {
        for _ in 0..4 {
            match Server::attempt(options, setup) {
                Err(error) if error.to_string().contains("already in use") => {}
                outcome => return outcome,
            }
        }
        Server::attempt(options, setup)
    }

    fn attempt(options: &Options, setup: &Setup) -> Result<Server> {
        let folder = folder()?;
        let port = free_port()?;
        let file = folder.join("server.conf");
        fs::write(&file, configuration(options, setup, &folder, port)?)?;
        let mut command = setup.wrapper.clone();
        command.push(options.server.display().to_string());
        command.push(file.display().to_string());
        let cores = &options.cores;
        let server_core = cores.server.filter(|_| !setup.is_beside);
        let child = launch(&command, server_core, &cores.others)?;
        let mut server = Server {
            child,
            port,
            folder,
            command,
            server_core,
            other_cores: cores.others.clone(),
        };
        server.await_answers()?;
        Ok(server)
    }

    /// Ends it without saving and starts it on the same files. Answers the words of its log since then.
    pub(crate) fn restart(&mut self) -> Result<String> {
        self.kill();
        let before = self.log().len();
        self.child = launch(&self.command, self.server_core, &self.other_cores)?;
        self.await_answers()?;
        Ok(self.log().split_off(before))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn client(&self) -> Result<Client> {
        Client::connect(self.port)
    }

    /// The size of a file in its folder.
    pub(crate) fn file_size(&self, name: &str) -> Result<u64> {
        Ok(fs::metadata(self.folder.join(name))?.len())
    }

    /// Physical memory of the process, in bytes.
    pub(crate) fn resident(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.ok_or("no VmRSS")?.trim().parse::<u64>()? * 1024)
    }

    /// CPU time of all its threads, children not counted: what INFO cpu shows, to the nanosecond and without asking the server.
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

    pub(crate) fn log(&self) -> String {
        let bytes = fs::read(self.folder.join("server.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into()
    }

    fn await_answers(&mut self) -> Result<()> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the server ended ({status}):\n{}", self.log()).into());
            }
            let info = self
                .client()
                .and_then(|mut client| client.info("everything"));
            // Somebody else may have been quicker to take the port: this server then ends in a moment.
            if let Ok(info) = info
                && info.get("process_id") == Some(&self.pid().to_string())
                && info.get("loading").is_some_and(|loading| loading == "0")
            {
                return Ok(());
            }
            if begin.elapsed() > PATIENCE {
                return Err(format!("the server does not answer:\n{}", self.log()).into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Starts a process that ends with this one, on the core of the servers.
fn launch(command: &[String], core: Option<usize>, others: &[usize]) -> Result<Child> {
    let (program, args) = command.split_first().ok_or("nothing to start")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    sys::die_with_parent(&mut command);
    // A child keeps to the cores of the thread that starts it.
    if let Some(core) = core {
        sys::pin(&[core])?;
    }
    let child = command.spawn();
    if core.is_some() {
        sys::pin(others)?;
    }
    child.map_err(|error| format!("{program}: {error}").into())
}

fn configuration(options: &Options, setup: &Setup, folder: &Path, port: u16) -> Result<String> {
    let mut lines = vec![
        ("port".into(), port.to_string()),
        ("bind".into(), "127.0.0.1".into()),
        ("dir".into(), folder.display().to_string()),
        (
            "logfile".into(),
            folder.join("server.log").display().to_string(),
        ),
        ("save".into(), "\"\"".into()),
        ("daemonize".into(), "no".into()),
    ];
    if let Some(path) = &setup.module {
        let module = (path.canonicalize())
            .map_err(|error| format!("the module, {}: {error}", path.display()))?;
        lines.push(("loadmodule".into(), module.display().to_string()));
    }
    if options.cores.server.is_some() && setup.wrapper.is_empty() {
        // What the server forks or does in the background is not to take the core of its main thread.
        let others = Cores::list(&options.cores.others);
        for name in ["bgsave_cpulist", "aof_rewrite_cpulist", "bio_cpulist"] {
            lines.push((name.into(), others.clone()));
        }
    }
    lines.extend(setup.config.iter().cloned());
    let text = lines
        .into_iter()
        .map(|(name, value)| format!("{name} {value}\n"));
    Ok(text.collect())
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
