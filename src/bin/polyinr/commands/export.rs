//! `polyinr export`: a model's graphs in ONNX format.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use polyinr::Existing;
use polyinr::engine::onnx::export;
use polyinr::file;

use crate::failure::{Failure, Outcome};
use crate::inputs::model;
use crate::report::Reporter;

const AFTER_HELP: &str = "\
Examples:
  polyinr export flowers --onnx flowers.onnx      # latent to picture, and flowers.synthesis.onnx
  polyinr export clean --onnx clean.onnx              # clean.encoder.onnx and clean.local.onnx

OUT.onnx of a generator takes z (a seed's numbers: NumPy's RandomState(seed).randn), the number of a
class, psi of each level, width and height, and a window; it gives the picture, and the code that
OUT.synthesis.onnx takes, which is the affine parameters of a Poly-INR. CREPS has OUT.lines.onnx too,
and the bilinear INR-GAN OUT.statistics.onnx: what they give, OUT.synthesis.onnx takes. These and those
of an upscaler are the graphs that the engines `onnx` and `cuda` run, for any view in parts. Names and
shapes of inputs are in the files.";

/// Write a model's graphs in ONNX format
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Built-in name, model file, or name in POLYINR_MODELS
    #[arg(value_name = "MODEL")]
    model: String,
    /// File to write; synthesis, lines, statistics, encoder or local are put before its ending for a
    /// model's parts
    #[arg(long, value_name = "OUT.onnx")]
    onnx: PathBuf,
    /// Replace files that are already there
    #[arg(long)]
    overwrite: bool,
}

/// Runs `polyinr export`.
pub fn run(args: &Args) -> Outcome {
    if args.onnx.extension().is_none_or(|e| e != "onnx") {
        let problem = format!("--onnx {}: give a name that ends in .onnx", args.onnx.display());
        return Err(Failure::usage(problem));
    }
    let graphs = export(&model(&args.model)?)?;
    let existing = if args.overwrite { Existing::Replace } else { Existing::Refuse };
    let reporter = Reporter::new(false, false);
    for graph in &graphs {
        let path = graph.part.map_or_else(|| args.onnx.clone(), |part| named(&args.onnx, part));
        file::write(&path, &graph.bytes, existing)?;
        reporter.say(&format!("{}: {} bytes", path.display(), graph.bytes.len()));
    }
    Ok(())
}

/// `OUT.part.onnx` of `OUT.onnx`.
fn named(path: &Path, part: &str) -> PathBuf {
    let mut name: OsString = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{part}.onnx"));
    path.with_file_name(name)
}
