//! System calls missing in the standard library: cores, priorities, clocks, signals. The only
//! unsafe code of the benchmarks.

use std::io::Result;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::thread;
use std::time::Duration;

use nix::libc;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;
use perf_event::events::Software;
use perf_event::{Builder, Counter};

/// The calling thread.
const SELF: Pid = Pid::from_raw(0);

/// The cores this process may run on.
pub(crate) fn cores() -> Result<Vec<usize>> {
    let set = sched_getaffinity(SELF)?;
    let is_set = |core: &usize| set.is_set(*core).unwrap_or(false);
    Ok((0..CpuSet::count()).filter(is_set).collect())
}

/// Pins the calling thread, and the threads and processes that it starts from now on, to these
/// cores.
pub(crate) fn pin(cores: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    cores.iter().try_for_each(|&core| set.set(core))?;
    Ok(sched_setaffinity(SELF, &set)?)
}

/// Gives the calling thread priority over all others on its core. Returns whether it worked, which
/// requires privileges.
pub(crate) fn go_first() -> bool {
    let priority = libc::sched_param { sched_priority: 1 };
    // SAFETY: the parameter outlives the call.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const priority) == 0 }
}

/// The CPU time of a thread since the clock was created. Other clocks lag by up to a scheduler tick
/// while a thread runs. This one reads the core it runs on.
pub(crate) struct ThreadClock(Counter);

impl ThreadClock {
    /// # Errors
    /// If the kernel does not permit it for this user.
    pub(crate) fn of(thread: u32) -> Result<ThreadClock> {
        let thread = libc::pid_t::try_from(thread).map_err(std::io::Error::other)?;
        let mut clock = Builder::new(Software::TASK_CLOCK);
        clock.observe_pid(thread);
        clock.include_kernel().include_hv();
        let mut counter = clock.build()?;
        counter.enable()?;
        Ok(ThreadClock(counter))
    }

    pub(crate) fn read(&mut self) -> Result<Duration> {
        self.0.read().map(Duration::from_nanos)
    }
}

/// CPU time of the calling thread.
pub(crate) fn thread_cpu() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

/// Makes the kernel kill the command's process when the thread that started it ends for any reason.
pub(crate) fn die_with_parent(command: &mut Command) {
    // SAFETY: between fork and exec only the system call prctl is made, which is async-signal-safe.
    unsafe {
        command.pre_exec(|| Ok(set_pdeathsig(Signal::SIGKILL)?));
    }
}

/// Runs `clean_up` and ends the process on SIGINT, SIGTERM or SIGHUP. Must be called before other
/// threads are started, because these must not receive the signals.
pub(crate) fn on_interrupt(clean_up: fn()) -> Result<()> {
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]
        .into_iter()
        .collect();
    signals.thread_block()?;
    thread::spawn(move || {
        while signals.wait().is_err() {}
        clean_up();
        std::process::exit(130);
    });
    Ok(())
}
