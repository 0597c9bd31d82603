//! Where IP addresses are: the file that the setting `geoip-db` names.
//!
//! Such a file may have a hundred megabytes, so a thread of its own reads it and looks through it, while the server serves; then it takes
//! the place of the one before. CONFIG SET refuses at once what cannot be opened or is of another format; what turns out damaged later is
//! logged, and the file before stays. At the start a bad file is no reason not to serve: visits then have no place. The thread also sees when
//! the file was replaced, and reads it anew: servers before 7.0 have no CONFIG for modules, and later ones take no notice of the same path again.
//!
//! The file's bytes are part of the server's `used_memory`; while one file replaces another there are both.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use shorten_engine::error::quote;
use shorten_engine::visitor::Geo;

use super::settings;
use crate::server::log::{self, Level};
use crate::server::panic::catch_panic;

/// The longest file, in bytes: memory that the server does not have ends it.
const MAX_FILE_SIZE: u64 = 2 << 30;

/// Between two looks at whether the file was replaced. It is read when two looks see the same new file: one look may see half of it.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

static CURRENT: Mutex<Option<Arc<Geo>>> = Mutex::new(None);
static ORDER: Mutex<LoadRequest> = Mutex::new(LoadRequest {
    number: 0,
    path: "",
    is_watched: false,
    dropped: None,
});
/// There is a new order.
static REQUESTED: Condvar = Condvar::new();

/// For INFO, which must not wait for a lock: whether there is a file, and when it was made.
static LOADED: AtomicBool = AtomicBool::new(false);
static BUILT: AtomicU64 = AtomicU64::new(0);

/// Which file is wanted.
struct LoadRequest {
    /// Counts orders: a file that was read for another than the last is not put in place.
    number: u64,
    /// Empty: none.
    path: &'static str,
    /// Whether the thread runs that orders are for.
    is_watched: bool,
    /// A file no longer wanted: giving back so much memory takes its time, which is the thread's to spend.
    dropped: Option<Arc<Geo>>,
}

/// What tells a file from one that replaced it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

/// The file in use. Cheap; but whoever keeps it keeps the file in memory after it was replaced, and whoever lets go of it last
/// takes the time to free it: it is best let go of after each use.
pub(crate) fn current() -> Option<Arc<Geo>> {
    lock(&CURRENT).clone()
}

/// Whether a file is in use, and when it was made, in seconds since 1970 (0 without a file). Takes no lock.
pub(crate) fn state() -> (bool, u64) {
    (
        LOADED.load(Ordering::Relaxed),
        BUILT.load(Ordering::Relaxed),
    )
}

/// Has the file read that the settings name, if any. To be called when nothing can keep the module from being loaded any more: the thread
/// must not outlive its code.
pub(crate) fn start() {
    let path = settings::current().geoip_db.as_str();
    if path.is_empty() {
        return;
    }
    if let Err(reason) = order(path) {
        log::write(
            Level::Warning,
            &format!("{reason}; GeoIP lookups are disabled until shorten.geoip-db is set again"),
        );
    }
}

/// LoadRequests the file that the settings name, if that is another than before; without a name, drops the file in use. To be called after
/// [`start`].
///
/// # Errors
/// Why the file will not do, as far as a first look tells; the one in use stays.
pub(crate) fn follow_settings() -> Result<(), String> {
    let path = settings::current().geoip_db.as_str();
    if lock(&ORDER).path == path {
        return Ok(());
    }
    if !path.is_empty() {
        probe(path).map_err(|reason| refusal(path, &reason))?;
    }
    order(path)
}

/// Tells the thread which file is wanted; begins it, if it is the first.
///
/// # Errors
/// That there is no thread to be had.
fn order(path: &'static str) -> Result<(), String> {
    let mut order = lock(&ORDER);
    if !order.is_watched {
        let thread = thread::Builder::new().name("shorten-geo".into());
        thread
            .spawn(watch)
            .map_err(|error| refusal(path, &format!("cannot start the loader thread: {error}")))?;
        order.is_watched = true;
    }
    order.number = order.number.wrapping_add(1);
    order.path = path;
    if path.is_empty() {
        order.dropped = replace(None);
    }
    REQUESTED.notify_one();
    Ok(())
}

/// The work of the thread: reads what is ordered, and again what was replaced.
fn watch() {
    let mut done = 0;
    // The file as it was when it was read, and as the last look saw it.
    let (mut read, mut seen) = (None, None);
    loop {
        let (number, path) = next_order(done);
        if path.is_empty() {
            done = number;
            continue;
        }
        let stamp = probe(path).ok();
        let is_replaced = stamp.is_some() && stamp != read && stamp == seen;
        if number != done || is_replaced {
            // A panic must not end the thread.
            catch_panic(|| load(number, path));
            (done, read) = (number, stamp);
        }
        seen = stamp;
    }
}

/// Waits for an order after that of this number, or for the time to look again.
fn next_order(done: u64) -> (u64, &'static str) {
    let order = lock(&ORDER);
    let nap = REQUESTED.wait_timeout_while(order, POLL_INTERVAL, |order| order.number == done);
    let (mut order, _) = nap.unwrap_or_else(PoisonError::into_inner);
    let (number, path) = (order.number, order.path);
    let dropped = order.dropped.take();
    drop(order);
    drop(dropped);
    (number, path)
}

/// A first look at a file, on the server's own time: whether it can be read and ends as such files do.
fn probe(path: &str) -> Result<FileId, String> {
    let meta = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    // Opening a pipe would wait for a writer.
    if !meta.is_file() {
        return Err("not a regular file".into());
    }
    if meta.len() > MAX_FILE_SIZE {
        return Err(format!("larger than {MAX_FILE_SIZE} bytes"));
    }
    let tail = read_from(
        path,
        meta.len().saturating_sub(Geo::TAIL as u64),
        meta.len(),
    );
    if !Geo::has_metadata_marker(&tail.map_err(|error| unreadable(&error))?) {
        return Err("not a MaxMind DB file".into());
    }
    Ok(FileId {
        device: meta.dev(),
        inode: meta.ino(),
        length: meta.len(),
        modified: (meta.mtime(), meta.mtime_nsec()),
    })
}

/// The bytes of a file from one place to another, or to its end.
fn read_from(path: &str, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let length = end.saturating_sub(start);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file and puts it in place, unless something else has been ordered meanwhile.
fn load(number: u64, path: &str) {
    let begin = Instant::now();
    let outcome = read(path);
    let order = lock(&ORDER);
    if order.number != number {
        return;
    }
    match outcome {
        Ok(geo) => {
            let told = format!(
                "geoip-db: loaded {}: {} with {} distinct records, validated in {} ms",
                quote(path.as_bytes()),
                quote(geo.kind().as_bytes()),
                geo.records(),
                begin.elapsed().as_millis()
            );
            let old = replace(Some(Arc::new(geo)));
            drop(order);
            drop(old);
            log::write(Level::Notice, &told);
        }
        Err(reason) => {
            drop(order);
            let kept = match state() {
                (true, _) => "the previous file stays in use",
                (false, _) => "GeoIP lookups are disabled until shorten.geoip-db is set again",
            };
            let reason = refusal(path, &reason);
            log::write(Level::Warning, &format!("{reason}; {kept}"));
        }
    }
}

fn read(path: &str) -> Result<Geo, String> {
    let length = probe(path)?.length;
    let bytes = read_from(path, 0, length).map_err(|error| unreadable(&error))?;
    Geo::from_bytes(bytes)
}

/// Puts a file in place of the one before, which is handed back: freeing it is not a thing to do under a lock.
fn replace(new: Option<Arc<Geo>>) -> Option<Arc<Geo>> {
    LOADED.store(new.is_some(), Ordering::Relaxed);
    BUILT.store(
        new.as_ref().map_or(0, |geo| geo.build_epoch()),
        Ordering::Relaxed,
    );
    std::mem::replace(&mut *lock(&CURRENT), new)
}

/// Every value behind these locks is whole at any time, so a panic of another thread does no harm to it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot read it: {error}")
}

fn refusal(path: &str, reason: &str) -> String {
    format!(
        "geoip-db must name a MaxMind DB file, got {}: {reason}",
        quote(path.as_bytes())
    )
}
