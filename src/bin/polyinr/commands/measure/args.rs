//! The options of `polyinr measure`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use polyinr::Result;
use polyinr::model::{DEFAULT_UPSCALER, Upscaler};

use crate::common::{RunArgs, SuperResolveArgs};
use crate::failure::{Failure, Outcome};
use crate::inputs::model;

const AFTER_HELP: &str = "\
Examples:
  polyinr measure set5.zip set14.zip
  POLYINR_DATA=~/data polyinr measure --scale 2,3,4,8 --method bicubic,lanczos
  polyinr measure set14.zip --method model --refine
  polyinr measure set5.zip set14.zip --model photo,clean --jpeg 80
  polyinr measure my-photos/ --model my.safetensors --json
  polyinr measure --extend my-photos/

Each picture is taken as 8-bit RGB, cropped from its top left corner to a multiple of the factor, and
reduced with an antialiased bicubic filter (a = -0.5), rounded to 8 bits. Results are rounded to 8
bits and compared on the BT.601 luma with `factor` pixels cut from each border. PSNR in dB and SSIM
(11x11 Gaussian of sigma 1.5) are means over the pictures of a set. \"reduced\" is how near the
result, reduced again in the same way, is to the picture that it was made from: PSNR over all
samples, the lowest of the set. \"s/MP\" are seconds for a million pixels of the result. --refine
measures upscalers both without and with it. With --jpeg, reduced pictures are compressed at that
quality, with colour differences at half the resolution, before they are enlarged.

With --extend, the middle 80 % of each picture are extended to the picture again: the margins, an
eighth of the middle on each side, are compared with the truth on the same luma, by PSNR over their
pixels and SSIM over the windows around them. Every method of `polyinr extend` is measured, what it
chooses by itself (auto), and repeating the border pixels (replicate). \"won\" is how many sides of
all pictures it chose the method for, \"best\" for how many it had the highest PSNR of the three.

JSON lines (--json): one object for each set, factor and method, and with --refine its steps:
  {\"set\":…,\"factor\":…,\"method\":…,\"refine\":…,\"pictures\":…,\"psnr\":…,\"ssim\":…,\"reduced\":…,
  \"seconds_per_megapixel\":…}
with --extend one for each set and method:
  {\"set\":…,\"method\":…,\"pictures\":…,\"psnr\":…,\"ssim\":…,\"won\":…,\"best\":…,\"sides\":…,\"seconds\":…}";

/// Measure super-resolution against plain resampling
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Zip files or folders of pictures [default: set5.zip and set14.zip in POLYINR_DATA]
    #[arg(value_name = "SET")]
    pub(super) sets: Vec<PathBuf>,
    /// Whole factors, with commas between
    #[arg(short, long, value_name = "LIST", value_delimiter = ',', default_value = "2,3,4",
        value_parser = clap::value_parser!(u32).range(2..=64))]
    pub(super) scale: Vec<u32>,
    /// What is measured, with commas between
    #[arg(long, value_delimiter = ',', default_value = "bicubic,lanczos,model")]
    pub(super) method: Vec<Method>,
    /// Upscalers, with commas between, or a generator with --extend: built-in names, model files, or
    /// names in POLYINR_MODELS [default: photo, flowers]
    #[arg(long, value_name = "NAME|PATH", value_delimiter = ',')]
    pub(super) model: Vec<String>,
    /// Compress reduced pictures as JPEG at this quality
    #[arg(long, value_name = "QUALITY", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(super) jpeg: Option<u8>,
    /// Measure extending instead
    #[arg(long, conflicts_with_all = ["scale", "method", "refine", "jpeg", "denoise", "deblur", "tta"])]
    pub(super) extend: bool,
    #[command(flatten)]
    pub(super) how: SuperResolveArgs,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

/// A way to make a picture larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// Cubic interpolation, a = -0.5
    Bicubic,
    /// Windowed sinc of three lobes
    Lanczos,
    /// Upscalers
    Model,
}

impl Args {
    /// The upscalers that are measured.
    pub(super) fn upscalers(&self) -> Result<Vec<Arc<Upscaler>>> {
        let open = |name: &str| model(name)?.upscaler();
        match (self.method.contains(&Method::Model), self.model.as_slice()) {
            (false, _) => Ok(Vec::new()),
            (true, []) => Ok(vec![open(DEFAULT_UPSCALER)?]),
            (true, names) => names.iter().map(|name| open(name)).collect(),
        }
    }

    /// Checks what needs no look at any picture.
    pub(super) fn check(&self) -> Outcome {
        if self.extend && self.model.len() > 1 {
            return Err(Failure::usage("model: --extend measures one generator"));
        }
        if self.how.refine.is_some() && !self.method.contains(&Method::Model) {
            return Err(Failure::usage(
                "refine: it corrects the upscaler; add `model` to --method",
            ));
        }
        Ok(())
    }
}
