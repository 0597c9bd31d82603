//! Several cluster clients, which need only the addresses of the nodes. All but redis-rs are for
//! other languages; `make clients` installs them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use redis::Value;
use redis::cluster::ClusterClient;

use shorten_testkit::cluster::{Cluster, node};
use shorten_testkit::{fields_of, text_of};

#[test]
fn redis_rs_needs_no_setup() {
    let cluster = Cluster::with_replicas(&node());
    let nodes: Vec<String> = cluster
        .nodes
        .iter()
        .map(|node| format!("redis://127.0.0.1:{}", node.port()))
        .collect();
    let mut connection = ClusterClient::new(nodes).unwrap().get_connection().unwrap();
    let mut call = |words: &[&str]| {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query::<Value>(&mut connection)
    };
    let mut links = Vec::new();
    for n in 0..300 {
        let url = format!("https://example.com/rust/{n}");
        let code = text_of(
            &call(&[
                "SHORTEN",
                &url,
                "STRATEGY",
                ["COUNTER", "HASH", "POOL"][n % 3],
            ])
            .unwrap(),
        );
        links.push((url, code));
    }
    for (url, code) in &links {
        assert_eq!(text_of(&call(&["RESOLVE", code]).unwrap()), *url);
        assert_eq!(text_of(&call(&["VISIT", code]).unwrap()), *url);
        assert_eq!(text_of(&call(&["SHORTEN", url]).unwrap()), *code);
        assert_eq!(text_of(&call(&["LINK.FIND", url]).unwrap()), *code);
        let info = fields_of(call(&["LINK.INFO", code]).unwrap());
        assert_eq!(
            (text_of(&info["url"]), text_of(&info["visits"])),
            (url.clone(), "1".into())
        );
        let key = text_of(&call(&["LINK.KEY", code]).unwrap());
        assert_eq!(text_of(&call(&["RESOLVE", &key, code]).unwrap()), *url);
    }
    let url = "https://example.com/";
    assert_eq!(call(&["LINK.SET", "rust-alias", url]), Ok(Value::Okay));
    assert_eq!(
        call(&["LINK.EXPIRE", "rust-alias", "100"]),
        Ok(Value::Int(1))
    );
    assert_eq!(call(&["LINK.PERSIST", "rust-alias"]), Ok(Value::Int(1)));
    assert_eq!(call(&["LINK.DEL", "rust-alias"]), Ok(Value::Int(1)));
    assert_eq!(call(&["RESOLVE", "rust-alias"]), Ok(Value::Nil));
    let error = call(&["SHORTEN", url, "ALIAS", "rust-alias"]).unwrap_err();
    assert!(error.to_string().contains("LINK.SET"), "{error}");
}

/// Returns how to run each installed client: its name, the required file, and the command without
/// the ports.
fn others(root: &Path) -> Vec<(&'static str, PathBuf, Command)> {
    let (scripts, installed) = (root.join("tests/clients"), root.join(".clients"));
    let script = |interpreter: &str, name: &str| {
        let mut command = Command::new(interpreter);
        command
            .arg(scripts.join(name))
            .env("PYTHONPATH", installed.join("python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NODE_PATH", installed.join("js/node_modules"));
        command
    };
    let modules = installed.join("js/node_modules");
    vec![
        (
            "redis-py",
            installed.join("python/redis"),
            script("python3", "redis_py.py"),
        ),
        (
            "ioredis",
            modules.join("ioredis"),
            script("node", "ioredis.js"),
        ),
        (
            "node-redis",
            modules.join("redis"),
            script("node", "node_redis.js"),
        ),
        (
            "redisc (Go)",
            installed.join("go-client"),
            Command::new(installed.join("go-client")),
        ),
    ]
}

#[test]
fn clients_of_other_languages_need_no_setup() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (there, missing): (Vec<_>, Vec<_>) = others(root)
        .into_iter()
        .partition(|(_, path, _)| path.exists());
    for (name, ..) in &missing {
        eprintln!("skipped: {name} is not installed; `make clients` does that");
        assert!(
            env::var_os("ALL_CLIENTS").is_none(),
            "{name} could not be installed"
        );
    }
    if there.is_empty() {
        return;
    }
    let cluster = Cluster::with_replicas(&node());
    let ports = (0..3).map(|nth| cluster.port(nth).to_string());
    let ports: Vec<String> = ports.collect();
    for (name, _, mut command) in there {
        let output = command.args(&ports).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {}\n{said}", output.status);
        eprintln!("{name}: all answers were right");
    }
}
