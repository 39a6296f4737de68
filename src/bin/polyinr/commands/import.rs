//! `polyinr import`: released weights become a model file.

use std::path::PathBuf;

use polyinr::Existing;
use polyinr::model::{ImportOptions, Model, import};
use polyinr::tensors::Storage;

use crate::failure::{Failure, Outcome, note};
use crate::outputs::{Claims, make_parent};
use crate::passing::{regular, renamed};
use crate::signals::end_at_once;

const AFTER_HELP: &str = "\
Examples:
  polyinr import poly_inr_imagenet256.safetensors -o imagenet.safetensors \\
      --name imagenet --native-resolution 256 --licence \"MIT, (c) the authors\"
  polyinr import weights.safetensors -o flowers.safetensors --name flowers \\
      --classes daisy,roses,tulips --f16

Reads safetensors in the naming of released generators, Poly-INR (mapping.fc0,
synthesis.fb1.fc0_1, ...), CREPS (synthesis.b4.input.freqs, ...) and INR-GAN
(synthesis.b16.coord_fuser.log_basis, ...), or as the plain module tree of a local Poly-INR (head,
body.0.0, A, W.0, ...). Pickles (.pkl, .pth) are not read, because reading one runs the program in
it: convert to safetensors where they come from.";

/// Convert released weights of Poly-INR, CREPS or INR-GAN to a model file
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Weights in safetensors format
    file: PathBuf,
    /// Model file to write
    #[arg(short, long, value_name = "MODEL.safetensors")]
    out: PathBuf,
    /// Short name of the model [default: the output's name]
    #[arg(long)]
    name: Option<String>,
    /// Class names in the order of the embedding, with commas between [default: as the file says]
    #[arg(long, value_delimiter = ',', value_name = "A,B,C")]
    classes: Vec<String>,
    /// Side of the pictures it was trained on, in pixels [default: as the file says, or the
    /// network's own: 256 for Poly-INR]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    native_resolution: Option<u32>,
    /// Licence of the weights and the credit it asks for [default: as the file says]
    #[arg(long, value_name = "TEXT")]
    licence: Option<String>,
    /// How and on what it was trained [default: as the file says]
    #[arg(long, value_name = "TEXT")]
    training: Option<String>,
    /// Poly-INR: the affine term multiplies as it is (the paper's equation 3), not through leaky
    /// ReLU (the released networks)
    #[arg(long)]
    bare_affine: bool,
    /// INR-GAN: the bilinear variant, with normalised features [default: as the file says, or the
    /// nearest variant]
    #[arg(long)]
    bilinear: bool,
    /// Store 16-bit floats: half the size
    #[arg(long)]
    f16: bool,
    /// Replace the output if it is already there
    #[arg(long)]
    overwrite: bool,
}

/// Runs `polyinr import`.
pub fn run(args: &Args) -> Outcome {
    Claims::protecting([args.file.as_path()]).claim(&args.out, "the model")?;
    if args.out.extension().is_none_or(|e| e != "safetensors") {
        let problem = "a model file's name must end in .safetensors";
        return Err(Failure::usage(format!("out: {}: {problem}", args.out.display())));
    }
    if args.out.exists() && !args.overwrite {
        let out = args.out.display();
        return Err(Failure::usage(format!(
            "out: {out} is already there; --overwrite replaces it"
        )));
    }
    end_at_once();
    let file = regular(&args.file)?;
    let bytes = import(&file, &args.options())
        .map_err(|error| renamed(error, &file, &args.file.display().to_string()))?;
    make_parent(&args.out)?;
    let existing = if args.overwrite { Existing::Replace } else { Existing::Refuse };
    polyinr::file::write(&args.out, &bytes, existing)?;
    let model = Model::from_bytes(&args.out.display().to_string(), &bytes)?;
    let about = model.about();
    note(&format!("{}: {}, {} parameters", args.out.display(), about.name, about.parameters));
    Ok(())
}

impl Args {
    fn options(&self) -> ImportOptions {
        let stem = self.out.file_stem().map(|s| s.to_string_lossy().into_owned());
        ImportOptions {
            name: self.name.clone().or(stem).unwrap_or_default(),
            classes: self.classes.clone(),
            native_resolution: self.native_resolution,
            licence: self.licence.clone(),
            training: self.training.clone(),
            bare_affine: self.bare_affine,
            bilinear: self.bilinear,
            storage: if self.f16 { Storage::F16 } else { Storage::F32 },
        }
    }
}
