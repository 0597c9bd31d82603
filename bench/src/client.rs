//! One connection for questions, one at a time.

use std::collections::HashMap;

use redis::{Connection, FromRedisValue, Value};

use crate::Result;

pub(crate) struct Client(Connection);

impl Client {
    pub(crate) fn connect(port: u16) -> Result<Client> {
        let client = redis::Client::open(("127.0.0.1", port))?;
        Ok(Client(client.get_connection()?))
    }

    /// Asks; an error is what the server said.
    pub(crate) fn ask(&mut self, args: &[&str]) -> Result<()> {
        self.answer::<Value>(args).map(drop)
    }

    /// Asks for an answer of this kind.
    pub(crate) fn answer<T: FromRedisValue>(&mut self, args: &[&str]) -> Result<T> {
        let mut command = redis::Cmd::new();
        command.arg(args);
        let answer = command.query(&mut self.0);
        answer.map_err(|error| format!("{}: {error}", args.join(" ")).into())
    }

    /// Returns the fields of a section of INFO.
    pub(crate) fn info(&mut self, section: &str) -> Result<HashMap<String, String>> {
        let text: String = self.answer(&["INFO", section])?;
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        Ok(fields
            .map(|(name, value)| (name.into(), value.into()))
            .collect())
    }

    /// Returns one number of INFO.
    pub(crate) fn info_number(&mut self, section: &str, field: &str) -> Result<u64> {
        let info = self.info(section)?;
        let value = info.get(field).and_then(|value| value.parse().ok());
        value.ok_or_else(|| format!("INFO {section} has no number {field}").into())
    }

    /// Sends a command whose reply is a number.
    pub(crate) fn number(&mut self, args: &[&str]) -> Result<u64> {
        self.answer(args)
    }
}
