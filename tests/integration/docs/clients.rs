//! The client examples: they work as docs/clients.md says, and the page shows their exact text.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::page::{Page, root};
use shorten_testkit::{Client, SOON, Server, text_of, wait_until};

/// A language's example, ready to be run.
struct Example {
    name: &'static str,
    /// The required file.
    needs: PathBuf,
    program: PathBuf,
    /// The interpreter's argument, if it has one.
    script: Option<PathBuf>,
}

impl Example {
    fn run(&self, port: u16, args: &[&str]) -> String {
        let installed = root().join(".clients");
        let mut command = Command::new(&self.program);
        command
            .args(&self.script)
            .arg(port.to_string())
            .args(args)
            .env("PYTHONPATH", installed.join("python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NODE_PATH", installed.join("js/node_modules"));
        let output = command.output().expect("the example runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", self.name);
        String::from_utf8(output.stdout)
            .expect("UTF-8")
            .trim()
            .into()
    }
}

fn rust_example() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build
        .current_dir(root())
        .args(["build", "--quiet", "--package"]);
    build.args([env!("CARGO_PKG_NAME"), "--example", "redirect"]);
    assert!(
        build.status().expect("cargo runs").success(),
        "the example does not build"
    );
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root().join(target).join("debug/examples/redirect")
}

fn examples() -> Vec<Example> {
    let (installed, sources) = (root().join(".clients"), root().join("examples/clients"));
    let rust = rust_example();
    vec![
        Example {
            name: "Python",
            needs: installed.join("python/redis"),
            program: "python3".into(),
            script: Some(sources.join("redirect.py")),
        },
        Example {
            name: "Node.js",
            needs: installed.join("js/node_modules/redis"),
            program: "node".into(),
            script: Some(sources.join("redirect.js")),
        },
        Example {
            name: "Go",
            needs: installed.join("go-redirect"),
            program: installed.join("go-redirect"),
            script: None,
        },
        Example {
            name: "Rust",
            needs: rust.clone(),
            program: rust,
            script: None,
        },
    ]
}

/// The counts that LINK.STATS shows: humans and bots.
fn counts(client: &mut Client, code: &str) -> (String, String) {
    let mut stats = client.fields(&["LINK.STATS", code]);
    let mut count = |name: &str| text_of(&stats.remove(name).expect("a count"));
    (count("humans"), count("bots"))
}

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

fn tells_the_story(example: &Example) {
    let server = Server::start();
    let mut client = server.client();
    let run = |args: &[&str]| example.run(server.port(), args);
    let url = "https://www.example.com/?q=\u{e4}|b%20c";
    assert_eq!(run(&["shorten", url]), "g8", "{}", example.name);
    assert_eq!(run(&["shorten", url, "mine"]), "mine", "{}", example.name);
    assert_eq!(
        run(&["shorten", url, "mine"]),
        "400 CODETAKEN",
        "{}",
        example.name
    );
    assert_eq!(
        run(&["shorten", "javascript:alert(1)"]),
        "400 BADURL",
        "{}",
        example.name
    );
    let found = "302 https://www.example.com/?q=%C3%A4%7Cb%20c";
    let visit = [
        "visit",
        "g8",
        "203.0.113.9",
        BROWSER,
        "https://news.example/",
    ];
    assert_eq!(run(&visit), found, "{}", example.name);
    assert_eq!(run(&["visit", "g8"]), found, "{}", example.name);
    assert_eq!(run(&["visit", "unknown"]), "404", "{}", example.name);
    let counted = ("1".to_owned(), "1".to_owned());
    assert_eq!(counts(&mut client, "g8"), counted, "{}", example.name);

    // A replica refuses writes with READONLY.
    client.ok(&["REPLICAOF", "127.0.0.1", "1"]);
    client.refused("READONLY", &["VISIT", "g8"]);
    assert_eq!(run(&visit), found, "{}", example.name);
    assert_eq!(run(&["visit", "unknown"]), "404", "{}", example.name);
    client.ok(&["REPLICAOF", "NO", "ONE"]);

    // A failed save refuses writes with MISCONF.
    client.ok(&["CONFIG", "SET", "save", "3600 1"]);
    fs::create_dir(server.data().join("dump.rdb")).expect("a folder in the file's place");
    client.cmd(&["BGSAVE"]);
    wait_until(
        "the save has failed",
        SOON,
        || client.info("persistence").remove("rdb_last_bgsave_status"),
        |status| status.as_deref() == Some("err"),
    );
    client.refused("MISCONF", &["VISIT", "g8"]);
    assert_eq!(run(&visit), found, "{}", example.name);
    assert_eq!(
        counts(&mut client, "g8"),
        counted,
        "{}: not counted",
        example.name
    );
}

#[test]
fn client_examples_shorten_redirect_and_survive_refused_visits() {
    for example in examples() {
        if example.needs.exists() {
            tells_the_story(&example);
            eprintln!("{}: all replies were right", example.name);
            continue;
        }
        eprintln!(
            "skipped: {} is not installed; `make clients` does that",
            example.name
        );
        assert!(
            env::var_os("ALL_CLIENTS").is_none(),
            "{} could not be installed",
            example.name
        );
    }
}

/// The file that a line opens a block for.
fn shown_file(line: &str) -> Option<PathBuf> {
    let (_, file) = line.strip_prefix("```")?.split_once(" file=")?;
    Some(root().join(file))
}

/// The page with the examples' text as it is in their files.
fn with_examples(text: &str) -> String {
    let mut page = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        page.push_str(line);
        page.push('\n');
        if let Some(file) = shown_file(line) {
            page.push_str(&fs::read_to_string(file).expect("the example's file"));
            page.push_str("```\n");
            assert!(lines.any(|line| line == "```"), "the block is closed");
        }
    }
    page
}

#[test]
fn the_clients_page_shows_the_examples_as_they_are() {
    let page = Page::read("docs/clients.md");
    let expected = with_examples(&page.text);
    if env::var("DOCS").is_ok_and(|mode| mode == "write") {
        fs::write(&page.path, expected).expect("the page is written");
        return;
    }
    assert_eq!(page.text.lines().filter_map(shown_file).count(), 5);
    assert_eq!(
        page.text,
        expected,
        "{} is out of date: run `make docs`",
        page.name()
    );
}
