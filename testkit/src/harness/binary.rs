//! The two files under test: the server's binary and the module.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The output of the server's `--version`.
#[derive(Clone, Debug)]
pub struct Version {
    valkey: bool,
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// Whether it is at least this version. Valkey began at 7.2 with all that Redis 7.2 has, so
    /// both share one scale.
    #[must_use]
    pub fn since(&self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }

    /// Whether it is Valkey, not Redis.
    #[must_use]
    pub fn is_valkey(&self) -> bool {
        self.valkey
    }

    /// Whether `CONFIG` and the configuration file take settings of modules.
    #[must_use]
    pub fn has_module_config(&self) -> bool {
        self.since(7, 0)
    }

    /// Whether a cluster has databases other than 0.
    #[must_use]
    pub fn has_cluster_databases(&self) -> bool {
        self.valkey && self.since(9, 0)
    }

    /// Returns whether the module caches the addresses of shards on a standalone server. It does
    /// not where COPY and MOVE would leave the client in the target's database because the module
    /// subscribes to keyspace events (Valkey's pull request 4024).
    #[must_use]
    pub fn remembers_shards(&self) -> bool {
        let number = (self.major, self.minor, self.patch);
        !self.valkey || !((8, 1, 0)..(9, 1, 2)).contains(&number)
    }

    fn parse(text: &str) -> Option<Version> {
        let number = text.split("v=").nth(1)?.split_whitespace().next()?;
        let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
        Some(Version {
            valkey: text.starts_with("Valkey"),
            major: parts.next()?,
            minor: parts.next()?,
            patch: parts.next()?,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.valkey { "Valkey" } else { "Redis" };
        write!(f, "{name} {}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The server binary under test.
pub(super) fn server() -> PathBuf {
    env::var_os("REDIS_SERVER").map_or_else(|| "redis-server".into(), PathBuf::from)
}

/// The version of the server under test.
///
/// # Panics
/// If the binary does not run or does not print its version.
pub fn version() -> &'static Version {
    static VERSION: OnceLock<Version> = OnceLock::new();
    VERSION.get_or_init(|| {
        let path = server();
        let output = Command::new(&path).arg("--version").output();
        let output =
            output.unwrap_or_else(|error| panic!("{} does not run: {error}", path.display()));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Version::parse(&text).unwrap_or_else(|| panic!("no version in {text:?}"))
    })
}

/// The module under test: `$MODULE`, else `target/release/libredis_shorten.so`, which this builds
/// first because `cargo test` does not leave a fresh cdylib behind.
pub fn module() -> &'static Path {
    static MODULE: OnceLock<PathBuf> = OnceLock::new();
    MODULE.get_or_init(|| match env::var_os("MODULE") {
        Some(path) => PathBuf::from(path)
            .canonicalize()
            .expect("MODULE names a file"),
        None => build(),
    })
}

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.parent().expect("this crate lies in the workspace")
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root().join(target)
}

fn build() -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(root())
        .args(["build", "--release", "--package", "redis-shorten"]);
    assert!(
        command.status().expect("cargo runs").success(),
        "the module does not build"
    );
    target().join("release/libredis_shorten.so")
}
