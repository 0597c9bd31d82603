//! Persistence: AOF, RDB, rewrites, reloads and moved shards.

use std::fs;

use shorten_testkit::{
    Builder, EXAMPLE, SOON, STILL, Server, links, populate, text_of, wait_until,
};

/// Writes every kind of data, runs `happen` on the server, and checks that the data is unchanged.
#[track_caller]
fn survives(builder: Builder, happen: impl FnOnce(&mut Server)) {
    let mut server = builder.module_args(STILL).start();
    let mut client = server.client();
    populate(&mut client);
    let (before, digest) = (links(&mut client), client.digest());
    let pool = client.fields(&["CODEPOOL", "INFO"]);
    assert!(before.len() > 300);
    happen(&mut server);
    let mut client = server.client();
    assert_eq!(client.digest(), digest, "the digest is the same");
    assert_eq!(links(&mut client), before);
    assert_eq!(client.fields(&["CODEPOOL", "INFO"]), pool);
    assert_eq!(client.int(&["LINK.COUNT"]), before.len() as i64);
    assert_eq!(client.stat("shorten_links"), before.len() as i64);
    let next = client.text(&["SHORTEN", "https://example.com/next"]);
    assert_eq!(
        next,
        shorten_testkit::base62(1000 + 100 + 10),
        "the counter continues"
    );
}

/// Rewrites the AOF and waits until the rewrite has ended.
fn rewrite(server: &Server) {
    let mut client = server.client();
    let before = client.info("persistence")["aof_base_size"].clone();
    client.cmd(&["BGREWRITEAOF"]);
    wait_until(
        "the AOF is rewritten",
        SOON,
        || client.info("persistence"),
        |info| {
            info["aof_rewrite_in_progress"] == "0"
                && info["aof_rewrite_scheduled"] == "0"
                && info["aof_base_size"] != before
        },
    );
    assert_eq!(
        client.info("persistence")["aof_last_bgrewrite_status"],
        "ok"
    );
}

/// Returns whether a file of the AOF contains these bytes.
fn aof_has(server: &Server, bytes: &[u8]) -> bool {
    let folder = server.data().join("appendonlydir");
    let files = fs::read_dir(folder)
        .or_else(|_| fs::read_dir(server.data()))
        .unwrap();
    files.flatten().any(|file| {
        let content = fs::read(file.path()).unwrap_or_default();
        let name = file.file_name().into_string().unwrap();
        name.contains(".aof") && content.windows(bytes.len()).any(|window| window == bytes)
    })
}

#[test]
fn a_restart_from_the_aof_keeps_everything() {
    survives(Server::builder().aof("everysec"), Server::restart);
}

#[test]
fn a_restart_from_the_rdb_keeps_everything() {
    survives(Server::builder(), |server| {
        server.shutdown("SAVE");
        server.restart();
    });
}

#[test]
fn a_rewritten_aof_with_preamble_keeps_everything() {
    survives(
        Server::builder()
            .aof("everysec")
            .config("aof-use-rdb-preamble", "yes"),
        |server| {
            rewrite(server);
            assert!(!aof_has(server, b"LINK.LOAD"));
            server.restart();
        },
    );
}

#[test]
fn a_rewritten_aof_without_preamble_keeps_everything() {
    survives(
        Server::builder()
            .aof("everysec")
            .config("aof-use-rdb-preamble", "no"),
        |server| {
            rewrite(server);
            assert!(aof_has(server, b"LINK.LOAD"));
            server.restart();
        },
    );
}

#[test]
fn writes_after_an_aof_rewrite_are_kept_too() {
    for preamble in ["yes", "no"] {
        let mut server = Server::builder()
            .aof("always")
            .config("aof-use-rdb-preamble", preamble)
            .module_args(STILL)
            .start();
        let mut client = server.client();
        populate(&mut client);
        rewrite(&server);
        for n in 0..100 {
            client.text(&["SHORTEN", &format!("https://example.com/later/{n}")]);
        }
        client.text(&["VISIT", "g8"]);
        client.int(&["LINK.DEL", "g9"]);
        let (before, digest) = (links(&mut client), client.digest());
        server.restart();
        let mut client = server.client();
        assert_eq!(client.digest(), digest);
        assert_eq!(links(&mut client), before);
    }
}

#[test]
fn debug_reload_keeps_everything() {
    survives(Server::builder(), |server| {
        server.client().ok(&["DEBUG", "RELOAD"])
    });
}

#[test]
fn debug_loadaof_keeps_everything() {
    survives(Server::builder().aof("always"), |server| {
        server.client().ok(&["DEBUG", "LOADAOF"])
    });
}

#[test]
fn swapping_databases_twice_keeps_everything() {
    survives(Server::builder(), |server| {
        let mut client = server.client();
        client.ok(&["SWAPDB", "0", "1"]);
        assert_eq!(client.int(&["LINK.COUNT"]), 0);
        client.ok(&["SWAPDB", "0", "1"]);
    });
}

#[test]
fn one_shard_of_many_entries_is_kept_in_chunks() {
    let mut server = Server::builder()
        .aof("everysec")
        .config("aof-use-rdb-preamble", "no")
        .start();
    let mut client = server.client();
    // These URLs share a hash tag, so all their index entries are in one shard.
    let url = |n: usize| format!("https://example.com/{{tag}}/{n}");
    let shorten: Vec<_> = (0..100_000)
        .map(|n| vec!["SHORTEN".into(), url(n)])
        .collect();
    assert!(client.pipeline(&shorten).iter().all(Result::is_ok));
    let digest = client.digest();
    rewrite(&server);
    server.restart();
    let mut client = server.client();
    assert_eq!(client.digest(), digest);
    for n in (0..100_000).step_by(997) {
        assert_eq!(
            client.text(&["LINK.FIND", &url(n)]),
            shorten_testkit::base62(1000 + n as u64)
        );
    }
    client.ok(&["DEBUG", "RELOAD"]);
    assert_eq!(client.digest(), digest);
}

#[test]
fn an_aof_loads_whole_under_another_configuration() {
    let mut server = Server::builder()
        .aof("always")
        .module_args("expired-retention 100000 pool-min 0")
        .start();
    let mut client = server.client();
    populate(&mut client);
    client.text(&[
        "SHORTEN",
        &format!("https://example.com/{}", "long/".repeat(300)),
    ]);
    client.text(&["SHORTEN", "https://sho.rt/under-what-will-be-the-base-url"]);
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "soon-gone", "PX", "1"]);
    let (before, digest) = (links(&mut client), client.digest());
    server.shutdown("NOSAVE");
    server.reconfigure(|builder| {
        builder.module_args(
            "expired-retention 200000 max-url-length 30 allowed-schemes ftp base-url https://sho.rt/ \
             strategy pool counter-start 7 pool-min 0 pool-max 0",
        )
    });
    server.restart();
    let mut client = server.client();
    assert_eq!(client.digest(), digest);
    let mut after = links(&mut client);
    for fields in after.values_mut() {
        // The short URL is built from the current base-url.
        assert!(text_of(&fields["short-url"]).starts_with("https://sho.rt/"));
        fields.insert("short-url".into(), redis::Value::Nil);
    }
    assert_eq!(after, before);
}

#[test]
fn a_link_that_expired_while_the_server_was_down_is_reclaimed() {
    let mut server = Server::builder().aof("always").start();
    let mut client = server.client();
    for n in 0..100 {
        client.text(&["SHORTEN", EXAMPLE, "PX", "300", "ALIAS", &format!("x{n}")]);
    }
    client.text(&["SHORTEN", EXAMPLE]);
    let end = shorten_testkit::now_ms() + 300;
    server.shutdown("NOSAVE");
    wait_until("they have expired", SOON, shorten_testkit::now_ms, |now| {
        *now > end
    });
    server.restart();
    let mut client = server.client();
    client.nil(&["RESOLVE", "x1"]);
    wait_until(
        "they are reclaimed",
        SOON,
        || client.int(&["LINK.COUNT"]),
        |count| *count == 1,
    );
    server.restart();
    assert_eq!(server.client().int(&["LINK.COUNT"]), 1);
}
