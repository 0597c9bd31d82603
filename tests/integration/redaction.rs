//! What the server shows of a VISIT: SLOWLOG and MONITOR keep no more of a visitor than the modes allow.

use std::fs;

use shorten_testkit::{Raw, SOON, Server, slot, text_of, version, wait_until};

const IP: &str = "203.0.113.9";
const UA: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
const REFERER: &str = "https://news.example/secret?token=1";

/// What SLOWLOG and MONITOR show of some calls.
struct Watched {
    server: Server,
    monitor: Raw,
}

impl Watched {
    fn with(args: &str) -> Watched {
        let server = Server::builder()
            .config("slowlog-log-slower-than", "0")
            .module_args(args)
            .start();
        server
            .client()
            .ok(&["LINK.SET", "code", "https://example.com/"]);
        Watched::of(server)
    }

    fn of(server: Server) -> Watched {
        let mut monitor = Raw::connect(server.port());
        let mut batch = Vec::new();
        Raw::pack(&mut batch, &["MONITOR"]);
        monitor.send(&batch);
        assert_eq!(monitor.receive(), Ok("OK"));
        Watched { server, monitor }
    }

    /// Makes a call, whatever comes of it, and gives back what was shown of it by SLOWLOG and by MONITOR.
    fn shown(&mut self, calls: &[&[&str]]) -> [String; 2] {
        let mut client = self.server.client();
        client.ok(&["SLOWLOG", "RESET"]);
        for call in calls {
            let _ = client.try_cmd(call);
        }
        let slowlog = format!("{:?}", client.cmd(&["SLOWLOG", "GET", "100"]));
        client.cmd(&["ECHO", "the end"]);
        let mut seen = String::new();
        loop {
            let line = self.monitor.receive().unwrap();
            if line.contains("the end") {
                return [slowlog, seen];
            }
            if !line.contains("SLOWLOG") && !line.contains("HELLO") && !line.contains("SETINFO") {
                seen.push_str(line);
                seen.push('\n');
            }
        }
    }
}

fn all_of(code: &str) -> Vec<&str> {
    vec![
        "VISIT", code, "IP", IP, "UA", UA, "REFERER", REFERER, "COUNTRY", "NL",
    ]
}

const SECRETS: [&str; 3] = [IP, "Firefox/133.0", "token=1"];

#[track_caller]
fn hidden(shown: &[String; 2], secrets: &[&str]) {
    for (place, text) in ["SLOWLOG", "MONITOR"].iter().zip(shown) {
        for secret in secrets {
            assert!(!text.contains(secret), "{place} shows {secret}: {text}");
        }
    }
}

#[test]
fn slowlog_and_monitor_keep_no_visitor() {
    let mut watched = Watched::with("");
    let key = watched.server.client().text(&["LINK.KEY", "code"]);
    let keyed = [&["VISIT", &key], &all_of("code")[1..]].concat();
    let mut odd = all_of("none");
    odd.splice(2..2, ["TYPO", "1"]);
    let mut twice = all_of("code");
    twice.extend(["ua", UA, "Ip", IP]);
    let short = ["VISIT", "code", "IP", IP, "REFERER"];
    let mut shifted = all_of("code");
    shifted.remove(2);
    let wrong_key = [&["VISIT", "shorten:{0}"], &all_of("code")[1..]].concat();
    for call in [
        &all_of("code")[..],
        &all_of("none"),
        &all_of("no code at all"),
        &keyed,
        &odd,
        &twice,
        &short,
        &shifted,
        &wrong_key,
    ] {
        let shown = watched.shown(&[call]);
        hidden(&shown, &SECRETS);
        if version().since(7, 0) {
            assert!(
                shown.iter().all(|text| text.contains("(redacted)")),
                "{shown:?}"
            );
        }
    }
}

#[test]
fn status_moves_no_value_out_of_sight_of_the_redaction() {
    let mut watched = Watched::with("");
    let key = watched.server.client().text(&["LINK.KEY", "code"]);
    for at in [2, 4, 6, 8, 10] {
        let mut bare = all_of("code");
        bare.insert(at, "status");
        let keyed = [&["VISIT", &key], &bare[1..]].concat();
        for call in [bare, keyed] {
            hidden(&watched.shown(&[&call]), &SECRETS);
        }
    }
    // The word as a value: what stands after it is an option, not the value of one.
    let shown = watched.shown(&[&["VISIT", "code", "UA", "STATUS", "IP", IP, "STATUS"]]);
    hidden(&shown, &SECRETS);
}

#[test]
fn transactions_and_scripts_are_redacted_too() {
    let mut watched = Watched::with("");
    let visit = all_of("code");
    let other = ["SET", "visible-key", "visible-value"];
    let shown = watched.shown(&[&["MULTI"], &visit, &other, &visit, &["EXEC"]]);
    hidden(&shown, &SECRETS);
    assert!(
        shown.iter().all(|text| text.contains("visible-value")),
        "{shown:?}"
    );
    // Put together inside, or they would be arguments of EVAL.
    let script = "local ip = '203.0.' .. '113.9' local ua = 'Fire' .. 'fox/133' .. '.0 Googlebot/2.1' \
                  for i = 1, 3 do redis.call('VISIT', 'code', 'IP', ip, 'UA', ua) end \
                  redis.call('SET', 'visible-key', 'visible' .. '-value', 'EX', 100) \
                  return redis.call('VISIT', 'code', 'AT', 1, 'REFERER', 'https://x/?tok' .. 'en=1', 'UA', ua)";
    let shown = watched.shown(&[&["EVAL", script, "0"], &other]);
    hidden(&shown, &SECRETS);
    // What is redacted is counted as it came: the script's agent is a bot's.
    assert_eq!(watched.server.client().stat("shorten_bot_visits"), 4);
    assert!(
        shown[1].contains("\"SET\" \"visible-key\" \"visible-value\" \"EX\""),
        "{shown:?}"
    );
}

#[test]
fn in_a_cluster_the_values_are_redacted_whatever_form_a_call_has() {
    let server = Server::builder()
        .config("cluster-enabled", "yes")
        .config("cluster-require-full-coverage", "no")
        .config("slowlog-log-slower-than", "0")
        .start();
    let mut client = server.client();
    client.ok(&["CLUSTER", "ADDSLOTS", &slot("code").to_string()]);
    let _ = wait_until(
        "the cluster is up",
        SOON,
        || client.try_cmd(&["LINK.SET", "code", "https://example.com/"]),
        Result::is_ok,
    );
    let mut watched = Watched::of(server);
    let key = client.text(&["LINK.KEY", "code"]);
    let keyed = [&["VISIT", &key], &all_of("code")[1..]].concat();
    let status = [&["VISIT", "code", "STATUS"], &all_of("code")[2..]].concat();
    let both = [&["VISIT", &key], &status[1..]].concat();
    for call in [&all_of("code")[..], &keyed, &status, &both] {
        hidden(&watched.shown(&[call]), &SECRETS);
        hidden(
            &watched.shown(&[&["MULTI"], call, call, &["EXEC"]]),
            &SECRETS,
        );
    }
    let script = "local ip = '203.0.' .. '113.9' local ua = 'Fire' .. 'fox/133' .. '.0 Googlebot/2.1' \
                  redis.call('VISIT', KEYS[1], 'IP', ip, 'UA', ua) \
                  redis.call('VISIT', KEYS[1], 'STATUS', 'UA', ua, 'IP', ip) \
                  redis.call('VISIT', KEYS[1], 'UA', ua, 'IP', ip, 'STATUS') \
                  return redis.call('VISIT', KEYS[2], KEYS[1], 'UA', ua, 'IP', ip)";
    client.cmd(&["EVAL", script, "2", "code", &key]);
    hidden(
        &watched.shown(&[&["EVAL", script, "2", "code", &key]]),
        &SECRETS,
    );
}

#[test]
fn what_a_mode_lets_through_in_full_is_shown() {
    let mut watched =
        Watched::with("visit-ip-mode full visit-ua-mode full visit-referer-mode full");
    let shown = watched.shown(&[&all_of("code")]);
    for text in &shown {
        assert!(SECRETS.iter().all(|secret| text.contains(secret)), "{text}");
    }
    if version().has_module_config() {
        let mut client = watched.server.client();
        for (mode, hides) in [("ip", IP), ("ua", "Firefox/133.0"), ("referer", "token=1")] {
            for value in ["anonymized", "none"] {
                client.ok(&[
                    "CONFIG",
                    "SET",
                    &format!("shorten.visit-{mode}-mode"),
                    value,
                ]);
                let shown = watched.shown(&[&all_of("code")]);
                hidden(&shown, &[hides]);
                for secret in SECRETS.iter().filter(|secret| **secret != hides) {
                    assert!(shown.iter().all(|text| text.contains(secret)), "{shown:?}");
                }
            }
            client.ok(&[
                "CONFIG",
                "SET",
                &format!("shorten.visit-{mode}-mode"),
                "full",
            ]);
        }
    }
}

/// The server never writes a VISIT there, but a file may be put together by hand.
#[test]
fn a_visit_in_an_aof_file_is_read_like_any() {
    let mut server = Server::builder().aof("always").start();
    server
        .client()
        .ok(&["LINK.SET", "code", "https://example.com/"]);
    server.shutdown("NOSAVE");
    let folder = server.data().join("appendonlydir");
    let folder = if folder.exists() {
        folder
    } else {
        server.data()
    };
    let file = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|file| file.path())
        .find(|path| {
            let name = path.to_string_lossy().into_owned();
            name.ends_with(".aof") && !name.contains("base") || name.ends_with("incr.aof")
        })
        .unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let mut long = all_of("code");
    for _ in 0..200 {
        long.extend(["UA", UA]);
    }
    for call in [
        &["VISIT", "code", "IP", IP][..],
        &all_of("code"),
        &long,
        &all_of("code"),
    ] {
        Raw::pack(&mut bytes, call);
    }
    fs::write(&file, bytes).unwrap();
    server.restart();
    let info = server.client().fields(&["LINK.INFO", "code"]);
    assert_eq!(text_of(&info["visits"]), "3");
}
