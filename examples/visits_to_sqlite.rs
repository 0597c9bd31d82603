//! Copies the visit log to an SQLite file. No visit is lost, even if the program is killed.
//!
//! ```text
//! cargo run --example visits_to_sqlite -- redis://127.0.0.1:6379 visits.sqlite
//! ```
//! It reads as a consumer group, and acknowledges entries once SQLite has them on disk. Entries
//! that were read and not acknowledged are read again at the next start. The entry's id is the key
//! of its row, so no visit is stored twice.
//!
//! A standalone server has one stream, `shorten:visits`. In a cluster each slot has one,
//! `shorten:visits:{TAG}`: run one instance per master. If a slot moves, the instance of its new
//! node continues its stream, because all instances are the same consumer of one group.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use redis::streams::{StreamId, StreamReadOptions, StreamReadReply};
use redis::{Commands as _, Connection, RedisError};
use rusqlite::{Connection as Sqlite, TransactionBehavior, params_from_iter};

const GROUP: &str = "sqlite";
const CONSUMER: &str = "visits_to_sqlite";
/// The approximate number of entries per batch.
const BATCH: usize = 500;
/// The pause when there are no new entries.
const PAUSE: Duration = Duration::from_millis(100);
/// The interval between searches for new streams.
const LOOK_AROUND: Duration = Duration::from_secs(1);

/// The fields of an entry, and the columns of the table after `stream` and `id`.
const FIELDS: [&str; 16] = [
    "code",
    "time",
    "ip",
    "user-agent",
    "referer",
    "client-id",
    "country",
    "region",
    "city",
    "isp",
    "browser",
    "browser-version",
    "os",
    "os-version",
    "device",
    "bot",
];

fn main() -> Result<(), Box<dyn Error>> {
    let [url, file] = env::args().skip(1).collect::<Vec<_>>().try_into().map_err(
        |_| "which server and which file? visits_to_sqlite redis://127.0.0.1:6379 visits.sqlite",
    )?;
    let mut sqlite = open(&file)?;
    let client = redis::Client::open(url)?;
    loop {
        let carried = client
            .get_connection()
            .map_err(Into::into)
            .and_then(|mut redis| carry(&mut redis, &mut sqlite));
        match carried {
            Err(error) if error.is::<RedisError>() => {
                eprintln!("{error}; trying again");
                thread::sleep(PAUSE);
            }
            other => return other,
        }
    }
}

fn open(file: &str) -> Result<Sqlite, rusqlite::Error> {
    let sqlite = Sqlite::open(file)?;
    sqlite.busy_timeout(Duration::from_secs(60))?;
    let columns = FIELDS.map(|field| match field {
        "time" | "bot" => format!("\"{field}\" INTEGER"),
        _ => format!("\"{field}\" TEXT"),
    });
    sqlite.execute_batch(&format!(
        "BEGIN IMMEDIATE;
         CREATE TABLE IF NOT EXISTS visits (stream TEXT, id TEXT, {}, PRIMARY KEY (stream, id)) WITHOUT ROWID;
         COMMIT",
        columns.join(", ")
    ))?;
    Ok(sqlite)
}

/// Entries of a stream.
type Batch = (String, Vec<StreamId>);

/// Copies entries until the connection fails.
fn carry(redis: &mut Connection, sqlite: &mut Sqlite) -> Result<(), Box<dyn Error>> {
    // The position in each stream: first 0, for entries that were read and not acknowledged, then
    // new entries.
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    let mut looked_around: Option<Instant> = None;
    loop {
        if looked_around.is_none_or(|then| then.elapsed() > LOOK_AROUND) {
            looked_around = Some(Instant::now());
            for stream in streams(redis)? {
                places.entry(stream).or_insert_with(|| "0".into());
            }
        }
        let mut moved = Vec::new();
        let mut read = Vec::new();
        let mut idle = true;
        for (stream, place) in &mut places {
            match next(redis, stream, place) {
                Ok(entries) if entries.is_empty() => *place = ">".into(),
                Ok(entries) => {
                    idle = false;
                    if let Some(last) = entries.last().filter(|_| place != ">") {
                        place.clone_from(&last.id);
                    }
                    read.push((stream.clone(), entries));
                    // Many streams can have a few entries each. Writing them one by one would be
                    // slow.
                    if read.iter().map(|(_, entries)| entries.len()).sum::<usize>() >= BATCH {
                        moved.extend(hand_over(redis, sqlite, &mut read)?);
                    }
                }
                Err(error) if has_moved(&error) => moved.push(stream.clone()),
                Err(error) => return Err(error.into()),
            }
        }
        moved.extend(hand_over(redis, sqlite, &mut read)?);
        for stream in moved {
            places.remove(&stream);
        }
        if idle {
            thread::sleep(PAUSE);
        }
    }
}

/// Stores entries, then acknowledges them. Returns the streams that have moved since they were
/// read: their entries are read again at the new node.
fn hand_over(
    redis: &mut Connection,
    sqlite: &mut Sqlite,
    read: &mut Vec<Batch>,
) -> Result<Vec<String>, Box<dyn Error>> {
    if read.is_empty() {
        return Ok(Vec::new());
    }
    store(sqlite, read)?;
    let mut moved = Vec::new();
    for (stream, entries) in read.drain(..) {
        let ids: Vec<_> = entries.iter().map(|entry| &entry.id).collect();
        match redis.xack::<_, _, _, ()>(&stream, GROUP, &ids) {
            Err(error) if has_moved(&error) => moved.push(stream),
            acknowledged => acknowledged?,
        }
    }
    Ok(moved)
}

/// Returns the next entries of a stream.
fn next(redis: &mut Connection, stream: &str, place: &str) -> Result<Vec<StreamId>, RedisError> {
    let options = StreamReadOptions::default()
        .group(GROUP, CONSUMER)
        .count(BATCH);
    let reply: Option<StreamReadReply> = redis.xread_options(&[stream], &[place], &options)?;
    let keys = reply.map(|reply| reply.keys).unwrap_or_default();
    Ok(keys.into_iter().flat_map(|key| key.ids).collect())
}

/// Returns the streams of this server, and creates the missing groups.
fn streams(redis: &mut Connection) -> Result<Vec<String>, RedisError> {
    let mut streams = Vec::new();
    let mut cursor = 0_u64;
    loop {
        let (next, found): (u64, Vec<String>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg(&[
                "MATCH",
                "shorten:visits*",
                "COUNT",
                "1000",
                "TYPE",
                "stream",
            ])
            .query(redis)?;
        streams.extend(found);
        cursor = next;
        if cursor == 0 {
            break;
        }
    }
    streams.retain(
        |stream| match redis.xgroup_create::<_, _, _, ()>(stream, GROUP, "0") {
            Ok(()) => true,
            Err(error) => error.code() == Some("BUSYGROUP"),
        },
    );
    Ok(streams)
}

/// Returns whether the stream's slot has moved to another node or is being moved.
fn has_moved(error: &RedisError) -> bool {
    let codes = ["MOVED", "ASK", "TRYAGAIN", "NOGROUP"];
    error.code().is_some_and(|code| codes.contains(&code))
}

/// Stores entries. They are on disk when this returns.
fn store(sqlite: &mut Sqlite, read: &[Batch]) -> Result<(), rusqlite::Error> {
    let transaction = sqlite.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Stream, id, and the fields.
    let values = format!("?, ?{}", ", ?".repeat(FIELDS.len()));
    let mut insert =
        transaction.prepare(&format!("INSERT OR IGNORE INTO visits VALUES ({values})"))?;
    for (stream, entries) in read {
        // An entry without fields was trimmed from the log after it had been read.
        for entry in entries.iter().filter(|entry| !entry.map.is_empty()) {
            let fields = FIELDS.map(|field| entry.get::<String>(field).unwrap_or_default());
            let row = [stream, &entry.id].into_iter().chain(&fields);
            insert.execute(params_from_iter(row))?;
        }
    }
    drop(insert);
    transaction.commit()
}
