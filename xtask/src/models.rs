//! `cargo xtask models`: model files that were imported, made from the weights they were imported from.

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{Outcome, cargo, root, succeed};

/// Make imported model files again from the weights they were imported from
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder that holds local_upscaler/weights.safetensors
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// Write nothing; fail unless the committed files are the same to the byte
    #[arg(long)]
    check: bool,
}

/// How a model file is made.
struct Recipe {
    name: &'static str,
    /// Folder in the repository that the file is in.
    folder: &'static str,
    source: &'static str,
    licence: &'static str,
    training: &'static str,
    /// Whether numbers are stored as 16-bit floats.
    f16: bool,
}

/// Of the upscaler, which is kept as it was trained for tests and as 16-bit floats for use.
const UPSCALER: Recipe = Recipe {
    name: "local48",
    folder: "tests/golden",
    source: "local_upscaler/weights.safetensors",
    licence: "MIT OR Apache-2.0; trained on CC0 and CC BY 2.0 photographs (credit: \
        models/flowers.ATTRIBUTION.txt) and MIT-licensed produce photographs",
    training: "114 CC0 photo tiles, 519 CC BY flower photos (halved), 900 MIT produce photos \
        (halved); L1, Adam, 64 minutes on two CPU cores",
    f16: false,
};

const RECIPES: &[Recipe] =
    &[UPSCALER, Recipe { name: "clean", folder: "models", f16: true, ..UPSCALER }];

/// Runs `cargo xtask models`.
pub fn run(args: &Args) -> Outcome {
    let from = args.from.canonicalize().map_err(|e| format!("{}: {e}", args.from.display()))?;
    if !args.check {
        return RECIPES.iter().try_for_each(|recipe| recipe.import(&from, &recipe.home(), false));
    }
    let made = tempfile::tempdir().map_err(|e| format!("a temporary folder: {e}"))?;
    for recipe in RECIPES {
        recipe.import(&from, made.path(), true)?;
        recipe.compare(made.path())?;
        println!("{}/{}.safetensors: the same", recipe.folder, recipe.name);
    }
    Ok(())
}

impl Recipe {
    /// The folder of the committed file.
    fn home(&self) -> PathBuf {
        root().join(self.folder)
    }

    fn file(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.safetensors", self.name))
    }

    /// Writes the model file in `folder` by `polyinr import`. The program embeds the committed
    /// files, or none of them, so that it can be built where they are not there.
    fn import(&self, from: &Path, folder: &Path, embed: bool) -> Outcome {
        let mut command = cargo();
        command.args(["run", "--release", "--quiet", "--bin", "polyinr"]);
        if !embed {
            command.args(["--no-default-features", "--features", "cli"]);
        }
        command.args(["--", "import"]).arg(from.join(self.source));
        command.arg("--out").arg(self.file(folder)).arg("--overwrite");
        command.args(["--name", self.name, "--licence", self.licence, "--training", self.training]);
        if self.f16 {
            command.arg("--f16");
        }
        succeed(&mut command)
    }

    /// Fails unless the file in `made` is the committed one.
    fn compare(&self, made: &Path) -> Outcome {
        let read = |folder: &Path| {
            let file = self.file(folder);
            fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))
        };
        match read(&self.home())? == read(made)? {
            true => Ok(()),
            false => Err(format!(
                "{}/{}.safetensors is not what `cargo xtask models` makes of {}",
                self.folder, self.name, self.source
            )),
        }
    }
}
