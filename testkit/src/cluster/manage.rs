//! `redis-cli --cluster`: resharding, fixing and importing.

use std::io::Write;
use std::process::{Command, Stdio};

/// Runs `redis-cli --cluster` with a sub-command, the address of a node and options, and returns
/// its output. Answers yes to what it asks. Fails the test if it fails.
#[track_caller]
pub fn manage(sub: &str, address: &str, options: &[&str]) -> String {
    let mut child = Command::new("redis-cli")
        .args(["--cluster", sub, address])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("redis-cli runs");
    if let Some(mut stdin) = child.stdin.take() {
        // This fails when it has ended already without a question.
        let _ = stdin.write_all(b"yes\n");
    }
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "redis-cli --cluster {sub} {options:?}: {}\n{said}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    said
}
