//! No single call blocks the server for long: large work takes few steps or is done in batches.

use shorten_testkit::{Client, EXAMPLE, SOON, Server, base62, wait_until};

/// Returns the server's time for the calls of a command since CONFIG RESETSTAT, in microseconds.
fn spent(client: &mut Client, command: &str) -> u64 {
    let stats = client.info("commandstats");
    let stats = stats
        .iter()
        .find(|(name, _)| {
            let name = name.trim_start_matches("cmdstat_");
            name == command
                || name
                    .strip_prefix(command)
                    .is_some_and(|rest| rest.starts_with('|'))
        })
        .unwrap_or_else(|| panic!("no {command} in {stats:?}"));
    let usec = stats.1.split("usec=").nth(1).unwrap();
    usec.split(',').next().unwrap().parse().unwrap()
}

/// Imports links under consecutive numbers.
fn import(client: &mut Client, numbers: std::ops::Range<u64>) {
    let numbers: Vec<_> = numbers.collect();
    for numbers in numbers.chunks(10_000) {
        let commands: Vec<_> = numbers
            .iter()
            .map(|number| vec!["LINK.SET".to_owned(), base62(*number), EXAMPLE.to_owned()])
            .collect();
        assert!(client.pipeline(&commands).iter().all(Result::is_ok));
    }
}

#[test]
fn shorten_skips_imported_consecutive_codes_quickly() {
    let server = Server::start();
    let mut client = server.client();
    let mut times = Vec::new();
    for run in 0..3 {
        let begin = 1000 + run * 50_001;
        import(&mut client, begin..begin + 50_000);
        client.ok(&["CONFIG", "RESETSTAT"]);
        let code = client.text(&["SHORTEN", EXAMPLE, "NEW"]);
        assert_eq!(code, base62(begin + 50_000), "the number behind the run");
        times.push(spent(&mut client, "shorten"));
    }
    // Tried one by one, the fastest call takes 35 ms on an idle machine.
    assert!(times.iter().any(|usec| *usec < 10_000), "{times:?}");
}

#[test]
fn one_alias_of_high_rank_does_not_make_codes_longer() {
    let server = Server::start();
    let mut client = server.client();
    for alias in ["zzzzzzzz", "ZZZZZZZZ", "h8", "k8", "g9"] {
        client.text(&["SHORTEN", EXAMPLE, "ALIAS", alias]);
    }
    import(&mut client, 1002..2000);
    assert_eq!(client.text(&["SHORTEN", EXAMPLE, "NEW"]), "g8");
    let code = client.text(&["SHORTEN", EXAMPLE, "NEW"]);
    assert_eq!(code, base62(2000));
}

#[test]
fn fill_adds_20000_codes_at_once_and_the_rest_in_the_background() {
    let server = Server::builder()
        .module_args("pool-min 0 pool-max 100000")
        .start();
    let mut client = server.client();
    assert_eq!(client.int(&["CODEPOOL", "FILL", "50000"]), 20_000);
    let size = |client: &mut Client| client.int(&["CODEPOOL", "SIZE"]);
    wait_until(
        "as many as asked for",
        SOON,
        || size(&mut client),
        |size| *size == 50_000,
    );
    // The number of codes is exact, and no more are added.
    assert_eq!(client.int(&["CODEPOOL", "FILL", "5000"]), 5000);
    assert_eq!(size(&mut client), 55_000);
    // Without a count, FILL fills up to pool-max.
    assert_eq!(client.int(&["CODEPOOL", "FILL"]), 20_000);
    wait_until("full", SOON, || size(&mut client), |size| *size == 100_000);
    assert_eq!(client.int(&["CODEPOOL", "FILL"]), 0);
}

#[test]
fn clear_stops_a_background_fill() {
    let server = Server::builder()
        .module_args("pool-min 0 pool-max 1000000")
        .start();
    let mut client = server.client();
    for database in ["0", "1"] {
        client.ok(&["SELECT", database]);
        assert_eq!(client.int(&["CODEPOOL", "FILL"]), 20_000);
        client.int(&["CODEPOOL", "CLEAR"]);
        // Only codes requested afterwards are added. A background fill would have added more by
        // now.
        assert_eq!(client.int(&["CODEPOOL", "FILL", "20100"]), 20_000);
        let size = || client.int(&["CODEPOOL", "SIZE"]);
        wait_until("a hundred more", SOON, size, |size| *size >= 20_100);
        assert_eq!(client.int(&["CODEPOOL", "SIZE"]), 20_100);
    }
}

#[test]
fn take_returns_at_most_20000_codes_per_call() {
    let server = Server::builder()
        .module_args("pool-min 0 pool-max 10")
        .start();
    let mut client = server.client();
    assert_eq!(client.texts(&["CODEPOOL", "TAKE", "1000000"]).len(), 20_000);
    client.refused("ERR", &["CODEPOOL", "TAKE", "1000001"]);
}

#[test]
fn the_first_shorten_of_an_empty_database_searches_no_counter() {
    let server = Server::start();
    let mut client = server.client();
    let urls: Vec<_> = (0..20_000)
        .map(|n| vec!["SHORTEN".into(), format!("https://example.com/{n}")])
        .collect();
    assert!(client.pipeline(&urls).iter().all(Result::is_ok));
    let mut times = Vec::new();
    for database in ["1", "2", "3"] {
        client.ok(&["SELECT", database]);
        client.ok(&["CONFIG", "RESETSTAT"]);
        assert_eq!(client.text(&["SHORTEN", EXAMPLE]), "g8");
        times.push(spent(&mut client, "shorten"));
    }
    assert!(times.iter().any(|usec| *usec < 2_000), "{times:?}");
}

#[test]
fn a_thousandth_round_of_the_hash_costs_no_more_for_a_long_url() {
    let server = Server::builder()
        .module_args("max-url-length 65536")
        .start();
    let mut client = server.client();
    let url = format!("https://example.com/{}", "x".repeat(60_000));
    let command = ["SHORTEN", &url, "STRATEGY", "HASH", "NEW"];
    for _ in 0..500 {
        client.text(&command);
    }
    let times: Vec<_> = (0..3)
        .map(|_| {
            client.ok(&["CONFIG", "RESETSTAT"]);
            client.text(&command);
            spent(&mut client, "shorten")
        })
        .collect();
    // 500 MD5 hashes of the whole URL would take at least 50 ms.
    assert!(times.iter().any(|usec| *usec < 15_000), "{times:?}");
}
