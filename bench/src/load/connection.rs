//! One connection of the load generator, and the batch in flight on it.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use crate::resp::Replies;

/// The maximum number of bytes per read.
const READ: usize = 64 * 1024;

pub(super) struct Connection {
    pub(super) stream: TcpStream,
    /// When the batch in flight was sent.
    pub(super) began: Instant,
    /// Calls of the batch in flight.
    pub(super) calls: usize,
    /// Outstanding replies.
    awaited: usize,
    /// Bytes that the socket has not accepted yet.
    unsent: Vec<u8>,
    replies: Replies,
    room: Box<[u8]>,
    /// Bytes at the beginning of `room` that were read and not used.
    kept: usize,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Connection {
        Connection {
            stream,
            began: Instant::now(),
            calls: 0,
            awaited: 0,
            unsent: vec![],
            replies: Replies::default(),
            room: vec![0; READ].into(),
            kept: 0,
        }
    }

    /// Returns whether it waits until the socket accepts more bytes.
    pub(super) fn is_blocked(&self) -> bool {
        !self.unsent.is_empty()
    }

    pub(super) fn send(
        &mut self,
        bytes: &[u8],
        calls: usize,
        replies: usize,
        now: Instant,
    ) -> io::Result<()> {
        (self.calls, self.awaited, self.began) = (calls, replies, now);
        let sent = self.write(bytes)?;
        self.unsent.extend_from_slice(&bytes[sent..]);
        Ok(())
    }

    /// Reads and writes without blocking. Returns whether the batch is complete.
    pub(super) fn go_on(&mut self) -> io::Result<bool> {
        if self.is_blocked() {
            let bytes = std::mem::take(&mut self.unsent);
            let sent = self.write(&bytes)?;
            self.unsent.extend_from_slice(&bytes[sent..]);
        }
        let read = match self.stream.read(&mut self.room[self.kept..]) {
            Ok(0) => return Err(io::Error::other("the server closed the connection")),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        };
        let filled = self.kept + read;
        let (used, ended) = (self.replies.take(&self.room[..filled]))
            .map_err(|text| io::Error::other(format!("the server answered: {text}")))?;
        self.room.copy_within(used..filled, 0);
        self.kept = filled - used;
        self.awaited -= ended.min(self.awaited);
        Ok(self.awaited == 0 && ended > 0)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.stream.write(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            answer => answer,
        }
    }
}
