//! Scripts that write links. Redis 6.2 can replicate a script as text, which replicas and the AOF
//! run again (`lua-replicate-commands no`). Codes and times would differ there.

use shorten_testkit::{Builder, Client, EXAMPLE, STILL, Server, links, version};

const WRITES: &[&str] = &[
    "'SHORTEN','https://example.com/pool','STRATEGY','POOL'",
    "'SHORTEN','https://example.com/expires','EX','100'",
    "'SHORTEN','https://example.com/known'",
    "'VISIT','known'",
    "'LINK.SET','set','https://example.com/set'",
    "'LINK.EXPIRE','known','100'",
    "'LINK.PERSIST','known'",
    "'LINK.DEL','known'",
    "'CODEPOOL','FILL','5'",
    "'CODEPOOL','TAKE','3'",
    "'CODEPOOL','CLEAR'",
];

/// Starts a master with an AOF, a link and a replica.
fn pair(replicates_effects: &str) -> (Server, Server) {
    let start = |builder: Builder| {
        let builder = builder.module_args(STILL).aof("always");
        match version().since(7, 0) {
            true => builder.start(),
            false => builder
                .config("lua-replicate-commands", replicates_effects)
                .start(),
        }
    };
    let master = start(Server::builder());
    let replica = start(Server::builder().replica_of(&master));
    master.client().ok(&["LINK.SET", "known", EXAMPLE]);
    master.same_as(&replica);
    (master, replica)
}

#[track_caller]
fn is_kept(mut master: Server, replica: &Server) {
    master.same_as(replica);
    let (before, digest) = (links(&mut master.client()), master.client().digest());
    master.restart();
    assert_eq!(links(&mut master.client()), before);
    assert_eq!(master.client().digest(), digest, "the AOF holds the same");
}

#[test]
fn writes_of_a_script_are_equal_on_replicas_and_after_a_restart() {
    let (master, replica) = pair("yes");
    let mut client = master.client();
    for call in WRITES {
        client.cmd(&["EVAL", &format!("return redis.call({call})"), "0"]);
        let all = format!(
            "redis.call({call}) redis.call('SET','k',redis.call('RESOLVE','known') or 'x')"
        );
        let _ = client.try_cmd(&["EVAL", &all, "0"]);
    }
    is_kept(master, &replica);
}

fn refusal(client: &mut Client, script: &str) {
    let error = client.error(&["EVAL", script, "0"]);
    assert!(
        error.contains("lua-replicate-commands"),
        "{script}: {error}"
    );
}

#[test]
fn a_script_replicated_as_text_may_not_write_links() {
    if version().since(7, 0) {
        return;
    }
    let (master, replica) = pair("no");
    let mut client = master.client();
    let digest = client.digest();
    for call in WRITES {
        refusal(&mut client, &format!("return redis.call({call})"));
        refusal(
            &mut client,
            &format!("redis.replicate_commands() return redis.call({call})"),
        );
        // Also in a transaction.
        client.ok(&["MULTI"]);
        client.cmd(&["EVAL", &format!("return redis.call({call})"), "0"]);
        let answers = format!("{:?}", client.cmd(&["EXEC"]));
        assert!(answers.contains("lua-replicate-commands"), "{answers}");
    }
    assert_eq!(client.digest(), digest, "nothing was changed");
    // Reads are allowed, but no write may follow a reply that depends on the clock.
    for read in [
        "'RESOLVE','known'",
        "'LINK.INFO','known'",
        "'LINK.FIND','x'",
        "'LINK.STATS','known'",
    ] {
        client.cmd(&["EVAL", &format!("redis.call({read}) return 1"), "0"]);
        let script = format!("redis.call({read}) return redis.call('SET','k',1)");
        let error = client.error(&["EVAL", &script, "0"]);
        assert!(error.contains("non deterministic"), "{read}: {error}");
    }
    client.cmd(&["EVAL", "return redis.call('CODEPOOL','SIZE')", "0"]);
    client.cmd(&["EVAL", "return redis.call('LINK.COUNT')", "0"]);
    // Writes outside a script work, and so do scripts once the setting has its default value.
    client.text(&["SHORTEN", "https://example.com/pool", "STRATEGY", "POOL"]);
    client.ok(&["CONFIG", "SET", "lua-replicate-commands", "yes"]);
    client.cmd(&["EVAL", &format!("return redis.call({})", WRITES[0]), "0"]);
    is_kept(master, &replica);
}

#[test]
fn a_replica_does_not_write_what_its_master_refused() {
    if version().since(7, 0) {
        return;
    }
    let (master, replica) = pair("no");
    // The replica's own setting does not affect scripts from its master or AOF.
    replica
        .client()
        .ok(&["CONFIG", "SET", "lua-replicate-commands", "yes"]);
    let mut client = master.client();
    let script = "redis.call('SET','k','1') redis.pcall('SHORTEN','https://example.com/') \
                  redis.pcall('LINK.DEL','known') return 1";
    assert_eq!(client.int(&["EVAL", script, "0"]), 1);
    drop(client);
    let mut master = master;
    master.reconfigure(|builder| builder.config("lua-replicate-commands", "yes"));
    is_kept(master, &replica);
}
