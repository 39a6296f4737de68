//! Developer commands: `cargo xtask --help`.

mod cache;
mod efficientnet;
mod fuzz;
mod generated;
mod gimp;
mod header;
mod install;
mod krita;
mod libtorch;
mod models;
mod modules;
mod operations;
mod peers;
mod python;
mod setup;
mod shell;
mod test;
mod translations;
mod vgg16;
mod weights;

use std::process::ExitCode;

use clap::Parser;

/// Developer commands of polyinr
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
enum Command {
    Test(test::Args),
    Setup(setup::Args),
    Libtorch(libtorch::Args),
    Efficientnet(efficientnet::Args),
    Vgg16(vgg16::Args),
    Peers(peers::Args),
    Models(models::Args),
    Modules(modules::Args),
    Install(install::Args),
    Uninstall(install::Removal),
    Header(header::Args),
    Operations(operations::Args),
    Fuzz(fuzz::Args),
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Test(args) => test::run(&args),
        Command::Setup(args) => setup::run(&args),
        Command::Libtorch(args) => libtorch::run(&args),
        Command::Efficientnet(args) => efficientnet::run(&args),
        Command::Vgg16(args) => vgg16::run(&args),
        Command::Peers(args) => peers::run(&args),
        Command::Models(args) => models::run(&args),
        Command::Modules(args) => modules::run(&args),
        Command::Install(args) => install::run(&args),
        Command::Uninstall(args) => install::remove(&args),
        Command::Header(args) => header::run(&args),
        Command::Operations(args) => operations::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: error: {problem}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Command::command().debug_assert();
    }
}
