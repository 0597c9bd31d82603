//! What the standard library does not offer: epoll, cores, priorities, signals. The only unsafe code of the benchmarks.

use std::fs::File;
use std::io::{Error, Read as _, Result};
use std::mem::zeroed;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;
use std::time::Duration;

use perf_event_open_sys::bindings::{
    PERF_COUNT_SW_TASK_CLOCK, PERF_FLAG_FD_CLOEXEC, PERF_TYPE_SOFTWARE, perf_event_attr,
};
use perf_event_open_sys::perf_event_open;

/// An answer of libc as a result: -1 is an error.
fn checked(answer: i32) -> Result<i32> {
    if answer == -1 {
        return Err(Error::last_os_error());
    }
    Ok(answer)
}

/// The cores this process may run on.
pub(crate) fn cores() -> Vec<usize> {
    // SAFETY: a cpu_set_t is plain bits, of which all zero is one; the call writes no more than the size it is told.
    let set = unsafe {
        let mut set: libc::cpu_set_t = zeroed();
        libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set);
        set
    };
    let most = 8 * size_of::<libc::cpu_set_t>();
    // SAFETY: `core` is below the number of bits of the set.
    (0..most)
        .filter(|&core| unsafe { libc::CPU_ISSET(core, &set) })
        .collect()
}

/// Keeps the calling thread, and what it starts from now on, on these cores.
pub(crate) fn pin(cores: &[usize]) -> Result<()> {
    // SAFETY: plain bits; numbers beyond the set are left out by `filter`; the call reads the size it is told.
    unsafe {
        let mut set: libc::cpu_set_t = zeroed();
        let most = 8 * size_of::<libc::cpu_set_t>();
        for &core in cores.iter().filter(|&&core| core < most) {
            libc::CPU_SET(core, &mut set);
        }
        checked(libc::sched_setaffinity(
            0,
            size_of::<libc::cpu_set_t>(),
            &set,
        ))?;
    }
    Ok(())
}

/// Lets the calling thread go before all others of its core. Needs rights; whether it worked.
pub(crate) fn go_first() -> bool {
    let priority = libc::sched_param { sched_priority: 1 };
    // SAFETY: the parameter outlives the call.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &priority) == 0 }
}

/// How long a thread has run so far. Other clocks lag by up to a tick of the scheduler while a thread runs; this one asks the core it runs on.
pub(crate) struct ThreadClock(File);

impl ThreadClock {
    /// # Errors
    /// Where the kernel does not let this user look.
    pub(crate) fn of(thread: u32) -> Result<ThreadClock> {
        let thread = libc::pid_t::try_from(thread).map_err(Error::other)?;
        let mut event = perf_event_attr {
            type_: PERF_TYPE_SOFTWARE,
            size: u32::try_from(size_of::<perf_event_attr>()).map_err(Error::other)?,
            config: PERF_COUNT_SW_TASK_CLOCK.into(),
            ..Default::default()
        };
        let flags = PERF_FLAG_FD_CLOEXEC.into();
        // SAFETY: the event is a whole one and outlives the call; a descriptor just made belongs to nobody else.
        unsafe {
            let fd = checked(perf_event_open(&raw mut event, thread, -1, -1, flags))?;
            Ok(ThreadClock(File::from_raw_fd(fd)))
        }
    }

    pub(crate) fn read(&self) -> Result<Duration> {
        let mut nanos = [0; 8];
        (&self.0).read_exact(&mut nanos)?;
        Ok(Duration::from_nanos(u64::from_ne_bytes(nanos)))
    }
}

/// CPU time of the calling thread.
pub(crate) fn thread_cpu() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the clock writes one timespec. It exists on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanos)
}

/// Has the kernel kill the command's process when the thread that started it ends, however it ends.
pub(crate) fn die_with_parent(command: &mut Command) {
    // SAFETY: between fork and exec only the system call prctl is made, which is async-signal-safe.
    unsafe {
        command.pre_exec(|| checked(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL)).map(drop));
    }
}

/// Where the signal handler writes to.
static ALARM: AtomicI32 = AtomicI32::new(-1);

extern "C" fn ring(_signal: i32) {
    // SAFETY: write is async-signal-safe, and the byte outlives the call. A pipe that takes no more has rung already.
    unsafe { libc::write(ALARM.load(Ordering::Relaxed), b"!".as_ptr().cast(), 1) };
}

/// Runs `clean_up` and ends the process when somebody presses Ctrl-C or ends it.
pub(crate) fn on_interrupt(clean_up: fn()) -> Result<()> {
    let mut ends = [0; 2];
    // SAFETY: pipe2 writes two descriptors; the handler does nothing but write(2).
    unsafe {
        checked(libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC))?;
        ALARM.store(ends[1], Ordering::Relaxed);
        let handler = ring as extern "C" fn(i32);
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
            libc::signal(signal, handler as libc::sighandler_t);
        }
    }
    let listen = ends[0];
    thread::spawn(move || {
        let mut byte = 0_u8;
        // SAFETY: reads one byte into one byte; the descriptor is never closed.
        while unsafe { libc::read(listen, (&raw mut byte).cast(), 1) } != 1 {}
        clean_up();
        std::process::exit(130);
    });
    Ok(())
}

/// Waits for many sockets at once.
pub(crate) struct Epoll(OwnedFd);

/// What one wait may bring.
pub(crate) struct Events {
    room: Vec<libc::epoll_event>,
    filled: usize,
}

impl Events {
    pub(crate) fn new(most: usize) -> Events {
        let none = libc::epoll_event { events: 0, u64: 0 };
        Events {
            room: vec![none; most.max(1)],
            filled: 0,
        }
    }

    /// The numbers given to those sockets that can go on.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        self.room[..self.filled]
            .iter()
            .map(|event| event.u64 as usize)
    }
}

impl Epoll {
    pub(crate) fn new() -> Result<Epoll> {
        // SAFETY: a descriptor just made belongs to nobody else.
        unsafe {
            let fd = checked(libc::epoll_create1(libc::EPOLL_CLOEXEC))?;
            Ok(Epoll(OwnedFd::from_raw_fd(fd)))
        }
    }

    /// Adds a socket under a number. `wait` tells when it can be read.
    pub(crate) fn add(&self, socket: RawFd, number: usize) -> Result<()> {
        self.control(libc::EPOLL_CTL_ADD, socket, number, libc::EPOLLIN)
    }

    /// Whether `wait` is also to tell when the socket can be written to.
    pub(crate) fn want_write(&self, socket: RawFd, number: usize, want: bool) -> Result<()> {
        let write = if want { libc::EPOLLOUT } else { 0 };
        self.control(libc::EPOLL_CTL_MOD, socket, number, libc::EPOLLIN | write)
    }

    /// Waits until one of them can go on, or the time is over.
    pub(crate) fn wait(&self, events: &mut Events, most: Duration) -> Result<()> {
        let room = i32::try_from(events.room.len()).unwrap_or(i32::MAX);
        let millis = i32::try_from(most.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the kernel writes at most `room` events into as many places.
        let filled = unsafe {
            libc::epoll_wait(
                self.0.as_raw_fd(),
                events.room.as_mut_ptr(),
                room,
                millis.max(1),
            )
        };
        match checked(filled) {
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => events.filled = 0,
            filled => events.filled = usize::try_from(filled?).unwrap_or(0),
        }
        Ok(())
    }

    fn control(&self, what: i32, socket: RawFd, number: usize, events: i32) -> Result<()> {
        let mut event = libc::epoll_event {
            events: events.cast_unsigned(),
            u64: number as u64,
        };
        // SAFETY: the event outlives the call.
        unsafe {
            checked(libc::epoll_ctl(
                self.0.as_raw_fd(),
                what,
                socket,
                &mut event,
            ))
        }
        .map(drop)
    }
}
