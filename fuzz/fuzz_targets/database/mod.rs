//! A store of shards in memory, and the checks that several targets share.

use std::collections::BTreeMap;

use shorten_engine::code::Code;
use shorten_engine::code::slot::Slot;
use shorten_engine::error::Error;
use shorten_engine::settings::Settings;
use shorten_engine::visitor::Visitor;
use shorten_engine::{
    Change, Engine, ProcessCounters, Shard, ShortenRequest, StatsRequest, Store, UrlBuffer,
    VisitRequest,
};

/// Some time in 2026, Unix ms.
pub const NOW: u64 = 1_790_000_000_000;

/// The shards of one database.
#[derive(Default)]
pub struct Database {
    shards: BTreeMap<Slot, Shard>,
}

impl Store for Database {
    fn get(&mut self, slot: Slot) -> Result<Option<&Shard>, Error> {
        Ok(self.shards.get(&slot))
    }

    fn get_mut(&mut self, slot: Slot) -> Result<Option<&mut Shard>, Error> {
        Ok(self.shards.get_mut(&slot))
    }

    fn get_or_create(&mut self, slot: Slot) -> Result<&mut Shard, Error> {
        Ok(self.shards.entry(slot).or_insert_with(|| Shard::new(slot)))
    }

    fn remove(&mut self, slot: Slot) {
        self.shards.remove(&slot);
    }

    fn replicate(&mut self, _slot: Slot, _payload: &[u8]) {}

    fn notify(&mut self, _code: &Code, _change: Change) {}

    fn notify_url(&mut self, _url: &[u8]) {}
}

impl Database {
    /// Calls `command` with an engine over this database.
    pub fn with_engine<R>(&mut self, command: impl FnOnce(&mut Engine<'_, Self>) -> R) -> R {
        let (settings, counters) = (Settings::default(), ProcessCounters::new());
        command(&mut Engine {
            store: self,
            settings: &settings,
            now: NOW,
            counters: &counters,
        })
    }

    /// Everything that makes two databases equal.
    pub fn digest(&self) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        for shard in self.shards.values() {
            shard.digest(&mut |line| lines.push(line.to_vec()));
        }
        lines
    }

    /// Checks what must hold whatever bytes were accepted: the counts are right, every shard can be
    /// saved and loaded again, and commands work.
    pub fn check(&mut self) {
        for shard in self.shards.values() {
            assert_eq!(shard.growth(), shard.size().into(), "counts of a shard");
            assert_eq!(
                digest(&saved_and_loaded(shard)),
                digest(shard),
                "a saved shard"
            );
        }
        let codes = self.codes();
        for code in &codes {
            self.with_engine(|engine| {
                let info = engine.info(code.as_bytes()).expect("INFO");
                let info = info.expect("a code of a scan has a link");
                let found = engine.find(&info.url).expect("FIND");
                if let Some(found) = found {
                    let other = engine
                        .info(found.as_bytes())
                        .expect("INFO")
                        .expect("a link");
                    assert_eq!(other.url, info.url, "the index leads to another URL");
                }
                let request = StatsRequest {
                    code: code.as_bytes(),
                    ..StatsRequest::default()
                };
                engine.stats(&request).expect("STATS");
                let request = VisitRequest {
                    code: code.as_bytes(),
                    ..VisitRequest::default()
                };
                let mut url = UrlBuffer::new();
                let outcome = engine.visit(&request, |_| Visitor::default(), &mut url);
                if outcome.expect("VISIT").visited().is_some() {
                    assert_eq!(url[..], info.url[..], "VISIT returns another URL");
                }
            });
        }
        self.with_engine(|engine| {
            engine.pool_info().expect("CODEPOOL INFO");
            let request = ShortenRequest {
                url: b"https://example.com/",
                ..ShortenRequest::default()
            };
            // The counter can be exhausted.
            if let Ok(code) = engine.shorten(&request) {
                assert!(engine.info(code.as_bytes()).expect("INFO").is_some());
            }
            for code in &codes {
                engine.delete(code.as_bytes()).expect("DEL");
            }
        });
    }

    fn codes(&mut self) -> Vec<Code> {
        let (mut codes, mut cursor) = (Vec::new(), 0);
        self.with_engine(|engine| {
            loop {
                let next = engine.scan(cursor, 1000, |code| codes.push(*code));
                cursor = next.expect("SCAN");
                if cursor == 0 {
                    return;
                }
            }
        });
        codes
    }
}

/// The shard after saving and loading it.
pub fn saved_and_loaded(shard: &Shard) -> Shard {
    let mut chunks = shard.chunks();
    let head = chunks.next().expect("a head");
    let mut loaded = Shard::from_chunk(&head).expect("a head that was written");
    for chunk in chunks {
        loaded.load_chunk(&chunk).expect("a chunk that was written");
    }
    loaded
}

/// Everything that makes two shards equal.
pub fn digest(shard: &Shard) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    shard.digest(&mut |line| lines.push(line.to_vec()));
    lines
}
