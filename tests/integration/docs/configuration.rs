//! docs/configuration.md: every setting, with its default and its bounds as the server has them.

use std::collections::BTreeMap;

use super::page::Page;
use shorten_testkit::{Client, Server, fields_of, requires, text_of};

/// Name and value of every setting.
fn settings(client: &mut Client) -> BTreeMap<String, String> {
    let settings = fields_of(client.cmd(&["CONFIG", "GET", "shorten.*"]));
    settings
        .into_iter()
        .map(|(name, value)| (name, text_of(&value)))
        .collect()
}

/// The line `- Label: text` of an entry.
#[track_caller]
fn line<'a>(entry: &'a str, name: &str, label: &str) -> &'a str {
    let start = format!("- {label}: ");
    entry
        .lines()
        .find_map(|line| line.strip_prefix(&start))
        .unwrap_or_else(|| panic!("{name} has no line {start:?}"))
}

/// The texts in backticks.
fn coded(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

fn entries() -> (Page, Vec<String>) {
    let page = Page::read("docs/configuration.md");
    let names = page
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("### shorten."))
        .map(|name| format!("shorten.{name}"))
        .collect();
    (page, names)
}

#[test]
fn every_setting_has_an_entry_with_its_default() {
    requires!(since(7, 0), "settings of modules");
    let server = Server::start();
    let settings = settings(&mut server.client());
    let (page, mut names) = entries();
    names.sort();
    assert_eq!(names, settings.keys().cloned().collect::<Vec<_>>());
    for (name, value) in settings {
        let entry = page.section(&format!("### {name}")).expect("an entry");
        let default = line(&entry, &name, "Default");
        let expected = if value.is_empty() {
            "empty".into()
        } else {
            format!("`{value}`")
        };
        assert_eq!(default, expected, "{name}");
        let argument = name.trim_start_matches("shorten.");
        assert_eq!(
            coded(line(&entry, &name, "Load argument")),
            [argument],
            "{name}"
        );
    }
}

#[test]
fn the_documented_values_of_every_setting_are_those_accepted() {
    requires!(since(7, 0), "settings of modules");
    let server = Server::start();
    let mut client = server.client();
    // pool-min may not be above pool-max.
    client.ok(&["CONFIG", "SET", "shorten.pool-max", "10000000"]);
    let (page, names) = entries();
    let mut checked = 0;
    for name in names {
        let entry = page.section(&format!("### {name}")).expect("an entry");
        let values = line(&entry, &name, "Values");
        let given = coded(values);
        let set =
            |client: &mut Client, value: &str| client.try_cmd(&["CONFIG", "SET", &name, value]);
        if values.starts_with("integer from ") {
            let [min, max] = [0, 1].map(|index| given[index].parse::<i128>().expect("a number"));
            assert!(
                set(&mut client, &(max + 1).to_string()).is_err(),
                "{name} takes more"
            );
            assert!(
                set(&mut client, &(min - 1).to_string()).is_err(),
                "{name} takes less"
            );
            assert!(
                set(&mut client, given[1]).is_ok(),
                "{name} refuses its maximum"
            );
            assert!(
                set(&mut client, given[0]).is_ok(),
                "{name} refuses its minimum"
            );
            checked += 1;
        } else if values.starts_with("one of ") {
            assert!(
                set(&mut client, "anything").is_err(),
                "{name} takes anything"
            );
            for value in given {
                assert!(set(&mut client, value).is_ok(), "{name} refuses {value}");
            }
            checked += 1;
        }
    }
    assert!(checked > 12, "{checked} entries have bounds or words");
}
