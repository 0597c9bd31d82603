//! A replica has the data of its master, byte for byte.

use std::thread;

use shorten_testkit::{EXAMPLE, SOON, STILL, Server, links, now_ms, populate, version, wait_until};

#[test]
fn every_write_reaches_a_replica() {
    let master = Server::builder().module_args(STILL).start();
    let replica = Server::builder()
        .module_args(STILL)
        .replica_of(&master)
        .start();
    master.same_as(&replica);
    populate(&mut master.client());
    master.same_as(&replica);
    assert_eq!(links(&mut master.client()), links(&mut replica.client()));
}

#[test]
fn a_replica_attached_later_by_diskless_sync_has_all_data() {
    let master = Server::builder().module_args(STILL).start();
    populate(&mut master.client());
    for load in ["disabled", "on-empty-db", "swapdb"] {
        let replica = Server::builder()
            .module_args(STILL)
            .config("repl-diskless-load", load)
            .replica_of(&master)
            .start();
        master.same_as(&replica);
        assert_eq!(
            links(&mut master.client()),
            links(&mut replica.client()),
            "{load}"
        );
        assert_eq!(
            replica.client().stat("shorten_links"),
            master.client().stat("shorten_links"),
            "{load}"
        );
        master.client().text(&["SHORTEN", EXAMPLE, "NEW"]);
        master.same_as(&replica);
    }
}

#[test]
fn a_full_resync_replaces_all_data_of_a_replica() {
    let first = Server::builder().module_args(STILL).start();
    let second = Server::builder().module_args(STILL).start();
    populate(&mut first.client());
    second.client().text(&["SHORTEN", EXAMPLE]);
    for load in ["disabled", "swapdb"] {
        let replica = Server::builder()
            .module_args(STILL)
            .config("repl-diskless-load", load)
            .replica_of(&first)
            .start();
        first.same_as(&replica);
        replica
            .client()
            .ok(&["REPLICAOF", "127.0.0.1", &second.port().to_string()]);
        let _ = wait_until(
            "it follows the other",
            SOON,
            || replica.client().try_cmd(&["LINK.COUNT"]),
            |count| *count == Ok(redis::Value::Int(1)),
        );
        second.same_as(&replica);
        wait_until(
            "its totals too",
            SOON,
            || replica.client().stat("shorten_links"),
            |links| *links == 1,
        );
    }
}

#[test]
fn a_replica_with_other_settings_stays_equal() {
    let master = Server::builder().module_args(STILL).start();
    let otherwise = "strategy pool counter-start 7 pool-min 10 pool-max 20 allowed-schemes ftp max-url-length 20 \
                     base-url https://www.example.com/ expired-retention 0";
    let replica = Server::builder()
        .module_args(otherwise)
        .replica_of(&master)
        .start();
    master.same_as(&replica);
    populate(&mut master.client());
    master.same_as(&replica);
    let late = Server::builder()
        .module_args(otherwise)
        .replica_of(&master)
        .start();
    master.same_as(&late);
}

#[test]
fn a_replica_of_a_replica_has_the_same() {
    let master = Server::builder().module_args(STILL).start();
    let middle = Server::builder()
        .module_args(STILL)
        .replica_of(&master)
        .start();
    let last = Server::builder()
        .module_args(STILL)
        .replica_of(&middle)
        .start();
    populate(&mut master.client());
    master.same_as(&middle);
    middle.same_as(&last);
    assert_eq!(master.client().digest(), last.client().digest());
}

#[test]
fn four_writers_at_once_leave_master_and_replica_equal() {
    let master = Server::builder()
        .module_args("pool-min 500 pool-max 1000")
        .start();
    let replica = Server::builder().replica_of(&master).start();
    master.same_as(&replica);
    thread::scope(|scope| {
        for writer in 0..4 {
            let master = &master;
            scope.spawn(move || {
                let mut client = master.client();
                for n in 0..1500 {
                    let url = format!("https://example.com/{}", (n * 7 + writer) % 900);
                    let code = client.text(&[
                        "SHORTEN",
                        &url,
                        "STRATEGY",
                        ["COUNTER", "HASH", "POOL"][n % 3],
                    ]);
                    match n % 5 {
                        0 => drop(client.cmd(&["VISIT", &code])),
                        1 => drop(client.cmd(&["LINK.DEL", &code])),
                        2 => drop(client.cmd(&["SHORTEN", &url, "PX", "20"])),
                        3 => drop(client.cmd(&["LINK.SET", &code, &url, "NOTE", "n", "EX", "1"])),
                        _ => drop(client.cmd(&["CODEPOOL", "TAKE", "3"])),
                    }
                }
            });
        }
    });
    // The timer reclaims the last expired links and refills the pool. After that nothing is left to
    // send.
    let mut client = master.client();
    wait_until(
        "all has expired that will",
        SOON,
        || links(&mut client),
        |links| {
            links
                .values()
                .all(|fields| fields["expires"] == redis::Value::Nil)
        },
    );
    wait_until(
        "the pool is full",
        SOON,
        || client.int(&["CODEPOOL", "SIZE"]),
        |size| *size >= 500,
    );
    master.same_as(&replica);
}

#[test]
fn a_promoted_replica_continues_the_counter_and_reclaims_links() {
    let mut master = Server::builder().module_args("expired-retention 1").start();
    let replica = Server::builder()
        .module_args("expired-retention 1")
        .replica_of(&master)
        .start();
    let mut client = master.client();
    for n in 0..50 {
        client.text(&["SHORTEN", &format!("https://example.com/{n}")]);
    }
    client.text(&["SHORTEN", EXAMPLE, "ALIAS", "brief", "PX", "1"]);
    master.same_as(&replica);
    master.kill9();
    let mut client = replica.client();
    client.ok(&["REPLICAOF", "NO", "ONE"]);
    assert_eq!(
        client.text(&["SHORTEN", EXAMPLE]),
        shorten_testkit::base62(1050)
    );
    wait_until(
        "it reclaims now",
        SOON,
        || client.int(&["LINK.COUNT"]),
        |count| *count == 51,
    );
}

#[test]
fn timers_write_nothing_while_writes_are_paused() {
    let master = Server::builder()
        .module_args("pool-min 100 pool-max 2000")
        .start();
    let replica = Server::builder().replica_of(&master).start();
    master.same_as(&replica);
    let mut client = master.client();
    for n in 0..200 {
        client.text(&["SHORTEN", &format!("https://example.com/{n}"), "PX", "30"]);
    }
    client.text(&["CODEPOOL", "TAKE"]);
    client.ok(&["CLIENT", "PAUSE", "700", "WRITE"]);
    let end = now_ms() + 600;
    wait_until(
        "the pause is nearly over",
        SOON,
        || client.text(&["PING"]),
        |pong| pong == "PONG" && now_ms() > end,
    );
    client.ok(&["CLIENT", "UNPAUSE"]);
    wait_until(
        "they are reclaimed then",
        SOON,
        || client.int(&["LINK.COUNT"]),
        |count| *count == 0,
    );
    wait_until(
        "the pool is full then",
        SOON,
        || client.int(&["CODEPOOL", "SIZE"]),
        |size| *size == 2000,
    );
    master.same_as(&replica);
}

#[test]
fn changes_in_another_database_reach_the_same_database() {
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    let mut client = master.client();
    client.ok(&["SELECT", "3"]);
    client.text(&["SHORTEN", EXAMPLE, "PX", "50"]);
    client.text(&["SHORTEN", EXAMPLE]);
    client.text(&["CODEPOOL", "TAKE"]);
    wait_until(
        "the expired one is reclaimed, the pool filled",
        SOON,
        || {
            (
                client.int(&["LINK.COUNT"]),
                client.int(&["CODEPOOL", "SIZE"]),
            )
        },
        |seen| *seen == (1, 10_000),
    );
    master.same_as(&replica);
    let mut there = replica.client();
    assert_eq!(there.int(&["LINK.COUNT"]), 0);
    there.ok(&["SELECT", "3"]);
    assert_eq!(there.text(&["RESOLVE", "g9"]), EXAMPLE);
}

#[test]
fn the_replica_under_test_panics_when_a_replicated_command_fails() {
    if !version().since(7, 0) {
        return;
    }
    let master = Server::start();
    let replica = Server::builder().replica_of(&master).start();
    master.same_as(&replica);
    assert_eq!(
        replica
            .client()
            .texts(&["CONFIG", "GET", "propagation-error-behavior"])[1],
        "panic"
    );
}
