//! The pages of commands.

use std::collections::BTreeSet;
use std::env;
use std::fs;

use super::head::{BEGIN, Described, END};
use super::page::{Page, root};
use super::syntax::{arguments, tokens};
use shorten_testkit::{Client, Server, items_of, requires, text_of, version};

const FOLDER: &str = "docs/commands";

/// Every command and subcommand of the module, by the server's list.
#[track_caller]
fn commands(client: &mut Client) -> BTreeSet<String> {
    let list: BTreeSet<String> = if version().since(7, 0) {
        let list = client.texts(&["COMMAND", "LIST", "FILTERBY", "MODULE", "shorten"]);
        list.into_iter().collect()
    } else {
        // 6.2 does not say which commands are a module's: those that it lacks without the module.
        let plain = Server::builder().without_module().start();
        let plain = all_commands(&mut plain.client());
        all_commands(client).difference(&plain).cloned().collect()
    };
    assert!(list.len() > 10, "the module's commands are found: {list:?}");
    list
}

fn all_commands(client: &mut Client) -> BTreeSet<String> {
    let commands = client.items(&["COMMAND"]).into_iter();
    commands.map(|about| text_of(&items_of(about)[0])).collect()
}

fn described(client: &mut Client) -> Vec<Described> {
    let names = commands(client);
    names
        .iter()
        .map(|name| Described::ask(client, name))
        .collect()
}

#[test]
fn every_command_has_a_page_and_every_page_a_command() {
    let server = Server::start();
    let mut client = server.client();
    let expected: BTreeSet<String> = commands(&mut client)
        .iter()
        .map(|name| format!("{}.md", name.replace('|', "-")))
        .collect();
    let pages: BTreeSet<String> = fs::read_dir(root().join(FOLDER))
        .expect("the pages' folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .filter(|name| name != "README.md")
        // 6.2 has no subcommands of modules, so it lists none.
        .filter(|name| version().since(7, 0) || !name.contains('-'))
        .collect();
    assert_eq!(pages, expected);
}

#[test]
fn the_head_of_every_page_is_what_the_server_says_of_the_command() {
    requires!(since(7, 0), "COMMAND DOCS");
    let write = env::var("DOCS").is_ok_and(|mode| mode == "write");
    let server = Server::start();
    for command in described(&mut server.client()) {
        let path = root().join(FOLDER).join(command.file());
        let head = command.head();
        if write {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let body = text.split_once(END).map_or("\n", |(_, body)| &body[1..]);
            fs::write(&path, format!("{head}{body}")).expect("the page is written");
            continue;
        }
        let page = Page::read(&path);
        let (seen, _) = page
            .text
            .split_once(END)
            .expect("the end of the generated part");
        assert!(page.text.starts_with(BEGIN), "{}", page.name());
        assert_eq!(
            format!("{seen}{END}\n"),
            head,
            "{} is out of date: run `make docs`",
            page.name()
        );
    }
}

#[test]
fn every_page_explains_arguments_replies_errors_and_gives_an_example() {
    requires!(since(7, 0), "COMMAND DOCS");
    let server = Server::start();
    for command in described(&mut server.client()) {
        let page = Page::read(root().join(FOLDER).join(command.file()));
        let name = page.name();
        let mut sections = vec!["## History"];
        if !command.is_container() {
            sections.extend(["## Replies", "## Errors"]);
        }
        if !arguments(&command.docs).is_empty() {
            sections.push("## Arguments");
        }
        for heading in sections {
            let section = page.section(heading);
            assert!(
                section.is_some_and(|text| text.trim().len() > 10),
                "{name} has no {heading}"
            );
        }
        let has_example = page
            .blocks()
            .iter()
            .any(|block| block.info.starts_with("redis"));
        assert!(
            has_example || command.is_internal() || command.is_container(),
            "{name} has no example"
        );
        let arguments_section = page.section("## Arguments").unwrap_or_default();
        let any_case = arguments_section.to_lowercase();
        for token in tokens(&command.docs) {
            assert!(
                any_case.contains(&format!("`{}", token.to_lowercase())),
                "{name} does not explain {token}"
            );
        }
        for argument in arguments(&command.docs) {
            let known = argument.contains_key("token") || argument.contains_key("arguments");
            let argument = text_of(&argument["name"]);
            assert!(
                known || arguments_section.contains(&format!("`{argument}")),
                "{name} does not explain {argument}"
            );
        }
    }
}

#[test]
fn the_lists_of_commands_name_every_command() {
    requires!(since(7, 0), "subcommands of modules");
    let server = Server::start();
    let index = Page::read("docs/commands/README.md");
    let readme = Page::read("README.md");
    for command in described(&mut server.client()) {
        let link = format!("({})", command.file());
        assert!(index.text.contains(&link), "no {link} in {}", index.name());
        if !command.name.contains('|') && !command.is_internal() {
            let link = format!("(docs/commands/{})", command.file());
            assert!(
                readme.text.contains(&link),
                "no {link} in {}",
                readme.name()
            );
        }
    }
}
