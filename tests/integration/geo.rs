//! The GeoIP file: loaded in the background, replaced, refused.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use shorten_testkit::mmdb::{Mmdb, flat};
use shorten_testkit::{Client, SOON, Server, requires, wait_until};

mod visits;

/// A temporary folder for files.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Creates or replaces a file atomically.
    fn put(&self, name: &str, bytes: &[u8]) -> String {
        let fresh = self.path("fresh");
        fs::write(&fresh, bytes).expect("a file is written");
        fs::rename(&fresh, self.path(name)).expect("a file is renamed");
        text(&self.path(name))
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("a plain path").into()
}

/// Returns a small file with this build epoch. It contains Google's resolvers.
fn small(built: u64) -> Vec<u8> {
    let record = flat(&[
        ("country_code", "US"),
        ("state1", "California"),
        ("city", "Mountain View"),
        ("isp", "Google"),
    ]);
    let file = Mmdb::new(6, 24)
        .network("8.8.8.0/24", &record)
        .network("2001:4860::/32", &record);
    file.built(built).build()
}

/// Returns a file whose end is valid and whose search tree is not.
fn damaged() -> Vec<u8> {
    let mut bytes = small(8);
    bytes[..6].fill(0xff);
    bytes
}

/// Waits until the file in use has this build epoch. 0 stands for no file.
#[track_caller]
fn wait_for(client: &mut Client, built: i64) {
    wait_until(
        "the file is in use",
        SOON,
        || client.stat("shorten_geoip_build_epoch"),
        |seen| *seen == built,
    );
    assert_eq!(client.stat("shorten_geoip_loaded"), i64::from(built != 0));
}

#[track_caller]
fn set(client: &mut Client, path: &str) {
    client.ok(&["CONFIG", "SET", "shorten.geoip-db", path]);
}

/// Waits until every server has looked at its file again, at least this many times.
///
/// Another server shows it: it loads a replaced file once two of its polls have seen the file, and
/// all servers poll at the same interval.
fn wait_for_polls(polls: i64) {
    let folder = Folder::new();
    let path = folder.put("polled.mmdb", &small(1));
    let server = Server::builder()
        .module_args(&format!("geoip-db {path}"))
        .start();
    let mut client = server.client();
    wait_for(&mut client, 1);
    for built in 2..=polls + 1 {
        folder.put("polled.mmdb", &small(built.unsigned_abs()));
        wait_for(&mut client, built);
    }
}

/// Returns how many times a file was loaded.
fn loads(server: &Server) -> usize {
    server.log().matches("geoip-db: loaded").count()
}

#[test]
fn a_file_named_at_the_start_comes_into_use() {
    let folder = Folder::new();
    let path = folder.put("a.mmdb", &small(7));
    let server = Server::builder()
        .module_args(&format!("geoip-db {path}"))
        .start();
    wait_for(&mut server.client(), 7);
}

#[test]
fn a_file_named_in_redis_conf_comes_into_use() {
    requires!(since(7, 0), "settings of modules in redis.conf");
    let folder = Folder::new();
    let path = folder.put("a.mmdb", &small(7));
    let server = Server::builder().config("shorten.geoip-db", &path).start();
    wait_for(&mut server.client(), 7);
    assert_eq!(
        loads(&server),
        1,
        "once, not by load arguments and redis.conf both"
    );
}

#[test]
fn a_bad_file_at_start_is_logged_and_loaded_once_it_is_repaired() {
    let folder = Folder::new();
    let missing = text(&folder.path("missing.mmdb"));
    let damaged = folder.put("damaged.mmdb", &damaged());
    for (path, reason) in [(missing, "No such file"), (damaged, "damaged")] {
        let server = Server::builder()
            .module_args(&format!("geoip-db {path}"))
            .start();
        let mut client = server.client();
        let code = client.text(&["SHORTEN", "https://example.com/"]);
        assert_eq!(client.text(&["VISIT", &code]), "https://example.com/");
        wait_until(
            "the reason is logged",
            SOON,
            || server.log(),
            |log| log.contains(reason),
        );
        wait_for(&mut client, 0);
        fs::write(&path, small(7)).unwrap();
        wait_for(&mut client, 7);
    }
}

#[test]
fn config_set_loads_a_file_and_an_empty_path_unloads_it() {
    requires!(since(7, 0), "CONFIG for modules");
    let folder = Folder::new();
    let (first, second) = (
        folder.put("a.mmdb", &small(7)),
        folder.put("b.mmdb", &small(8)),
    );
    let server = Server::start();
    let mut client = server.client();
    wait_for(&mut client, 0);
    for _ in 0..3 {
        set(&mut client, &first);
        wait_for(&mut client, 7);
        set(&mut client, &second);
        wait_for(&mut client, 8);
        set(&mut client, "");
        wait_for(&mut client, 0);
    }
    // The last file set stays in use.
    for path in [&first, &second, "", &first, &second, &first, "", &second] {
        set(&mut client, path);
    }
    wait_for(&mut client, 8);
}

#[test]
fn the_server_serves_while_a_file_is_read() {
    requires!(since(7, 0), "CONFIG for modules");
    let mut file = Mmdb::new(4, 28).built(7);
    for n in 0..100_000 {
        let city = format!("{n} {}", "x".repeat(50));
        file = file.network(
            &format!("{}.{}.{}.0/24", n >> 16, n >> 8 & 255, n & 255),
            &flat(&[("city", &city)]),
        );
    }
    let folder = Folder::new();
    let path = folder.put("large.mmdb", &file.build());
    let server = Server::start();
    let mut client = server.client();
    set(&mut client, &path);
    let mut served = 0;
    while client.stat("shorten_geoip_loaded") == 0 {
        client.text(&["SHORTEN", &format!("https://example.com/{served}")]);
        served += 1;
        assert!(served < 1_000_000, "{}", server.log());
    }
    assert!(
        served > 10,
        "{served} commands were served while the file was read"
    );
}

#[test]
fn a_bad_file_is_refused_with_a_reason_and_the_one_in_use_stays() {
    requires!(since(7, 0), "CONFIG for modules");
    let folder = Folder::new();
    let good = folder.put("good.mmdb", &small(7));
    let (missing, page) = (
        text(&folder.path("missing.mmdb")),
        folder.put("page.mmdb", b"<html>404</html>"),
    );
    let server = Server::start();
    let mut client = server.client();
    for before in [0, 7] {
        for (path, reason) in [
            (missing.as_str(), "No such file"),
            (&text(folder.0.path()), "not a regular file"),
            ("/dev/zero", "not a regular file"),
            (&page, "not a MaxMind DB file"),
            (&folder.put("empty.mmdb", b""), "not a MaxMind DB file"),
        ] {
            let error = client.refused("ERR", &["CONFIG", "SET", "shorten.geoip-db", path]);
            assert!(error.contains(reason), "{path}: {error}");
            // If one of two settings in a CONFIG SET is refused, neither takes effect.
            client.refused(
                "ERR",
                &[
                    "CONFIG",
                    "SET",
                    "shorten.strategy",
                    "hash",
                    "shorten.geoip-db",
                    path,
                ],
            );
            assert_eq!(
                client.texts(&["CONFIG", "GET", "shorten.strategy"])[1],
                "counter"
            );
            let named = if before == 0 { "" } else { &good };
            assert_eq!(
                client.texts(&["CONFIG", "GET", "shorten.geoip-db"])[1],
                named
            );
            wait_for(&mut client, before);
        }
        set(&mut client, &good);
        wait_for(&mut client, 7);
    }
    assert_eq!(loads(&server), 1);
}

#[test]
fn a_file_found_damaged_while_loading_is_logged_and_the_old_one_stays() {
    requires!(since(7, 0), "CONFIG for modules");
    let folder = Folder::new();
    let good = folder.put("good.mmdb", &small(7));
    let damaged = folder.put("damaged.mmdb", &damaged());
    let server = Server::start();
    let mut client = server.client();
    set(&mut client, &good);
    wait_for(&mut client, 7);
    set(&mut client, &damaged);
    wait_until(
        "the damage is logged",
        SOON,
        || server.log(),
        |log| log.contains("the previous file stays in use"),
    );
    wait_for(&mut client, 7);
    // Once repaired, it is loaded.
    folder.put("damaged.mmdb", &small(9));
    wait_for(&mut client, 9);
}

#[test]
fn a_replaced_file_is_reloaded_automatically() {
    let folder = Folder::new();
    let path = folder.put("a.mmdb", &small(7));
    let server = Server::builder()
        .module_args(&format!("geoip-db {path}"))
        .start();
    let mut client = server.client();
    wait_for(&mut client, 7);
    folder.put("a.mmdb", &small(8));
    wait_for(&mut client, 8);
    // A file that is overwritten in place is reloaded too.
    fs::write(&path, small(9)).unwrap();
    wait_for(&mut client, 9);
    // An incomplete file is ignored until it is complete.
    fs::write(&path, "half of it").unwrap();
    wait_for_polls(2);
    wait_for(&mut client, 9);
    fs::write(&path, small(10)).unwrap();
    wait_for(&mut client, 10);
    assert_eq!(loads(&server), 4, "{}", server.log());
}

#[test]
fn a_file_may_be_deleted_once_it_is_in_use() {
    requires!(since(7, 0), "CONFIG for modules");
    let folder = Folder::new();
    let path = folder.put("a.mmdb", &small(7));
    let server = Server::start();
    let mut client = server.client();
    set(&mut client, &path);
    wait_for(&mut client, 7);
    fs::remove_file(&path).unwrap();
    client.ok(&["CONFIG", "SET", "shorten.strategy", "hash"]);
    wait_for_polls(1);
    wait_for(&mut client, 7);
    set(&mut client, "");
    wait_for(&mut client, 0);
}
