//! A connection for millions of commands, without a client library.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::client::command;

/// A connection that sends bytes and reads replies of one line.
#[derive(Debug)]
pub struct Raw {
    writer: TcpStream,
    reader: BufReader<TcpStream>,
    line: String,
}

impl Raw {
    /// Connects to a server on loopback. A reply that takes longer than a minute fails the test.
    #[must_use]
    pub fn connect(port: u16) -> Raw {
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
    pub fn pack<A: AsRef<[u8]>>(batch: &mut Vec<u8>, args: &[A]) {
        command(args).write_packed_command(batch);
    }

    /// Sends what was packed.
    pub fn send(&mut self, batch: &[u8]) {
        self.writer
            .write_all(batch)
            .expect("the server takes commands");
    }

    /// The next reply, which must be a string of one line, an integer, a status or an error.
    ///
    /// # Errors
    /// The line of an error, with the leading `-`.
    pub fn receive(&mut self) -> Result<&str, String> {
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
