//! A file of URLs survives every kind of reload: `make real URLS=file`. Without a file, a few
//! thousand generated URLs are used.

use std::collections::HashSet;
use std::time::Instant;
use std::{env, fs};

use redis::Value;

use shorten_testkit::{Client, SOON, Server, text_of, urls, wait_until};

const BATCH: usize = 1000;

fn lines() -> Vec<String> {
    match env::var("URLS") {
        Ok(path) => {
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
            text.lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect()
        }
        Err(_) => urls(3000),
    }
}

/// Shortens all URLs, in order.
#[track_caller]
fn shorten(client: &mut Client, urls: &[String]) -> Vec<String> {
    let mut codes = Vec::with_capacity(urls.len());
    for batch in urls.chunks(BATCH) {
        let commands: Vec<_> = batch.iter().map(|url| vec!["SHORTEN", url]).collect();
        for (url, reply) in batch.iter().zip(client.pipeline(&commands)) {
            codes.push(text_of(
                &reply.unwrap_or_else(|error| panic!("{url}: {error}")),
            ));
        }
    }
    codes
}

/// Checks that every code resolves to the bytes of its URL.
#[track_caller]
fn resolve(client: &mut Client, urls: &[String], codes: &[String]) {
    for (urls, codes) in urls.chunks(BATCH).zip(codes.chunks(BATCH)) {
        let commands: Vec<_> = codes.iter().map(|code| vec!["RESOLVE", code]).collect();
        for ((url, code), reply) in urls.iter().zip(codes).zip(client.pipeline(&commands)) {
            assert_eq!(
                reply,
                Ok(Value::BulkString(url.as_bytes().to_vec())),
                "{code}"
            );
        }
    }
}

/// Checks what must always hold: all codes resolve, shortening again creates nothing, the data is
/// unchanged.
#[track_caller]
fn check(what: &str, client: &mut Client, urls: &[String], codes: &[String], digest: &str) {
    let start = Instant::now();
    assert_eq!(client.digest(), digest, "{what}");
    resolve(client, urls, codes);
    assert_eq!(shorten(client, urls), codes, "{what}");
    assert_eq!(
        client.digest(),
        digest,
        "{what}: shortening again makes no new link"
    );
    println!(
        "{what}: all {} the same, checked in {:?}",
        urls.len(),
        start.elapsed()
    );
}

fn rewrite(client: &mut Client, preamble: &str) {
    client.ok(&["CONFIG", "SET", "aof-use-rdb-preamble", preamble]);
    client.cmd(&["BGREWRITEAOF"]);
    wait_until(
        "the AOF is rewritten",
        SOON * 2,
        || client.info("persistence"),
        |info| info["aof_rewrite_in_progress"] == "0" && info["aof_rewrite_scheduled"] == "0",
    );
    assert_eq!(
        client.info("persistence")["aof_last_bgrewrite_status"],
        "ok"
    );
}

#[test]
fn real_urls_survive_reloads_replication_and_aof_rewrites() {
    let urls = lines();
    let mut server = Server::builder().aof("everysec").start();
    let early = Server::builder().replica_of(&server).start();
    server.same_as(&early);

    let mut client = server.client();
    let memory = |client: &mut Client| {
        client.info("memory")["used_memory"]
            .parse::<usize>()
            .unwrap()
    };
    let empty = memory(&mut client);
    let codes = shorten(&mut client, &urls);
    let links = client.int(&["LINK.COUNT"]) as usize;
    assert_eq!(
        links,
        urls.iter().collect::<HashSet<_>>().len(),
        "one link for each distinct URL"
    );
    println!(
        "{}: {links} links, {} bytes of the server's memory and {} by INFO shorten for each",
        shorten_testkit::version(),
        (memory(&mut client) - empty) / links,
        client.stat("shorten_memory_bytes") as usize / links
    );
    let digest = client.digest();
    check("fresh", &mut client, &urls, &codes, &digest);
    let calls = client.info("commandstats");
    for name in ["cmdstat_shorten", "cmdstat_resolve"] {
        println!("{name}: {}", calls[name]);
    }

    server.restart();
    check(
        "restarted from the AOF",
        &mut server.client(),
        &urls,
        &codes,
        &digest,
    );
    for preamble in ["no", "yes"] {
        rewrite(&mut server.client(), preamble);
        server.restart();
        check(
            &format!("AOF rewritten, preamble {preamble}"),
            &mut server.client(),
            &urls,
            &codes,
            &digest,
        );
    }
    server.same_as(&early);
    let late = Server::builder()
        .config("repl-diskless-load", "swapdb")
        .replica_of(&server)
        .start();
    server.same_as(&late);
    for (what, replica) in [
        ("the replica attached early", early),
        ("the replica attached late", late),
    ] {
        let mut client = replica.client();
        assert_eq!(client.digest(), digest, "{what}");
        resolve(&mut client, &urls, &codes);
    }
}

#[test]
fn real_urls_survive_a_restart_from_the_rdb() {
    let urls = lines();
    let mut server = Server::start();
    let mut client = server.client();
    let codes = shorten(&mut client, &urls);
    let digest = client.digest();
    server.shutdown("SAVE");
    server.restart();
    check(
        "restarted from the RDB",
        &mut server.client(),
        &urls,
        &codes,
        &digest,
    );
}
