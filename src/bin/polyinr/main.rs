//! The command line: one file a subcommand, in terms of the library's operations.

mod canvas;
mod cli;
mod clipping;
mod common;
mod consistency;
mod doctor;
#[cfg(feature = "onnx")]
mod export;
mod extend;
mod failure;
mod generate;
mod generator;
mod heatmap;
mod import;
mod inputs;
mod inspect;
mod interpolate;
mod invert;
mod lanes;
mod limits;
mod measure;
mod mix;
mod outputs;
mod parse;
mod passing;
mod progress;
mod render;
mod report;
mod restore;
#[cfg(feature = "onnx")]
mod runtime;
mod save;
mod sets;
mod shell;
mod shown;
mod signals;
mod single;
mod source;
mod stdout;
mod upscale;
mod view;
mod visible;
#[cfg(feature = "onnx")]
mod wheels;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Command};
use failure::Outcome;

fn main() -> ExitCode {
    limits::prepare();
    signals::prepare();
    #[cfg(feature = "onnx")]
    {
        if let Some(status) = runtime::probed() {
            return status;
        }
        runtime::probe_in_children();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    let outcome = run(cli.command);
    passing::clear();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Bytes that there must be to do anything: small objects cannot be refused one by one.
const LEAST: u64 = 24 << 20;

fn run(command: Command) -> Outcome {
    polyinr::Limits::default().check_memory("memory", LEAST)?;
    match command {
        Command::Upscale(args) => upscale::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Heatmap(args) => heatmap::run(&args),
        Command::Invert(args) => invert::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Mix(args) => mix::run(&args),
        Command::Interpolate(args) => interpolate::run(&args),
        Command::Extend(args) => extend::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Measure(args) => measure::run(&args),
        Command::Consistency(args) => consistency::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        #[cfg(feature = "onnx")]
        Command::Runtime(args) => runtime::run(&args),
        #[cfg(feature = "onnx")]
        Command::Export(args) => export::run(&args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    }
}
