//! `polyinr completions` and `polyinr man`: from the same definitions as the help.

use std::fs;
use std::path::PathBuf;

use clap::Command;
use clap_complete::Shell;
use polyinr::Error;

use crate::failure::Outcome;
use crate::print::print;

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

/// Runs `polyinr completions`, of `command`, the whole program.
pub fn completions(args: &CompletionsArgs, mut command: Command) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "polyinr", &mut script);
    print(&script)
}

/// Runs `polyinr man`, of `command`, the whole program.
pub fn man(args: &ManArgs, command: Command) -> Outcome {
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        let rendered = clap_mangen::Man::new(command).render(&mut page);
        rendered.map_err(|e| Error::io("the man page", "write", e))?;
        return print(&page);
    };
    fs::create_dir_all(folder).map_err(|e| Error::io(folder, "make the folder", e))?;
    let command = command.disable_help_subcommand(true);
    clap_mangen::generate_to(command, folder).map_err(|e| Error::io(folder, "write in", e))?;
    Ok(())
}
