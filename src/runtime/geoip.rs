//! GeoIP lookups: the file that the setting `geoip-db` names.
//!
//! Such a file may have a hundred megabytes, so a separate thread reads and validates it while the
//! server runs. Then it replaces the previous file. CONFIG SET refuses a file that cannot be opened
//! or has another format. If the thread finds the file damaged, it logs the reason and the previous
//! file stays in use. A bad file does not prevent the start of the server: visits then have no
//! location. The thread also detects when the file was replaced, and reads it again: servers before
//! 7.0 have no CONFIG for modules, and later ones ignore a CONFIG SET of the same path.
//!
//! The file's bytes are part of the server's `used_memory`. While one file replaces another, both
//! are.

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

/// Maximum size of a file in bytes. A server that cannot allocate it would abort.
const MAX_FILE_SIZE: u64 = 2 << 30;

/// Time between two checks whether the file was replaced. A new file is read when two checks in
/// turn find it, because the first can find it half written.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

static CURRENT: Mutex<Option<Arc<Geo>>> = Mutex::new(None);
static REQUEST: Mutex<LoadRequest> = Mutex::new(LoadRequest {
    number: 0,
    path: "",
    has_thread: false,
    dropped: None,
});
/// Signaled when [`REQUEST`] changes.
static REQUESTED: Condvar = Condvar::new();

/// Copies for INFO, which must not wait for a lock: whether a file is in use, and its build time.
static LOADED: AtomicBool = AtomicBool::new(false);
static BUILD_EPOCH: AtomicU64 = AtomicU64::new(0);

/// The file that the thread is to load.
struct LoadRequest {
    /// Number of the request. A file that was read for an earlier request is discarded.
    number: u64,
    /// Empty if no file is to be loaded.
    path: &'static str,
    /// Whether the thread runs.
    has_thread: bool,
    /// A file no longer in use. The thread frees it, because freeing so much memory takes time.
    dropped: Option<Arc<Geo>>,
}

/// What distinguishes a file from one that replaced it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

/// Returns the file in use, which costs a lock and a reference count. A caller that holds the file
/// keeps it in memory after it was replaced, and may have to free it. So a caller drops it after
/// each use.
pub(crate) fn current() -> Option<Arc<Geo>> {
    lock(&CURRENT).clone()
}

/// Returns whether a file is in use, and its build time in Unix seconds (0 without a file). Takes
/// no lock.
pub(crate) fn state() -> (bool, u64) {
    (
        LOADED.load(Ordering::Relaxed),
        BUILD_EPOCH.load(Ordering::Relaxed),
    )
}

/// Requests the file that the settings name, if any. It must not be called before the load of the
/// module is final, because the thread must not outlive the module's code.
pub(crate) fn start() {
    let path = settings::current().geoip_db.as_str();
    if path.is_empty() {
        return;
    }
    if let Err(reason) = request(path) {
        log::write(
            Level::Warning,
            &format!("{reason}; GeoIP lookups are disabled until shorten.geoip-db is set again"),
        );
    }
}

/// Requests the file that the settings name, if it is another than before. Without a name, drops
/// the file in use. It must not be called before [`start`].
///
/// # Errors
/// Why the file is refused, as far as [`probe`] finds out. The file in use stays.
pub(crate) fn follow_settings() -> Result<(), String> {
    let path = settings::current().geoip_db.as_str();
    if lock(&REQUEST).path == path {
        return Ok(());
    }
    if !path.is_empty() {
        probe(path).map_err(|reason| refusal(path, &reason))?;
    }
    request(path)
}

/// Passes a request to the thread, and starts the thread for the first one.
///
/// # Errors
/// The thread cannot be started.
fn request(path: &'static str) -> Result<(), String> {
    let mut request = lock(&REQUEST);
    if !request.has_thread {
        let thread = thread::Builder::new().name("shorten-geo".into());
        thread
            .spawn(watch)
            .map_err(|error| refusal(path, &format!("cannot start the loader thread: {error}")))?;
        request.has_thread = true;
    }
    request.number = request.number.wrapping_add(1);
    request.path = path;
    if path.is_empty() {
        request.dropped = replace(None);
    }
    REQUESTED.notify_one();
    Ok(())
}

/// Runs the thread: loads the requested file, and loads it again when it was replaced.
fn watch() {
    let mut done = 0;
    // The file as it was when it was loaded, and as the previous check found it.
    let (mut loaded, mut previous) = (None, None);
    loop {
        let (number, path) = wait_for_request(done);
        if path.is_empty() {
            done = number;
            continue;
        }
        let id = probe(path).ok();
        let is_replaced = id.is_some() && id != loaded && id == previous;
        if number != done || is_replaced {
            // A panic must not end the thread.
            catch_panic(|| load(number, path));
            (done, loaded) = (number, id);
        }
        previous = id;
    }
}

/// Waits for a request with another number than this, or for the time of the next check.
fn wait_for_request(done: u64) -> (u64, &'static str) {
    let request = lock(&REQUEST);
    let outcome =
        REQUESTED.wait_timeout_while(request, POLL_INTERVAL, |request| request.number == done);
    let (mut request, _) = outcome.unwrap_or_else(PoisonError::into_inner);
    let (number, path) = (request.number, request.path);
    let dropped = request.dropped.take();
    drop(request);
    drop(dropped);
    (number, path)
}

/// Checks on the main thread whether a file can be read and ends as MaxMind DB files do.
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

/// Returns the bytes of a file between two offsets, or up to its end.
fn read_from(path: &str, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let length = end.saturating_sub(start);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file and puts it in use, unless another request was made in the meantime.
fn load(number: u64, path: &str) {
    let begin = Instant::now();
    let outcome = read(path);
    let request = lock(&REQUEST);
    if request.number != number {
        return;
    }
    match outcome {
        Ok(geo) => {
            let message = format!(
                "geoip-db: loaded {}: {} with {} distinct records, validated in {} ms",
                quote(path.as_bytes()),
                quote(geo.kind().as_bytes()),
                geo.records(),
                begin.elapsed().as_millis()
            );
            let old = replace(Some(Arc::new(geo)));
            drop(request);
            drop(old);
            log::write(Level::Notice, &message);
        }
        Err(reason) => {
            drop(request);
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

/// Puts a file in use and returns the previous one, so that the caller can free it without a lock.
fn replace(new: Option<Arc<Geo>>) -> Option<Arc<Geo>> {
    LOADED.store(new.is_some(), Ordering::Relaxed);
    BUILD_EPOCH.store(
        new.as_ref().map_or(0, |geo| geo.build_epoch()),
        Ordering::Relaxed,
    );
    std::mem::replace(&mut *lock(&CURRENT), new)
}

/// Locks a mutex. The values of these mutexes are consistent at any time, so a panic of another
/// thread does not matter.
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
