//! `cargo xtask operations`: the table of operations in the languages that need it.

mod actions;
mod c;
mod python;
mod rust;
mod table;
mod text;

use std::fs;

use crate::generated::Generated;
use crate::shell::{Outcome, root};
use table::Table;

/// The table, under the repository's root.
const TABLE: &str = "plugins/operations.toml";
const COMMAND: &str = "cargo xtask operations";

/// Says in the first line of every file that is made where it comes from.
const NOTICE: &str =
    "Written by `cargo xtask operations` from plugins/operations.toml; change it there.";

/// Makes a file's text.
type Write = fn(&Table) -> String;

/// What is made from the table.
const FILES: [(&str, Write); 5] = [
    ("plugins/gimp/core/tables.h", c::header),
    ("plugins/gimp/core/tables.c", c::source),
    ("plugins/krita/polyinr/table.py", python::source),
    ("plugins/krita/polyinr.action", actions::source),
    ("src/bin/polyinr/table.rs", rust::source),
];

/// Make what the plug-ins and the command line know of operations from plugins/operations.toml
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write nothing; fail when a file is not what would be made
    #[arg(long)]
    check: bool,
}

/// Runs `cargo xtask operations`.
pub fn run(args: &Args) -> Outcome {
    let text = fs::read_to_string(root().join(TABLE)).map_err(|e| format!("{TABLE}: {e}"))?;
    let table = Table::parse(&text).map_err(|e| format!("{TABLE}: {e}"))?;
    FILES.iter().try_for_each(|&(file, write)| {
        let made = write(&table).into_bytes();
        Generated { file, made, source: TABLE, command: COMMAND }.settle(args.check)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_current() {
        run(&Args { check: true }).unwrap();
    }
}
