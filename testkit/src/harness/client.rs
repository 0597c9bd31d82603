//! One connection, with a method for each kind of reply a test expects.

use std::collections::BTreeMap;
use std::time::Duration;

use redis::{Cmd, Connection, ConnectionLike, RedisError, Value};

use super::reply::{Fields, fields_of, items_of, text_of};

/// A connection to a server under test. What is not as expected fails the test at the caller's
/// line.
///
/// Each argument is any bytes.
pub struct Client(Connection);

/// A command of any number of arguments, each any bytes.
pub(super) fn command<A: AsRef<[u8]>>(args: &[A]) -> Cmd {
    let mut command = Cmd::new();
    for arg in args {
        command.arg(arg.as_ref());
    }
    command
}

/// The error line as the server sent it, without the leading `-`.
fn line(error: &RedisError) -> String {
    match (error.code(), error.detail()) {
        (Some(code), Some(detail)) => format!("{code} {detail}"),
        (Some(code), None) => code.to_owned(),
        _ => format!("(connection) {error}"),
    }
}

impl Client {
    /// Connects to a server on loopback. `protocol` is 2 or 3. A reply that takes longer than a
    /// minute is an error.
    ///
    /// # Errors
    /// If the connection is not accepted within ten seconds.
    pub fn connect(port: u16, protocol: u8) -> redis::RedisResult<Client> {
        let client =
            redis::Client::open(format!("redis://127.0.0.1:{port}/?protocol=resp{protocol}"))?;
        let connection = client.get_connection_with_timeout(Duration::from_secs(10))?;
        // A server that hangs must fail the test instead of hanging it.
        connection.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Client(connection))
    }

    /// Any reply.
    ///
    /// # Errors
    /// The line of an error as the server sent it, or one that begins with `(connection)`.
    pub fn try_cmd<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Result<Value, String> {
        match self.0.req_command(&command(args)) {
            Ok(Value::ServerError(error)) => Err(line(&error.into())),
            Ok(value) => Ok(value),
            Err(error) => Err(line(&error)),
        }
    }

    /// Any reply that is no error.
    #[track_caller]
    pub fn cmd<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Value {
        match self.try_cmd(args) {
            Ok(value) => value,
            Err(error) => panic!("{}: {error}", spelled(args)),
        }
    }

    /// The line of the error that the command must be refused with.
    #[track_caller]
    pub fn error<A: AsRef<[u8]>>(&mut self, args: &[A]) -> String {
        match self.try_cmd(args) {
            Err(error) => error,
            Ok(value) => panic!("{} was not refused: {value:?}", spelled(args)),
        }
    }

    /// The line of the error that the command must be refused with, which begins with this word.
    #[track_caller]
    pub fn refused<A: AsRef<[u8]>>(&mut self, word: &str, args: &[A]) -> String {
        let error = self.error(args);
        assert_eq!(
            error.split(' ').next(),
            Some(word),
            "{} was refused with: {error}",
            spelled(args)
        );
        error
    }

    /// A string, or an integer as its digits.
    #[track_caller]
    pub fn text<A: AsRef<[u8]>>(&mut self, args: &[A]) -> String {
        text_of(&self.cmd(args))
    }

    /// The bytes of a bulk string.
    #[track_caller]
    pub fn bytes<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Vec<u8> {
        match self.cmd(args) {
            Value::BulkString(bytes) => bytes,
            other => panic!("{} answered no bulk string: {other:?}", spelled(args)),
        }
    }

    /// An integer.
    #[track_caller]
    pub fn int<A: AsRef<[u8]>>(&mut self, args: &[A]) -> i64 {
        match self.cmd(args) {
            Value::Int(number) => number,
            other => panic!("{} answered no integer: {other:?}", spelled(args)),
        }
    }

    /// Expects nil.
    #[track_caller]
    pub fn nil<A: AsRef<[u8]>>(&mut self, args: &[A]) {
        let value = self.cmd(args);
        assert_eq!(value, Value::Nil, "{}", spelled(args));
    }

    /// Expects OK.
    #[track_caller]
    pub fn ok<A: AsRef<[u8]>>(&mut self, args: &[A]) {
        let value = self.cmd(args);
        assert_eq!(value, Value::Okay, "{}", spelled(args));
    }

    /// The elements of an array or a set.
    #[track_caller]
    pub fn items<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Vec<Value> {
        items_of(self.cmd(args))
    }

    /// The elements of an array or a set of strings.
    #[track_caller]
    pub fn texts<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Vec<String> {
        self.items(args).iter().map(text_of).collect()
    }

    /// The fields of a map, or of the flat array that stands for it under RESP2.
    #[track_caller]
    pub fn fields<A: AsRef<[u8]>>(&mut self, args: &[A]) -> Fields {
        fields_of(self.cmd(args))
    }

    /// The `name:value` lines of a section of INFO.
    #[track_caller]
    pub fn info(&mut self, section: &str) -> BTreeMap<String, String> {
        let text = self.text(&["INFO", section]);
        text.lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    /// One number of `INFO shorten`.
    #[track_caller]
    pub fn stat(&mut self, field: &str) -> i64 {
        let fields = self.info("shorten");
        let value = fields
            .get(field)
            .unwrap_or_else(|| panic!("no {field} in INFO shorten: {fields:?}"));
        value
            .parse()
            .unwrap_or_else(|_| panic!("{field} is no integer: {value}"))
    }

    /// The digest of all data, as DEBUG DIGEST computes it.
    #[track_caller]
    pub fn digest(&mut self) -> String {
        self.text(&["DEBUG", "DIGEST"])
    }

    /// Sends all commands at once and gives back their replies in order.
    #[track_caller]
    pub fn pipeline<A: AsRef<[u8]>>(&mut self, commands: &[Vec<A>]) -> Vec<Result<Value, String>> {
        let mut packed = Vec::new();
        for args in commands {
            command(args).write_packed_command(&mut packed);
        }
        self.0
            .send_packed_command(&packed)
            .expect("the commands are sent");
        commands.iter().map(|_| self.receive()).collect()
    }

    /// Sends without waiting for the reply; returns whether the connection took it.
    pub fn send<A: AsRef<[u8]>>(&mut self, args: &[A]) -> bool {
        self.0
            .send_packed_command(&command(args).get_packed_command())
            .is_ok()
    }

    /// The next reply to what was sent.
    ///
    /// # Errors
    /// As [`Client::try_cmd`].
    pub fn receive(&mut self) -> Result<Value, String> {
        match self.0.recv_response() {
            Ok(Value::ServerError(error)) => Err(line(&error.into())),
            Ok(value) => Ok(value),
            Err(error) => Err(line(&error)),
        }
    }
}

/// A command for a failure's message, long arguments shortened.
fn spelled<A: AsRef<[u8]>>(args: &[A]) -> String {
    let words = args.iter().map(|arg| {
        let bytes = arg.as_ref();
        bytes[..bytes.len().min(80)].escape_ascii().to_string()
    });
    words.collect::<Vec<_>>().join(" ")
}
