//! One connection for questions, one at a time.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use crate::Result;
use crate::resp;

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

/// An answer.
#[derive(Debug)]
pub(crate) enum Reply {
    Text(String),
    Number(i64),
    Nothing,
    /// An array: nobody here looks into one.
    Many,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Result<Client> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Client {
            stream: BufReader::new(stream),
        })
    }

    /// Asks; an error is what the server said.
    pub(crate) fn ask(&mut self, args: &[&str]) -> Result<Reply> {
        let bytes: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
        self.ask_bytes(&bytes)
    }

    pub(crate) fn ask_bytes(&mut self, args: &[&[u8]]) -> Result<Reply> {
        let mut request = vec![];
        resp::command(&mut request, args);
        self.stream.get_mut().write_all(&request)?;
        self.reply()
    }

    /// The fields of a section of INFO.
    pub(crate) fn info(&mut self, section: &str) -> Result<HashMap<String, String>> {
        let text = match self.ask(&["INFO", section])? {
            Reply::Text(text) => text,
            other => return Err(format!("INFO answered {other:?}").into()),
        };
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        Ok(fields
            .map(|(name, value)| (name.into(), value.into()))
            .collect())
    }

    /// One number of INFO.
    pub(crate) fn figure(&mut self, section: &str, field: &str) -> Result<u64> {
        let info = self.info(section)?;
        let value = info.get(field).and_then(|value| value.parse().ok());
        value.ok_or_else(|| format!("INFO {section} has no number {field}").into())
    }

    /// A question that is answered by a number.
    pub(crate) fn number(&mut self, args: &[&str]) -> Result<u64> {
        match self.ask(args)? {
            Reply::Number(number) => Ok(u64::try_from(number)?),
            other => Err(format!("{args:?} answered {other:?}").into()),
        }
    }

    fn reply(&mut self) -> Result<Reply> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the server closed the connection".into());
        }
        let line = line.trim_end();
        let (kind, rest) = line.split_at_checked(1).unwrap_or(("", line));
        match kind {
            "+" => Ok(Reply::Text(rest.into())),
            "-" => Err(rest.into()),
            ":" => Ok(Reply::Number(rest.parse()?)),
            "$" | "*" if rest == "-1" => Ok(Reply::Nothing),
            "$" => {
                let mut bytes = vec![0; rest.parse::<usize>()? + 2];
                self.stream.read_exact(&mut bytes)?;
                bytes.truncate(bytes.len() - 2);
                Ok(Reply::Text(String::from_utf8_lossy(&bytes).into()))
            }
            "*" => {
                for _ in 0..rest.parse::<usize>()? {
                    self.reply()?;
                }
                Ok(Reply::Many)
            }
            _ => Err(format!("no reply of the protocol: {line:?}").into()),
        }
    }
}
