//! The options of `polyinr invert`.

use std::path::PathBuf;
use std::sync::Arc;

use polyinr::model::{DEFAULT_GENERATOR, Vgg16};
use polyinr::ops::InvertOptions;
use polyinr::{Existing, PictureReader};

use crate::common::RunArgs;
use crate::failure::Outcome;
use crate::outputs::existing;
use crate::passing::regular;
use crate::table::invert as table;

const AFTER_HELP: &str = "\
Examples:
  polyinr invert rose.png -o rose.field
  polyinr invert rose.png -o rose.field --tune               # nearer, with weights of its own
  polyinr invert torn.png -o whole.field --mask known.png    # light in known.png: known
  polyinr invert flowers/ -o fields/ --tune --json
  polyinr invert rose.png -o rose.field --vgg vgg16.safetensors
  polyinr render rose.field --size 1024 -o large.png
  polyinr mix rose.field 7:roses --levels fine -o tinted.png

The picture is embedded in a generator: a code (Poly-INR's affine parameters) is sought whose field shows
it. Such a field
can be rendered at any size and through any window, mixed with others and interpolated. It shows what the
generator can show; the built-in one knows five kinds of flowers. --tune then fits the generator's weights around what
was found (pivotal tuning); they are kept in the field file, which becomes larger.

Several pictures make a folder of NAME.field files. Transparent pixels count as unknown. Ctrl-C writes
the best field so far and ends.

JSON lines (--json):
  {\"event\":\"picture\",\"status\":\"finished\",\"input\":…,\"output\":…,\"psnr\":…,\"pivot_psnr\":…,\"ssim\":…,
   \"pivot_ssim\":…,\"stopped\":…,\"seconds\":…}   (PSNR over RGB at the resolution of the comparison, in
   dB; SSIM on luma, null for pictures larger than that; pivot: before --tune)
  and `failed` and `skipped` and the summary as in `polyinr upscale`, with the means of the figures";

/// Embed pictures in a generator
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Files, folders, or patterns as '*.jpg'
    #[arg(required = true, value_name = "INPUT")]
    pub(super) inputs: Vec<PathBuf>,
    /// Field file to write, or folder for several
    #[arg(short, long, value_name = "PATH")]
    pub(super) out: PathBuf,
    /// Pass over what is already there
    #[arg(long, conflicts_with = "overwrite")]
    pub(super) skip_existing: bool,
    /// Replace files that are already there
    #[arg(long)]
    pub(super) overwrite: bool,
    /// Generator: a built-in name, a model file, or a name in POLYINR_MODELS
    #[arg(long, value_name = "NAME|PATH", default_value = DEFAULT_GENERATOR)]
    pub(super) model: String,
    /// Class to start from, by name or number [default: the nearest]
    #[arg(short, long, value_name = "NAME")]
    pub(super) class: Option<String>,
    /// What is known of the picture: light where it is, dark where not; of the picture's size
    #[arg(long, value_name = "PICTURE")]
    pub(super) mask: Option<PathBuf>,
    #[command(flatten)]
    pub(super) fit: FitArgs,
    /// Write the PSNR of every step as a CSV file
    #[arg(long, value_name = "FILE.csv")]
    pub(super) curve: Option<PathBuf>,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// How the field is sought.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Fit")]
pub struct FitArgs {
    #[arg(long, value_name = "N", help = table::STEPS_TIP, default_value = table::STEPS_DEFAULT)]
    steps: u32,
    /// Fit the weights too, in as many steps [default: 0, or 500 without a number]
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true,
          default_value = table::TUNING_DEFAULT, default_missing_value = "500")]
    tune: u32,
    /// End fitting the weights at this PSNR in dB
    #[arg(long, value_name = "DB", requires = "tune")]
    enough: Option<f64>,
    /// Longest side at which pictures are compared, in pixels [default: the picture's, at most 128]
    #[arg(long, value_name = "N")]
    resolution: Option<u32>,
    /// Weight of the distance from what the mapping network gives, at first; it falls to a
    /// ten-thousandth. With more, fields mix better with others; with less, they come nearer to the
    /// picture
    #[arg(long, value_name = "W", default_value_t = InvertOptions::default().manifold)]
    manifold: f32,
    /// Weight of the differences between neighbours, against that of the pixels
    #[arg(long, value_name = "W", default_value_t = InvertOptions::default().gradients)]
    gradients: f32,
    /// VGG16's weights as torchvision has them, in safetensors format: adds a perceptual loss
    #[arg(long, value_name = "FILE.safetensors")]
    vgg: Option<PathBuf>,
    /// Weight of the perceptual loss
    #[arg(long, value_name = "W", requires = "vgg",
          default_value_t = InvertOptions::default().perceptual_weight)]
    perceptual: f32,
}

impl Args {
    pub(super) fn existing(&self) -> Existing {
        existing(self.overwrite, self.skip_existing)
    }

    pub(super) fn options(&self, class: Option<usize>) -> Outcome<InvertOptions> {
        let FitArgs { steps, tune, enough, resolution, manifold, gradients, .. } = self.fit;
        let vgg = self
            .fit
            .vgg
            .as_ref()
            .map(|path| Vgg16::open(regular(path)?).map(Arc::new))
            .transpose()?;
        let limits = self.run.limits.limits();
        let open = |path: &PathBuf| {
            PictureReader::open(regular(path)?, &limits)?.into_raster().map(Arc::new)
        };
        Ok(InvertOptions {
            class,
            steps,
            tuning: tune,
            resolution,
            manifold,
            gradients,
            perceptual: vgg,
            perceptual_weight: self.fit.perceptual,
            enough,
            mask: self.mask.as_ref().map(open).transpose()?,
            nodata: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_library() {
        let InvertOptions { steps, tuning, .. } = InvertOptions::default();
        assert_eq!(table::STEPS_DEFAULT, steps.to_string());
        assert_eq!(table::TUNING_DEFAULT, tuning.to_string());
    }
}
