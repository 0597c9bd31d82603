//! All ways in which a shard leaves its key. The module caches the addresses of shards, so each way
//! is tried right after a read and a write of the shard, and the next command must see the change.

use redis::Value;

use shorten_testkit::{Client, SOON, STILL, Server, version, wait_until};

/// A server with links in many shards, each of which was just read and written.
struct Warm {
    server: Server,
    client: Client,
    codes: Vec<String>,
}

fn url(number: usize) -> String {
    format!("https://example.com/some/path/{number}")
}

impl Warm {
    fn start() -> Warm {
        Warm::with(Server::builder().module_args(STILL).start())
    }

    fn with(server: Server) -> Warm {
        let mut client = server.client();
        let codes = (0..40)
            .map(|number| client.text(&["SHORTEN", &url(number)]))
            .collect();
        let mut warm = Warm {
            server,
            client,
            codes,
        };
        warm.touch();
        warm
    }

    /// Reads and writes every shard.
    fn touch(&mut self) {
        for number in 0..self.codes.len() {
            self.found(number);
            assert_eq!(
                self.client.text(&["VISIT", &self.codes[number]]),
                url(number)
            );
        }
    }

    fn key(&mut self, number: usize) -> String {
        self.client.text(&["LINK.KEY", &self.codes[number]])
    }

    #[track_caller]
    fn found(&mut self, number: usize) {
        assert_eq!(
            self.client.text(&["RESOLVE", &self.codes[number]]),
            url(number)
        );
    }

    /// Checks that RESOLVE and VISIT do not find the link.
    #[track_caller]
    fn gone(&mut self, number: usize) {
        self.client.nil(&["RESOLVE", &self.codes[number]]);
        self.client.nil(&["VISIT", &self.codes[number]]);
    }
}

#[test]
fn a_shard_deleted_unlinked_or_overwritten_is_gone_for_the_next_command() {
    let mut warm = Warm::start();
    for (number, command) in ["DEL", "UNLINK"].into_iter().enumerate() {
        let key = warm.key(number);
        assert_eq!(warm.client.int(&[command, &key]), 1);
        warm.gone(number);
    }
    let key = warm.key(2);
    warm.client.ok(&["SET", &key, "text"]);
    warm.client
        .refused("WRONGTYPE", &["RESOLVE", &warm.codes[2]]);
    warm.client.refused("WRONGTYPE", &["VISIT", &warm.codes[2]]);
    warm.client.int(&["SADD", "set", "a", "b"]);
    let key = warm.key(3);
    warm.client.int(&["SUNIONSTORE", &key, "set"]);
    warm.client
        .refused("WRONGTYPE", &["RESOLVE", &warm.codes[3]]);
}

#[test]
fn a_shard_renamed_away_and_back_follows_its_name() {
    let mut warm = Warm::start();
    let key = warm.key(0);
    warm.client.ok(&["RENAME", &key, "elsewhere"]);
    warm.gone(0);
    warm.client.ok(&["RENAME", "elsewhere", &key]);
    warm.found(0);
    warm.touch();
}

#[test]
fn a_shard_renamed_onto_another_is_refused_and_both_recover() {
    let mut warm = Warm::start();
    let (from, to) = (warm.key(0), warm.key(1));
    warm.client.ok(&["RENAME", &from, &to]);
    warm.gone(0);
    warm.client.refused("ERR", &["RESOLVE", &warm.codes[1]]);
    warm.client.refused("ERR", &["VISIT", &warm.codes[1]]);
    warm.client.ok(&["RENAME", &to, &from]);
    warm.found(0);
    warm.gone(1);
}

#[test]
fn a_shard_moved_to_another_database_and_back_is_found_where_it_is() {
    let mut warm = Warm::start();
    let key = warm.key(0);
    assert_eq!(warm.client.int(&["MOVE", &key, "1"]), 1);
    warm.gone(0);
    warm.client.ok(&["SELECT", "1"]);
    warm.found(0);
    assert_eq!(warm.client.text(&["VISIT", &warm.codes[0]]), url(0));
    assert_eq!(warm.client.int(&["MOVE", &key, "0"]), 1);
    warm.gone(0);
    warm.client.ok(&["SELECT", "0"]);
    warm.found(0);
}

#[test]
fn swapped_databases_show_their_own_links_at_once() {
    let mut warm = Warm::start();
    warm.client.ok(&["SELECT", "1"]);
    let other = warm.client.text(&["SHORTEN", "https://other.example/"]);
    assert_eq!(other, warm.codes[0], "both counters begin alike");
    warm.client.ok(&["SELECT", "0"]);
    warm.client.ok(&["SWAPDB", "0", "1"]);
    for command in ["RESOLVE", "VISIT"] {
        let answer = warm.client.text(&[command, &other]);
        assert_eq!(answer, "https://other.example/");
    }
    warm.gone(1);
    warm.client.ok(&["SWAPDB", "0", "1"]);
    warm.touch();
}

#[test]
fn a_copy_is_independent() {
    let mut warm = Warm::start();
    let key = warm.key(0);
    assert_eq!(warm.client.int(&["COPY", &key, "copy"]), 1);
    assert_eq!(warm.client.int(&["LINK.DEL", &warm.codes[0]]), 1);
    warm.gone(0);
    warm.client.int(&["DEL", &key]);
    warm.client.ok(&["RENAME", "copy", &key]);
    warm.found(0);
}

#[test]
fn restore_and_migrate_replace_a_shard_at_once() {
    let mut warm = Warm::start();
    let key = warm.key(0);
    let payload = warm.client.bytes(&["DUMP", &key]);
    warm.client.int(&["LINK.DEL", &warm.codes[0]]);
    warm.client.ok(&[
        b"RESTORE".as_slice(),
        key.as_bytes(),
        b"0",
        &payload,
        b"REPLACE",
    ]);
    warm.found(0);
    let there = Server::builder().module_args(STILL).start();
    let port = there.port().to_string();
    warm.client
        .ok(&["MIGRATE", "127.0.0.1", &port, &key, "0", "10000"]);
    warm.gone(0);
    assert_eq!(
        there.client().text(&["RESOLVE", &warm.codes[0]]),
        url(0),
        "it arrived"
    );
}

#[test]
fn a_shard_that_expires_is_gone_and_one_with_a_ttl_can_be_persisted() {
    let mut warm = Warm::start();
    let key = warm.key(0);
    warm.client.int(&["PEXPIRE", &key, "50"]);
    wait_until(
        "the shard expires",
        SOON,
        || warm.client.cmd(&["RESOLVE", &warm.codes[0]]),
        |answer| *answer == Value::Nil,
    );
    warm.gone(0);
    let key = warm.key(1);
    warm.client.int(&["EXPIRE", &key, "1000"]);
    warm.found(1);
    warm.client.int(&["PERSIST", &key]);
    warm.found(1);
    // A TTL in the past deletes the key at once.
    assert_eq!(warm.client.int(&["EXPIREAT", &key, "1"]), 1);
    warm.gone(1);
}

#[test]
fn flushed_databases_are_empty_at_once_and_restart_the_counter() {
    for flush in [&["FLUSHDB"][..], &["FLUSHALL"], &["FLUSHALL", "ASYNC"]] {
        let mut warm = Warm::start();
        warm.client.ok(flush);
        warm.gone(0);
        let code = warm.client.text(&["SHORTEN", "https://new.example/"]);
        assert_eq!(code, warm.codes[0], "a fresh counter");
        assert_eq!(
            warm.client.text(&["RESOLVE", &code]),
            "https://new.example/"
        );
    }
}

#[test]
fn reloaded_data_are_found_where_they_are_now() {
    let mut warm = Warm::start();
    warm.client.ok(&["DEBUG", "RELOAD"]);
    warm.touch();
    warm.client.ok(&["CONFIG", "SET", "appendonly", "yes"]);
    let info = |client: &mut Client| client.info("persistence")["aof_rewrite_in_progress"].clone();
    wait_until(
        "the AOF is written",
        SOON,
        || info(&mut warm.client),
        |running| running == "0",
    );
    warm.touch();
    warm.client.ok(&["DEBUG", "LOADAOF"]);
    warm.touch();
}

#[test]
fn a_script_that_deletes_a_shard_no_longer_sees_it() {
    let mut warm = Warm::start();
    let key = warm.key(0);
    let script = "redis.call('VISIT', ARGV[1]); redis.call('DEL', KEYS[1]); \
                  return redis.call('RESOLVE', ARGV[1])";
    warm.client
        .nil(&["EVAL", script, "1", &key, &warm.codes[0]]);
    let key = warm.key(1);
    let script = "redis.call('VISIT', ARGV[1]); redis.call('RENAME', KEYS[1], 'elsewhere'); \
                  local gone = redis.call('VISIT', ARGV[1]); \
                  redis.call('RENAME', 'elsewhere', KEYS[1]); \
                  return {gone or 'gone', redis.call('VISIT', ARGV[1])}";
    let answers = warm
        .client
        .texts(&["EVAL", script, "1", &key, &warm.codes[1]]);
    assert_eq!(answers, ["gone".to_owned(), url(1)]);
}

#[test]
fn a_full_resynchronization_shows_the_masters_links_at_once() {
    for diskless in ["disabled", "on-empty-db", "swapdb"] {
        let master = Warm::start();
        let replica = Server::builder()
            .config("repl-diskless-load", diskless)
            .module_args(STILL)
            .start();
        let mut warm = Warm::with(replica);
        warm.client.int(&["LINK.DEL", &warm.codes[0]]);
        warm.gone(0);
        let port = master.server.port().to_string();
        warm.client.ok(&["REPLICAOF", "127.0.0.1", &port]);
        let status = |client: &mut Client| client.info("replication")["master_link_status"].clone();
        wait_until(
            "the replica is in step",
            SOON,
            || status(&mut warm.client),
            |status| status == "up",
        );
        for number in 0..warm.codes.len() {
            warm.found(number);
        }
        let mut to_master = master.server.client();
        to_master.int(&["LINK.DEL", &warm.codes[1]]);
        master.server.same_as(&warm.server);
        warm.client.nil(&["RESOLVE", &warm.codes[1]]);
    }
}

#[test]
fn a_replica_follows_every_removal_of_shards_on_its_master() {
    let master = Server::builder().module_args(STILL).start();
    let mut warm = Warm::with(master);
    let replica = Server::builder()
        .module_args(STILL)
        .replica_of(&warm.server)
        .start();
    warm.server.same_as(&replica);
    let mut reader = replica.client();
    for number in 0..warm.codes.len() {
        assert_eq!(reader.text(&["RESOLVE", &warm.codes[number]]), url(number));
    }
    let (first, second) = (warm.key(0), warm.key(1));
    warm.client.int(&["DEL", &first]);
    warm.client.ok(&["RENAME", &second, "elsewhere"]);
    warm.server.same_as(&replica);
    reader.nil(&["RESOLVE", &warm.codes[0]]);
    reader.nil(&["RESOLVE", &warm.codes[1]]);
    warm.client.ok(&["RENAME", "elsewhere", &second]);
    warm.server.same_as(&replica);
    assert_eq!(reader.text(&["RESOLVE", &warm.codes[1]]), url(1));
    warm.client.ok(&["FLUSHALL"]);
    warm.server.same_as(&replica);
    reader.nil(&["RESOLVE", &warm.codes[2]]);
}

#[test]
fn active_defragmentation_moves_shards_that_are_in_use() {
    let server = Server::builder()
        .module_args(STILL)
        .config("active-defrag-threshold-lower", "0")
        .config("active-defrag-ignore-bytes", "1")
        .start();
    let mut warm = Warm::with(server);
    // Servers refuse this if their allocator does not support defragmentation.
    if warm
        .client
        .try_cmd(&["CONFIG", "SET", "activedefrag", "yes"])
        .is_err()
    {
        return;
    }
    for round in 0..200 {
        warm.client
            .text(&["SHORTEN", &format!("https://example.org/{round}")]);
        warm.touch();
    }
}

#[test]
fn a_watched_shard_signals_changes_made_without_opening_its_key() {
    let mut warm = Warm::start();
    let key = warm.key(0);
    let mut watcher = warm.server.client();
    watcher.ok(&["WATCH", &key]);
    warm.client.text(&["VISIT", &warm.codes[0]]);
    watcher.ok(&["MULTI"]);
    watcher.cmd(&["PING"]);
    watcher.nil(&["EXEC"]);
}

#[test]
fn visits_of_a_remembered_shard_count_as_unsaved_changes() {
    let mut warm = Warm::start();
    let unsaved = |client: &mut Client| {
        let field = &client.info("persistence")["rdb_changes_since_last_save"];
        field.parse::<i64>().unwrap()
    };
    let before = unsaved(&mut warm.client);
    for _ in 0..10 {
        warm.client.text(&["VISIT", &warm.codes[0]]);
    }
    assert!(unsaved(&mut warm.client) >= before + 10);
}

fn hits(client: &mut Client) -> i64 {
    client.info("stats")["keyspace_hits"].parse().unwrap()
}

#[test]
fn a_shard_in_use_counts_a_hit_now_and_then_and_not_for_every_call() {
    let mut warm = Warm::start();
    let before = hits(&mut warm.client);
    for _ in 0..1000 {
        warm.found(0);
    }
    let counted = hits(&mut warm.client) - before;
    if !version().remembers_shards() {
        assert_eq!(counted, 1000);
        return;
    }
    assert!(counted <= 10, "{counted} of 1000 calls opened the key");
}

#[test]
fn every_call_opens_its_key_where_keys_can_be_evicted_by_their_use() {
    let server = Server::builder()
        .config("maxmemory", "1gb")
        .config("maxmemory-policy", "allkeys-lru")
        .module_args(STILL)
        .start();
    let mut warm = Warm::with(server);
    wait_until(
        "the policy is known",
        SOON,
        || warm.client.stat("shorten_eviction_risk"),
        |risk| *risk == 1,
    );
    let before = hits(&mut warm.client);
    for _ in 0..100 {
        warm.found(0);
    }
    assert_eq!(hits(&mut warm.client) - before, 100);
    warm.client
        .ok(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    wait_until(
        "the new policy is known",
        SOON,
        || warm.client.stat("shorten_eviction_risk"),
        |risk| *risk == 0,
    );
    let before = hits(&mut warm.client);
    for _ in 0..100 {
        warm.found(0);
    }
    assert!(!version().remembers_shards() || hits(&mut warm.client) - before <= 5);
}
