//! `polyinr completions` and `polyinr man`: from the same definitions as the help.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use clap::CommandFactory as _;
use clap_complete::Shell;
use polyinr::Error;
use serde_json::Value;

use crate::cli::Cli;
use crate::failure::Outcome;
use crate::passing::STDOUT;
use crate::stdout;
use crate::visible::{visible, visible_json};

const COMPLETIONS_HELP: &str = "\
Examples:
  polyinr completions bash > ~/.local/share/bash-completion/completions/polyinr
  polyinr completions zsh > ~/.zfunc/_polyinr
  polyinr completions fish > ~/.config/fish/completions/polyinr.fish";

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

const MAN_HELP: &str = "\
Examples:
  polyinr man | man -l -
  polyinr man -o ~/.local/share/man/man1";

/// Write the man pages
#[derive(Debug, clap::Args)]
#[command(after_help = MAN_HELP)]
pub struct ManArgs {
    /// Folder for a page a subcommand [default: the main page to standard output]
    #[arg(short, long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Runs `polyinr completions`.
pub fn completions(args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "polyinr", &mut script);
    print(&script)
}

/// Runs `polyinr man`.
pub fn man(args: &ManArgs) -> Outcome {
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
        rendered.map_err(|e| Error::io("the man page", "write", e))?;
        return print(&page);
    };
    fs::create_dir_all(folder).map_err(|e| Error::io(folder, "make the folder", e))?;
    let command = Cli::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, folder).map_err(|e| Error::io(folder, "write in", e))?;
    Ok(())
}

/// To standard output; a reader that has seen enough is no failure.
pub fn print(bytes: &[u8]) -> Outcome {
    match stdout::write(bytes) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Error::io(STDOUT, "write", e).into()),
        _ => Ok(()),
    }
}

/// Lines, with names in them as they may be seen; for programs one object each.
pub fn print_lines(lines: &[String], json: bool) -> Outcome {
    let shown = |line: &String| match json {
        true => visible_json(line),
        false => visible(line).into_owned(),
    };
    let lines: Vec<String> = lines.iter().map(shown).collect();
    print(format!("{}\n", lines.join("\n")).as_bytes())
}

/// An object on a line of standard output, where that it is not read is a failure.
pub fn print_json(object: &Value) -> Outcome {
    let line = format!("{}\n", visible_json(&object.to_string()));
    stdout::write(line.as_bytes()).map_err(|e| Error::io(STDOUT, "write", e).into())
}
