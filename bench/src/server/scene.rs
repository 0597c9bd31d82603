//! The parent folder of all servers' folders, and its removal.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Result;
use crate::sys;

static SCENE: OnceLock<PathBuf> = OnceLock::new();

/// Removes everything when dropped.
pub(crate) struct Scene(());

/// Creates the folder, which is removed on Ctrl-C too. The servers end by themselves: see
/// [`sys::die_with_parent`].
pub(crate) fn enter() -> Result<Scene> {
    let path = std::env::temp_dir().join(format!("shorten-bench-{}", std::process::id()));
    fs::create_dir_all(&path)?;
    SCENE.get_or_init(|| path);
    sys::on_interrupt(clear)?;
    Ok(Scene(()))
}

impl Drop for Scene {
    fn drop(&mut self) {
        clear();
    }
}

fn clear() {
    if let Some(path) = SCENE.get() {
        // A failure to remove it cannot be handled.
        let _ = fs::remove_dir_all(path);
    }
}

/// Creates a folder for one server.
pub(crate) fn folder() -> Result<PathBuf> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = (SCENE.get().ok_or("no folder to work in")?).join(number.to_string());
    fs::create_dir(&path)?;
    Ok(path)
}
