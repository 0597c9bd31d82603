//! The load generator: sends requests that were encoded in advance over many connections, with few
//! system calls.
//!
//! Each thread has its own connections and waits for them by epoll. A connection sends `pipeline`
//! requests in one write and continues when all replies have arrived. The time between is one
//! latency.

mod connection;

use std::io;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::Result;
use crate::histogram::Histogram;
use crate::sys;
use connection::Connection;

/// Encoded calls, concatenated.
#[derive(Default)]
pub(crate) struct Requests {
    bytes: Vec<u8>,
    /// The end offset of each call.
    ends: Vec<usize>,
    /// Replies per call: more than one if a call consists of several commands.
    pub(crate) replies: usize,
}

impl Requests {
    /// Adds the call that `encode` writes. It may only append to the buffer.
    pub(crate) fn add(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        encode(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Returns the bytes of a range of calls.
    fn slice(&self, from: usize, to: usize) -> &[u8] {
        let end = |call: usize| if call == 0 { 0 } else { self.ends[call - 1] };
        &self.bytes[end(from)..end(to)]
    }
}

/// The end of a round.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// Each call is sent once.
    Done,
    /// Calls are repeated until this time has passed.
    Time(Duration),
}

/// The outcome of a round.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) calls: u64,
    pub(crate) time: Duration,
    /// CPU time of the generator's busiest thread.
    pub(crate) cpu: Duration,
    /// Latencies of batches of `pipeline` calls.
    pub(crate) latency: Histogram,
}

impl Outcome {
    pub(crate) fn per_second(&self) -> f64 {
        self.calls as f64 / self.time.as_secs_f64()
    }
}

/// Connections to one server.
pub(crate) struct Generator {
    /// By thread.
    connections: Vec<Vec<Connection>>,
    pipeline: usize,
}

impl Generator {
    pub(crate) fn connect(
        port: u16,
        connections: usize,
        pipeline: usize,
        threads: usize,
    ) -> Result<Generator> {
        let threads = threads.clamp(1, connections);
        let mut all: Vec<Vec<Connection>> = (0..threads).map(|_| vec![]).collect();
        for n in 0..connections {
            let stream = TcpStream::connect(("127.0.0.1", port))?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            all[n % threads].push(Connection::new(stream));
        }
        Ok(Generator {
            connections: all,
            pipeline,
        })
    }

    /// Sends the requests, divided among the threads.
    ///
    /// # Errors
    /// If the server returns an error or closes a connection.
    pub(crate) fn run(&mut self, requests: &Requests, until: Until) -> Result<Outcome> {
        let (threads, pipeline) = (self.connections.len(), self.pipeline);
        let begin = Instant::now();
        let outcomes = thread::scope(|scope| {
            let running: Vec<_> = (self.connections.iter_mut().enumerate())
                .map(|(n, connections)| {
                    let share = |n| requests.len() * n / threads;
                    let work = Work {
                        requests,
                        next: share(n),
                        from: share(n),
                        to: share(n + 1),
                        pipeline,
                        until,
                    };
                    scope.spawn(move || work.run(connections))
                })
                .collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| {
                let outcome: io::Result<Outcome> = thread
                    .join()
                    .map_err(|_| io::Error::other("a thread of the load generator panicked"))?;
                outcome
            };
            running
                .into_iter()
                .map(join)
                .collect::<io::Result<Vec<_>>>()
        })?;
        let mut total = Outcome {
            time: begin.elapsed(),
            ..Outcome::default()
        };
        for outcome in outcomes {
            total.calls += outcome.calls;
            total.cpu = total.cpu.max(outcome.cpu);
            total.latency.merge(&outcome.latency);
        }
        Ok(total)
    }
}

/// Runs one thread's part of a round.
struct Work<'a> {
    requests: &'a Requests,
    from: usize,
    to: usize,
    next: usize,
    pipeline: usize,
    until: Until,
}

impl Work<'_> {
    fn run(mut self, connections: &mut [Connection]) -> io::Result<Outcome> {
        let mut outcome = Outcome::default();
        let (cpu, begin) = (sys::thread_cpu()?, Instant::now());
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let mut events = vec![EpollEvent::empty(); connections.len()];
        let mut busy = 0;
        for (number, connection) in connections.iter_mut().enumerate() {
            let readable = EpollEvent::new(EpollFlags::EPOLLIN, number as u64);
            epoll.add(&connection.stream, readable)?;
            busy += usize::from(self.begin_batch(connection, begin)?);
        }
        while busy > 0 {
            let ready = match epoll.wait(&mut events, EpollTimeout::NONE) {
                Err(Errno::EINTR) => 0,
                ready => ready?,
            };
            for event in &events[..ready] {
                let number = event.data() as usize;
                let connection = &mut connections[number];
                let was_blocked = connection.is_blocked();
                if connection.go_on()? {
                    outcome.calls += connection.calls as u64;
                    outcome.latency.add(connection.began.elapsed());
                    busy -= usize::from(!self.begin_batch(connection, begin)?);
                }
                if connection.is_blocked() != was_blocked {
                    let mut wanted = EpollFlags::EPOLLIN;
                    wanted.set(EpollFlags::EPOLLOUT, connection.is_blocked());
                    let mut event = EpollEvent::new(wanted, number as u64);
                    epoll.modify(&connection.stream, &mut event)?;
                }
            }
        }
        outcome.cpu = sys::thread_cpu()? - cpu;
        Ok(outcome)
    }

    /// Sends the next calls on a connection. Returns false if no calls or no time are left.
    fn begin_batch(&mut self, connection: &mut Connection, begin: Instant) -> io::Result<bool> {
        let now = Instant::now();
        if let Until::Time(time) = self.until {
            if now - begin >= time {
                return Ok(false);
            }
            if self.next == self.to {
                self.next = self.from;
            }
        }
        let calls = self.pipeline.min(self.to - self.next);
        if calls == 0 {
            return Ok(false);
        }
        let bytes = self.requests.slice(self.next, self.next + calls);
        self.next += calls;
        connection.send(bytes, calls, calls * self.requests.replies, now)?;
        Ok(true)
    }
}
