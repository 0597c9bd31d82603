//! What is compared: the module, and the ways to store links in Redis without it.
//!
//! Link number n has URL number n. Without the module, it has the code that the module's counter
//! gives to the n-th link.

mod function;
mod visitors;

use md5::{Digest as _, Md5};
use shorten_engine::code::Code;

use crate::Result;
use crate::client::Client;
use crate::load::Requests;
use crate::resp::command;
use crate::urls::Urls;
pub(crate) use function::{declare, name_of_script};

/// The counter's first number.
const FIRST: u64 = 1000;

/// How links are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Layout {
    /// By the module.
    Module,
    /// `SET code url`: one direction only.
    Keys,
    /// `HSET urls code url` and `HSET md5s md5 code`: both directions.
    Hashes,
}

impl Layout {
    pub(crate) const ALL: [Layout; 3] = [Layout::Module, Layout::Hashes, Layout::Keys];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Layout::Module => "module",
            Layout::Keys => "keys",
            Layout::Hashes => "hashes",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Layout::Module => "redis-shorten",
            Layout::Keys => "key per link",
            Layout::Hashes => "two hashes",
        }
    }

    /// The call that fills it with links.
    pub(crate) fn filling(self) -> Call {
        match self {
            Layout::Module => Call::Shorten,
            Layout::Keys => Call::Set,
            Layout::Hashes => Call::TwoHsets,
        }
    }
}

/// What is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Call {
    Resolve,
    Shorten,
    /// With an expiry, in Unix ms.
    ShortenUntil(u64),
    Visit,
    /// With the visitor's address, user agent and referer.
    VisitWithDetails,
    Get,
    Set,
    SetUntil(u64),
    Incr,
    /// What VISIT replaces: the URL and a counter, both commands sent together.
    GetIncr,
    /// code → URL.
    HgetUrl,
    /// URL → code, of a stored URL.
    HgetCode,
    TwoHsets,
    /// The Function; on servers without functions, the same code as a script.
    Function,
    /// The article's four commands, as its client sends them: look up, count, write both directions.
    Article,
}

impl Call {
    /// Returns whether it is a command of the module.
    pub(crate) fn is_ours(self) -> bool {
        matches!(
            self,
            Call::Resolve
                | Call::Shorten
                | Call::ShortenUntil(_)
                | Call::Visit
                | Call::VisitWithDetails
        )
    }

    /// Returns the number of replies to one call.
    fn replies(self) -> usize {
        match self {
            Call::TwoHsets | Call::GetIncr => 2,
            Call::Article => 4,
            _ => 1,
        }
    }
}

/// Encodes calls about links.
pub(crate) struct Caller<'a> {
    pub(crate) urls: &'a Urls,
    /// How the Function is called.
    pub(crate) function: Vec<Vec<u8>>,
    url: Vec<u8>,
}

impl<'a> Caller<'a> {
    /// `client` is connected to the server that will be called, if its layout is two hashes.
    pub(crate) fn new(urls: &'a Urls, client: Option<&mut Client>) -> Result<Caller<'a>> {
        let function = client.map_or(Ok(vec![]), declare)?;
        Ok(Caller {
            urls,
            function,
            url: vec![],
        })
    }

    /// Encodes the call for each of these links, in this order.
    pub(crate) fn requests(&mut self, call: Call, links: impl Iterator<Item = u64>) -> Requests {
        let mut requests = Requests::default();
        self.refill(&mut requests, call, links);
        requests
    }

    /// Like [`Caller::requests`], but reuses the memory of `requests`.
    pub(crate) fn refill(
        &mut self,
        requests: &mut Requests,
        call: Call,
        links: impl Iterator<Item = u64>,
    ) {
        requests.clear();
        requests.replies = call.replies();
        links.for_each(|link| requests.add(|out| self.encode(call, link, out)));
    }

    fn encode(&mut self, call: Call, link: u64, out: &mut Vec<u8>) {
        let code = Code::from_id(FIRST + link);
        let code = code.as_ref().map_or(&b""[..], Code::as_bytes);
        self.url.clear();
        self.urls.write(link, &mut self.url);
        let url = &self.url[..];
        let until = |at: u64| at.to_string().into_bytes();
        match call {
            Call::Resolve => command(out, &[b"RESOLVE", code]),
            Call::Shorten => command(out, &[b"SHORTEN", url]),
            Call::ShortenUntil(at) => command(out, &[b"SHORTEN", url, b"PXAT", &until(at)]),
            Call::Visit => command(out, &[b"VISIT", code]),
            Call::VisitWithDetails => visitors::visit(out, code, link),
            Call::Get => command(out, &[b"GET", code]),
            Call::Set => command(out, &[b"SET", code, url]),
            Call::SetUntil(at) => command(out, &[b"SET", code, url, b"PXAT", &until(at)]),
            Call::Incr => command(out, &[b"INCR", code]),
            Call::GetIncr => {
                command(out, &[b"GET", code]);
                command(out, &[b"INCR", &[b"visits:", code].concat()]);
            }
            Call::HgetUrl => command(out, &[b"HGET", b"urls", code]),
            Call::HgetCode => command(out, &[b"HGET", b"md5s", &md5(url)]),
            Call::TwoHsets => {
                command(out, &[b"HSET", b"urls", code, url]);
                command(out, &[b"HSET", b"md5s", &md5(url), code]);
            }
            Call::Function => {
                let mut words: Vec<&[u8]> = self.function.iter().map(Vec::as_slice).collect();
                let md5 = md5(url);
                words.extend([&md5[..], url]);
                command(out, &words);
            }
            Call::Article => {
                command(out, &[b"HGET", b"md5s", &md5(url)]);
                command(out, &[b"INCR", b"counter"]);
                command(out, &[b"HSET", b"urls", code, url]);
                command(out, &[b"HSET", b"md5s", &md5(url), code]);
            }
        }
    }
}

/// Returns the MD5 in hex, as the article stores it.
fn md5(url: &[u8]) -> [u8; 32] {
    let mut hex = [0; 32];
    for (byte, places) in Md5::digest(url).iter().zip(hex.chunks_exact_mut(2)) {
        places[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        places[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    hex
}
