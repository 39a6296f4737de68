//! The command line: subcommands in terms of the library's operations, and what they share.

mod canvas;
mod cli;
mod clipping;
mod commands;
mod common;
mod failure;
mod generator;
mod inputs;
mod lanes;
mod limits;
mod outputs;
mod parse;
mod passing;
mod print;
mod progress;
mod report;
mod save;
mod sets;
mod signals;
mod single;
mod source;
mod stdout;
mod table;
mod usage;
mod view;
mod visible;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use cli::{Cli, Command};
use commands::{
    completions, consistency, doctor, extend, generate, heatmap, import, inspect, interpolate,
    invert, measure, mix, render, restore, upscale,
};
#[cfg(feature = "onnx")]
use commands::{export, runtime};
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
        Err(error) => return usage::usage(&error),
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
        Command::Completions(args) => completions::completions(&args, Cli::command()),
        Command::Man(args) => completions::man(&args, Cli::command()),
    }
}
