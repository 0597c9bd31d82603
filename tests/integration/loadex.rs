//! Loading the module into a running server: MODULE LOAD and MODULE LOADEX (7.0).

use shorten_testkit::{Client, EXAMPLE, SOON, Server, module, requires, version, wait_until};

fn path() -> String {
    module().display().to_string()
}

fn is_loaded(client: &mut Client) -> bool {
    format!("{:?}", client.cmd(&["MODULE", "LIST"])).contains("\"shorten\"")
        || format!("{:?}", client.cmd(&["MODULE", "LIST"])).contains("'shorten'")
}

/// Checks that the module works between commands: the timer refills the pool.
fn works(client: &mut Client) {
    assert!(is_loaded(client));
    client.text(&["SHORTEN", EXAMPLE, "STRATEGY", "POOL"]);
    wait_until(
        "the pool fills",
        SOON,
        || client.int(&["CODEPOOL", "SIZE"]),
        |size| *size > 100,
    );
}

/// Returns the number of command filters that the module has registered.
fn filters(client: &mut Client) -> String {
    let info = client.text(&["INFO", "modules"]);
    let module = info.lines().find(|line| line.contains("name=shorten"));
    let filters = module.and_then(|line| line.split("filters=").nth(1));
    filters.unwrap().split(',').next().unwrap().to_owned()
}

fn server() -> Server {
    Server::builder().without_module().start()
}

#[test]
fn a_module_loaded_into_a_running_server_works() {
    let server = server();
    let mut client = server.client();
    client.ok(&["MODULE", "LOAD", &path(), "pool-min", "500"]);
    works(&mut client);
}

#[test]
fn a_bad_load_argument_is_refused_and_a_later_load_works() {
    let server = server();
    let mut client = server.client();
    for _ in 0..3 {
        client.error(&["MODULE", "LOAD", &path(), "strategy", "random"]);
        assert!(!is_loaded(&mut client));
    }
    client.ok(&["MODULE", "LOAD", &path()]);
    works(&mut client);
}

#[test]
fn a_bad_value_in_loadex_is_refused_and_a_later_load_works() {
    requires!(since(7, 0), "MODULE LOADEX");
    let server = server();
    let mut client = server.client();
    for config in [
        &["CONFIG", "shorten.strategy", "random"][..],
        &["CONFIG", "shorten.base-url", "nonsense"],
        &["CONFIG", "shorten.pool-min", "20000"],
        &[
            "CONFIG",
            "shorten.geoip-db",
            "/nowhere",
            "CONFIG",
            "shorten.pool-max",
            "x",
        ],
        &["CONFIG", "shorten.pool-max", "1", "ARGS", "typo", "1"],
    ] {
        let path = path();
        let call = [&["MODULE", "LOADEX", &path], config].concat();
        client.error(&call);
        assert!(!is_loaded(&mut client), "{config:?}");
    }
    let path = path();
    client.ok(&[
        "MODULE",
        "LOADEX",
        &path,
        "CONFIG",
        "shorten.pool-max",
        "500",
        "ARGS",
        "pool-min",
        "400",
    ]);
    assert_eq!(
        client
            .texts(&["CONFIG", "GET", "shorten.pool-m[ai][nx]"])
            .len(),
        4
    );
    works(&mut client);
}

#[test]
fn an_unknown_setting_in_loadex_is_refused_and_a_later_load_works() {
    requires!(since(7, 0), "MODULE LOADEX");
    if version().is_valkey() || !version().since(8, 0) && version().since(7, 2) {
        eprintln!("skipped: this server crashes whatever module with a data type it refuses so");
        return;
    }
    for (cluster, expected) in [("no", "0"), ("yes", "1")] {
        let server = Server::builder()
            .without_module()
            .config("cluster-enabled", cluster)
            .start();
        let mut client = server.client();
        let path = path();
        for _ in 0..3 {
            client.error(&[
                "MODULE",
                "LOADEX",
                &path,
                "CONFIG",
                "shorten.strategy",
                "pool",
                "CONFIG",
                "shorten.geoip-db",
                &path,
                "CONFIG",
                "shorten.typo",
                "1",
            ]);
            client.cmd(&["PING"]);
        }
        // Redis 7.0 reports that it unloads the module, but cannot. The module stays, with the
        // known settings.
        assert_eq!(is_loaded(&mut client), !version().since(8, 0));
        if version().since(8, 0) {
            client.ok(&["MODULE", "LOAD", &path]);
        }
        wait_until(
            "the filter is in",
            SOON,
            || filters(&mut client),
            |seen| seen == expected,
        );
        if cluster == "yes" {
            client.ok(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
            wait_until(
                "the cluster is up",
                SOON,
                || client.text(&["CLUSTER", "INFO"]),
                |info| info.contains("cluster_state:ok"),
            );
        }
        if cluster == "no" {
            works(&mut client);
        }
        client.text(&["SHORTEN", EXAMPLE]);
        if version().since(7, 4) {
            let categories = client.texts(&["ACL", "CAT"]);
            assert!(categories.contains(&"shorten".to_owned()), "{categories:?}");
        }
    }
}

#[test]
fn an_unknown_setting_in_redis_conf_stops_the_start_and_is_logged() {
    requires!(since(7, 0), "settings of modules in redis.conf");
    let log = Server::builder()
        .config("shorten.typo", "1")
        .refuses_to_start();
    // Redis 7.0 does not name the setting.
    let said = ["shorten.typo", "Module Configuration detected"];
    assert!(said.iter().any(|said| log.contains(said)), "{log}");
}

#[test]
fn a_setting_made_right_after_the_load_takes_effect() {
    requires!(since(7, 0), "CONFIG for modules");
    let server = Server::builder().without_module().config("hz", "1").start();
    let mut client = server.client();
    let path = path();
    let answers = client.pipeline(&[
        vec!["MODULE", "LOAD", &path],
        vec!["CONFIG", "SET", "shorten.geoip-db", "/nowhere/at/all"],
        vec!["CONFIG", "SET", "shorten.strategy", "pool"],
    ]);
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert!(
        answers[1].is_err(),
        "the file is looked for at once: {answers:?}"
    );
    works(&mut client);
}
