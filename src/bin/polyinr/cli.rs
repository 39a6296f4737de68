//! The definitions from which help, completions and man pages are made.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

use crate::commands::{
    completions, consistency, doctor, extend, generate, heatmap, import, inspect, interpolate,
    invert, measure, mix, render, restore, upscale,
};
#[cfg(feature = "onnx")]
use crate::commands::{export, runtime};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Examples:
  polyinr upscale photo.jpg -o photo-4x.png
  polyinr upscale holiday/ -o large/ --recursive --scale 2.5
  polyinr restore photo.jpg -o clean.png
  polyinr generate --seed 0-15 --class roses --size 256 -o flowers/
  polyinr mix 1:daisy 7:roses --levels fine --size 256 -o tinted.png
  polyinr interpolate 1:daisy 7:roses --frames 48 --size 256 -o blooming.png
  polyinr extend photo.jpg -o wide.png --margin 25%
  polyinr inspect photo-4x.png

Exit status:
  0    everything was done
  1    a picture or file, or standard output, could not be read, computed or written; the others
       were done
  2    the command line or a parameter is wrong; nothing was done
  130  interrupted (Ctrl-C); finished pictures stay, no half-written file is left

Environment:
  POLYINR_MODELS  folders in which models are looked up by name
  POLYINR_DATA    folder of the test pictures for `polyinr measure` and `consistency`
  POLYINR_ONNXRUNTIME  path of libonnxruntime.so for the engines onnx and cuda";

/// Images as polynomial functions of position: make photographs larger and sharper, generate
/// pictures at any size.
#[derive(Debug, Parser)]
#[command(name = "polyinr", version, styles = STYLES, after_help = AFTER_HELP)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(max_term_width = 100, infer_subcommands = false)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make pictures larger and sharper
    Upscale(upscale::Args),
    /// Clean and sharpen pictures without making them larger
    Restore(restore::Args),
    /// Make pictures from seeds
    Generate(generate::Args),
    /// Embed pictures in a generator, as fields
    Invert(invert::Args),
    /// Render a field file, or a seed
    Render(render::Args),
    /// Add margins to a photograph or a field
    Extend(extend::Args),
    /// Mix two images level by level
    Mix(mix::Args),
    /// Go from image to image
    Interpolate(interpolate::Args),
    /// Show what each level of a generator attends to
    Heatmap(heatmap::Args),
    /// Say what a picture, a field file or a model holds
    Inspect(inspect::Args),
    /// Convert released Poly-INR weights to a model file
    Import(import::Args),
    /// Measure super-resolution against plain resampling
    Measure(measure::Args),
    /// Measure how far a generator's pictures agree between sizes
    Consistency(consistency::Args),
    /// Say which engines and models there are
    Doctor(doctor::Args),
    /// Get ONNX Runtime for the engines onnx and cuda
    #[cfg(feature = "onnx")]
    Runtime(runtime::Args),
    /// Write a model's graphs in ONNX format
    #[cfg(feature = "onnx")]
    Export(export::Args),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Write the man pages
    Man(completions::ManArgs),
}
