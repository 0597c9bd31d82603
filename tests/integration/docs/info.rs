//! docs/operations.md: every field of `INFO shorten`.

use std::collections::BTreeSet;

use super::page::Page;
use shorten_testkit::Server;

#[test]
fn every_field_of_info_is_explained_and_no_other() {
    let server = Server::start();
    let fields: BTreeSet<String> = server
        .client()
        .info("shorten")
        .into_keys()
        .filter(|name| name.starts_with("shorten_"))
        .collect();
    assert!(fields.len() > 10, "{fields:?}");
    let page = Page::read("docs/operations.md");
    let explained: BTreeSet<String> = page
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("| `shorten_"))
        .filter_map(|rest| rest.split('`').next())
        .map(|name| format!("shorten_{name}"))
        .collect();
    assert_eq!(explained, fields);
}
