//! Cluster mode is not served yet.

use crate::harness::Server;

#[test]
fn loading_in_cluster_mode_is_refused_with_a_clear_line() {
    let log = Server::builder()
        .config("cluster-enabled", "yes")
        .refuses_to_start();
    assert!(
        log.lines()
            .any(|line| line.contains("shorten") && line.contains("cluster")),
        "{log}"
    );
}
