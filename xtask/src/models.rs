//! `cargo xtask models`: the upscaler that tests compare with, made from the weights that were trained.

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{Outcome, cargo, root, succeed};

/// Make the upscaler that tests compare with again from the weights that were trained
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder that holds local_upscaler/weights.safetensors
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// Write nothing; fail unless the committed file is the same to the byte
    #[arg(long)]
    check: bool,
}

const NAME: &str = "local48";
const FILE: &str = "tests/golden/local48.safetensors";
const SOURCE: &str = "local_upscaler/weights.safetensors";
const LICENCE: &str = "MIT OR Apache-2.0; trained on CC0 and CC BY 2.0 photographs (credit: \
    models/flowers.ATTRIBUTION.txt) and MIT-licensed produce photographs";
const TRAINING: &str = "114 CC0 photo tiles, 519 CC BY flower photos (halved), 900 MIT produce photos \
    (halved); L1, Adam, 64 minutes on two CPU cores";

/// Runs `cargo xtask models`.
pub fn run(args: &Args) -> Outcome {
    let from = args.from.canonicalize().map_err(|e| format!("{}: {e}", args.from.display()))?;
    let (source, committed) = (from.join(SOURCE), root().join(FILE));
    if !args.check {
        return import(&source, &committed);
    }
    let folder = tempfile::tempdir().map_err(|e| format!("a temporary folder: {e}"))?;
    let made = folder.path().join("made.safetensors");
    import(&source, &made)?;
    let read = |file: &Path| fs::read(file).map_err(|e| format!("{}: {e}", file.display()));
    if read(&committed)? != read(&made)? {
        return Err(format!("{FILE} is not what `cargo xtask models` makes of {SOURCE}"));
    }
    println!("{FILE}: the same");
    Ok(())
}

/// Writes the model file `to` by `polyinr import`.
fn import(source: &Path, to: &Path) -> Outcome {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--bin", "polyinr", "--", "import"]);
    command.arg(source).arg("--out").arg(to).arg("--overwrite");
    command.args(["--name", NAME, "--licence", LICENCE, "--training", TRAINING]);
    succeed(&mut command)
}
