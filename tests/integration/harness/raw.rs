//! A connection for millions of commands: bytes in, lines out, nothing in between.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::client::command;

/// A connection without a client library.
pub(crate) struct Raw {
    writer: TcpStream,
    reader: BufReader<TcpStream>,
    line: String,
}

impl Raw {
    pub(crate) fn connect(port: u16) -> Raw {
        let writer = TcpStream::connect(("127.0.0.1", port)).expect("the server takes connections");
        writer.set_nodelay(true).expect("an option");
        writer
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("an option");
        let reader =
            BufReader::with_capacity(1 << 16, writer.try_clone().expect("a second handle"));
        Raw {
            writer,
            reader,
            line: String::new(),
        }
    }

    /// Adds a command to what will be sent.
    pub(crate) fn pack<A: AsRef<[u8]>>(batch: &mut Vec<u8>, args: &[A]) {
        command(args).write_packed_command(batch);
    }

    pub(crate) fn send(&mut self, batch: &[u8]) {
        self.writer
            .write_all(batch)
            .expect("the server takes commands");
    }

    /// The next reply, which must be a string, a number or a status; of an error its line.
    pub(crate) fn receive(&mut self) -> Result<&str, String> {
        self.read_line();
        match self.line.as_bytes().first() {
            Some(b'$') => {
                self.read_line();
                Ok(self.line.trim_end())
            }
            Some(b'-') => Err(self.line.trim_end().to_owned()),
            _ => Ok(self.line.get(1..).unwrap_or_default().trim_end()),
        }
    }

    fn read_line(&mut self) {
        self.line.clear();
        self.reader
            .read_line(&mut self.line)
            .expect("the server answers");
        assert!(!self.line.is_empty(), "the server closed the connection");
    }
}
