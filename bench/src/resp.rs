//! The RESP protocol: encodes requests, and counts replies without parsing their content.

use std::io::Write as _;

/// Appends a command of these arguments.
pub(crate) fn command(out: &mut Vec<u8>, args: &[&[u8]]) {
    header(out, b'*', args.len());
    for arg in args {
        header(out, b'$', arg.len());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
}

fn header(out: &mut Vec<u8>, kind: u8, len: usize) {
    out.push(kind);
    if len < 10 {
        out.push(b'0' + len as u8);
        out.extend_from_slice(b"\r\n");
    } else {
        // Writing to a Vec cannot fail.
        let _ = write!(out, "{len}\r\n");
    }
}

/// Counts replies in a stream that arrives in pieces.
#[derive(Default)]
pub(crate) struct Replies {
    /// Remaining bytes of a bulk string, including its line end.
    skip: usize,
    /// Remaining elements of all unfinished replies.
    missing: usize,
}

impl Replies {
    /// Parses received bytes. Returns how many bytes were used and how many replies ended in them.
    /// The unused bytes are the beginning of a line and must be passed again with its rest.
    ///
    /// # Errors
    /// The server's error message, if a reply is an error.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(usize, usize), String> {
        let (mut at, mut ended) = (0, 0);
        loop {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len() - at);
                at += skipped;
                self.skip -= skipped;
                if self.skip > 0 {
                    return Ok((at, ended));
                }
                ended += usize::from(self.missing == 0);
            }
            let Some(len) = bytes[at..].iter().position(|&byte| byte == b'\n') else {
                return Ok((at, ended));
            };
            let line = &bytes[at..at + len];
            at += len + 1;
            self.missing = self.missing.saturating_sub(1);
            match line.first() {
                Some(b'$') => match number(line) {
                    Some(len) => self.skip = len + 2,
                    None => ended += usize::from(self.missing == 0),
                },
                Some(b'*' | b'~' | b'>') => self.missing += number(line).unwrap_or(0),
                Some(b'%') => self.missing += 2 * number(line).unwrap_or(0),
                Some(b'-') => return Err(String::from_utf8_lossy(&line[1..]).trim().into()),
                _ => {}
            }
            if self.skip == 0 && line.first() != Some(&b'$') {
                ended += usize::from(self.missing == 0);
            }
        }
    }
}

/// Returns the number in a header line, or `None` if it is negative.
fn number(line: &[u8]) -> Option<usize> {
    std::str::from_utf8(line.get(1..)?)
        .ok()?
        .trim_end()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] =
        b"+OK\r\n$-1\r\n$5\r\nhe\nlo\r\n:12\r\n*2\r\n$1\r\na\r\n*1\r\n:3\r\n$0\r\n\r\n*0\r\n_\r\n";

    #[test]
    fn a_command_is_an_array_of_bulk_strings() {
        let mut out = Vec::new();
        command(&mut out, &[b"SET", b"twelve bytes", b""]);
        assert_eq!(out, b"*3\r\n$3\r\nSET\r\n$12\r\ntwelve bytes\r\n$0\r\n\r\n");
    }

    #[test]
    fn replies_are_counted_in_a_stream_cut_anywhere() {
        for step in 1..=STREAM.len() {
            let (mut replies, mut kept, mut count) = (Replies::default(), vec![], 0);
            for piece in STREAM.chunks(step) {
                kept.extend_from_slice(piece);
                let (used, ended) = replies.take(&kept).unwrap();
                kept.drain(..used);
                count += ended;
            }
            assert_eq!((count, kept.len()), (8, 0), "in steps of {step}");
        }
    }

    #[test]
    fn an_error_reply_is_returned() {
        let told = Replies::default().take(b"+OK\r\n-ERR no\r\n");
        assert_eq!(told, Err("ERR no".into()));
    }
}
