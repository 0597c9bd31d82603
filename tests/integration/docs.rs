//! The documentation agrees with the running module.
//!
//! - Every example of README.md and docs/ runs against a real server, and its replies are compared.
//! - Every command, setting and field of INFO has an entry, and every entry has its subject.
//! - The head of each command's page is what COMMAND DOCS and COMMAND INFO say. With `DOCS=write`
//!   in the environment (`make docs`) it is written anew instead of compared.

mod cli;
mod clients;
mod commands;
mod configuration;
mod errors;
mod examples;
mod head;
mod info;
mod links;
mod page;
mod syntax;
