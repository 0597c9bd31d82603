//! The command filter: only in cluster mode, and not if a setting disables it. The documentation
//! describes what differs without it.

use shorten_testkit::cluster::{Cluster, Router, node};
use shorten_testkit::{Builder, Client, SOON, Server, requires, shard_key, slot, wait_until};

const URL: &str = "https://example.com/some/page";

/// Returns the number of command filters that the module has registered.
fn filters(client: &mut Client) -> String {
    let info = client.text(&["INFO", "modules"]);
    let module = info.lines().find(|line| line.contains("name=shorten"));
    let filters = module.and_then(|line| line.split("filters=").nth(1));
    filters.unwrap().split(',').next().unwrap().to_owned()
}

fn without() -> Builder {
    node().module_args("cluster-filter no")
}

#[test]
fn it_is_registered_only_in_cluster_mode() {
    assert_eq!(filters(&mut Server::start().client()), "0");
    assert_eq!(filters(&mut node().start().client()), "1");
    assert_eq!(filters(&mut without().start().client()), "0");
}

#[test]
fn a_setting_removes_and_restores_it() {
    requires!(since(7, 0), "CONFIG for modules");
    let server = node().start();
    let mut client = server.client();
    for (value, count) in [
        ("no", "0"),
        ("no", "0"),
        ("yes", "1"),
        ("yes", "1"),
        ("no", "0"),
    ] {
        client.ok(&["CONFIG", "SET", "shorten.cluster-filter", value]);
        wait_until(
            "the filter follows",
            SOON,
            || filters(&mut client),
            |seen| seen == count,
        );
    }
}

#[test]
fn key_patterns_match_the_shard_key_or_code_and_url_without_the_filter() {
    for (builder, pattern, denied) in [
        (node(), "~shorten:*", "~https:*"),
        (without(), "~https:*", "~shorten:*"),
    ] {
        let cluster = Cluster::of(1, false, &builder);
        let mut client = cluster.client(0);
        for (user, pattern) in [("allowed", pattern), ("denied", denied)] {
            client.ok(&["ACL", "SETUSER", user, "on", "nopass", pattern, "+shorten"]);
        }
        client.ok(&["AUTH", "allowed", "any"]);
        client.text(&["SHORTEN", URL]);
        client.ok(&["AUTH", "denied", "any"]);
        client.refused("NOPERM", &["SHORTEN", URL]);
    }
}

#[test]
fn without_it_a_migrating_slot_serves_only_the_keyed_form() {
    let cluster = Cluster::of(3, false, &without());
    let mut router = Router::new(&cluster);
    let code = router.text(&["SHORTEN", URL]);
    assert_eq!(router.text(&["RESOLVE", &code]), URL);
    let (home, key) = (slot(URL), shard_key(slot(URL)));
    let owner = cluster.owner(home);
    let other = (owner + 1) % 3;
    let (mut here, mut there) = (cluster.client(owner), cluster.client(other));
    there.ok(&[
        "CLUSTER",
        "SETSLOT",
        &home.to_string(),
        "IMPORTING",
        &cluster.id(owner),
    ]);
    here.ok(&[
        "CLUSTER",
        "SETSLOT",
        &home.to_string(),
        "MIGRATING",
        &cluster.id(other),
    ]);
    // No key has the name of the code, so the server assumes that it has moved already.
    here.refused("ASK", &["RESOLVE", &code]);
    assert_eq!(here.text(&["RESOLVE", &key, &code]), URL);
}
