//! Trains a symbol table on URLs, and prints it as the source of `src/packed/fsst/table_N.rs`.
//!
//! ```text
//! cargo run --release --package shorten-engine --example train -- urls.txt \
//!     > engine/src/packed/fsst/table_2.rs
//! ```
//!
//! The file has one URL per line. A tenth of them is excluded from the training. Their compressed
//! size is printed to the standard error stream. A table that was released must not change, because
//! data is compressed with it. A new one gets the next number and becomes `CURRENT_TABLE` in
//! `src/packed/fsst/tables.rs`.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use std::error::Error;

use fsst::Compressor;

/// Number of trainings. Each uses other URLs, of which FSST takes a sample.
const ROUNDS: usize = 24;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which file of URLs?")?;
    let text = std::fs::read(path)?;
    let lines: Vec<&[u8]> = text
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    let (check, train): (Vec<_>, Vec<_>) =
        lines.iter().enumerate().partition(|(at, _)| at % 10 == 0);
    let check: Vec<&[u8]> = check.into_iter().map(|(_, line)| *line).collect();
    let train: Vec<&[u8]> = train.into_iter().map(|(_, line)| *line).collect();

    // Each training takes a sample of its lines. The best table of several trainings is used.
    let share = train.len().div_ceil(ROUNDS).max(1);
    let best = train
        .chunks(share)
        .map(|lines| Compressor::train(&lines.to_vec()))
        .chain([Compressor::train(&train)])
        .min_by_key(|table| packed(table, &train))
        .ok_or("no lines to train on")?;

    println!("//! Trained by `examples/train.rs`. Released: never to be changed.\n");
    println!("/// The symbols, by code.");
    println!("#[rustfmt::skip]\npub(super) const SYMBOLS: &[&[u8]] = &[");
    for (symbol, &len) in best.symbol_table().iter().zip(best.symbol_lengths()) {
        let bytes = symbol.to_u64().to_le_bytes();
        println!("    b\"{}\",", bytes[..usize::from(len)].escape_ascii());
    }
    println!("];");
    let before: usize = check.iter().map(|line| line.len()).sum();
    eprintln!(
        "{} URLs left out of the training: {:.1} bytes each, {:.1} packed",
        check.len(),
        before as f64 / check.len() as f64,
        packed(&best, &check) as f64 / check.len() as f64
    );
    Ok(())
}

/// Returns the size of the lines in bytes, each compressed if that is shorter.
fn packed(table: &Compressor, lines: &[&[u8]]) -> usize {
    lines
        .iter()
        .map(|line| table.compress(line).len().min(line.len()))
        .sum()
}
