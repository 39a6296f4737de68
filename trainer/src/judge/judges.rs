//! What judges a result: pixels, two networks, and colours.

use std::path::PathBuf;

use polyinr::Raster;
use polyinr::metrics;
use serde::{Deserialize, Serialize};
use tch::{Device, Tensor, no_grad};

use super::colour::colour_step;
use super::picture::{key, tensor};
use crate::device::Precision;
use crate::error::{Error, Result};
use crate::features::{EfficientNet, FeatureNetwork as _, Vgg16, feature_distance};
use crate::files::user_cache;
use crate::metrics::file_key;

/// Least width and height of pictures, in pixels: the network's last maps have a sixteenth of them.
const SIDE: u32 = 64;

/// Files of the networks that judge.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Judges")]
pub struct JudgeArgs {
    /// VGG16 as safetensors, torchvision's or that of `cargo xtask vgg16` [default: where that puts it]
    #[arg(long, value_name = "FILE")]
    pub vgg: Option<PathBuf>,
    /// timm's tf_efficientnet_lite0 as safetensors [default: where `cargo xtask efficientnet` puts it]
    #[arg(long, value_name = "FILE")]
    pub efficientnet: Option<PathBuf>,
    /// What the two networks compute in
    #[arg(long, value_enum, default_value_t = Precision::F32)]
    pub precision: Precision,
}

/// What a result comes to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Peak signal-to-noise ratio on BT.601 luma in dB.
    pub psnr: f64,
    /// Structural similarity on luma, 1 for equal pictures.
    pub ssim: f64,
    /// Distance of VGG16's features, 0 to 2.
    pub vgg16: f64,
    /// Distance of EfficientNet-lite0's features, 0 to 4.
    pub efficientnet: f64,
    /// [`colour_step`] in CIELAB.
    pub colour_step: f64,
}

/// The judges.
#[derive(Debug)]
pub struct Judges {
    vgg: Vgg16,
    efficientnet: EfficientNet,
    device: Device,
    networks: String,
}

/// A picture as the networks see it.
#[derive(Debug)]
struct Seen {
    vgg: Vec<Tensor>,
    efficientnet: Vec<Tensor>,
}

/// An original that results are compared with.
#[derive(Debug)]
pub struct Bench<'a> {
    judges: &'a Judges,
    original: &'a Raster,
    factor: u32,
    seen: std::cell::OnceCell<Seen>,
}

impl Judges {
    /// Opens the networks.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the system does not say where the cache folder is and a file is not
    /// named, [`Error::Weights`] when one cannot be used; the message says where it comes from.
    pub fn open(args: &JudgeArgs, device: Device) -> Result<Self> {
        let kind = args.precision.kind();
        let vgg = found(args.vgg.as_ref(), "--vgg", "vgg16.safetensors")?;
        let efficientnet = "tf_efficientnet_lite0.safetensors";
        let efficientnet = found(args.efficientnet.as_ref(), "--efficientnet", efficientnet)?;
        Ok(Self {
            vgg: Vgg16::open(&vgg, device, kind)?,
            efficientnet: EfficientNet::open(&efficientnet, device, kind)?,
            device,
            networks: format!("{} {} {kind:?}", file_key(&vgg)?, file_key(&efficientnet)?),
        })
    }

    /// What stands for the networks' weights and their precision.
    pub fn networks(&self) -> &str {
        &self.networks
    }

    /// Compares with `original`, RGB of 8 bits, which was reduced by `factor`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for pictures of fewer than 64 pixels either way.
    pub fn bench<'a>(&'a self, original: &'a Raster, factor: u32) -> Result<Bench<'a>> {
        let (width, height) = (original.width(), original.height());
        if width.min(height) < SIDE {
            let problem = format!(
                "a picture of {width}x{height} cannot be judged, {SIDE} pixels \
                                   each way are needed; leave it out"
            );
            return Err(Error::parameter("--set", problem));
        }
        Ok(Bench { judges: self, original, factor, seen: std::cell::OnceCell::new() })
    }

    fn see(&self, picture: &Raster) -> Seen {
        let picture = tensor(picture, self.device);
        no_grad(|| Seen {
            vgg: self.vgg.maps(&picture),
            efficientnet: self.efficientnet.features(&(&picture * 2.0 - 1.0)),
        })
    }
}

impl Bench<'_> {
    /// What stands for the judging of `result`: the same key has the same scores.
    pub fn key(&self, result: &Raster) -> String {
        let more = format!("{} {}", self.factor, self.judges.networks);
        key(&[self.original, result], &more)
    }

    /// Judges a result of the original's size, RGB of 8 bits.
    ///
    /// # Errors
    /// [`Error::Library`] when the sizes differ.
    pub fn judge(&self, result: &Raster) -> Result<Scores> {
        let score = metrics::compare(self.original, result, self.factor)?;
        let seen = self.seen.get_or_init(|| self.judges.see(self.original));
        let other = self.judges.see(result);
        let distance = |a: &[Tensor], b: &[Tensor]| feature_distance(a, b).double_value(&[]);
        Ok(Scores {
            psnr: score.psnr,
            ssim: score.ssim,
            vgg16: distance(&seen.vgg, &other.vgg),
            efficientnet: distance(&seen.efficientnet, &other.efficientnet),
            colour_step: colour_step(self.original, result),
        })
    }
}

/// The file that was named, or the one in the user's cache folder.
fn found(given: Option<&PathBuf>, option: &'static str, file: &str) -> Result<PathBuf> {
    given.cloned().or_else(|| user_cache(file)).ok_or_else(|| {
        Error::parameter(option, "name the file: HOME is not set, which says where it is kept")
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::degradation::DEGRADATIONS;
    use super::super::picture::raster;
    use super::*;
    use image::{Rgb, RgbImage};

    /// Small networks in place of the real ones.
    pub fn small() -> JudgeArgs {
        let folder = env!("CARGO_MANIFEST_DIR");
        JudgeArgs {
            vgg: Some(format!("{folder}/../tests/golden/vgg16.safetensors").into()),
            efficientnet: Some(format!("{folder}/golden/efficientnet.safetensors").into()),
            precision: Precision::F32,
        }
    }

    fn waves() -> Raster {
        let wave = |x: u32, step: f64| (128.0 + 90.0 * (f64::from(x) * step).sin()) as u8;
        let pixel = |x, y| Rgb([wave(x, 0.3), wave(y, 0.2), wave(x + y, 0.1)]);
        raster(RgbImage::from_fn(96, 80, pixel)).unwrap()
    }

    #[test]
    fn a_picture_is_as_it_is_and_more_noise_is_further_away() {
        let judges = Judges::open(&small(), Device::Cpu).unwrap();
        let original = waves();
        let bench = judges.bench(&original, 4).unwrap();
        let same = bench.judge(&original).unwrap();
        assert!(same.psnr.is_infinite() && (same.ssim - 1.0).abs() < 1e-9);
        assert_eq!((same.vgg16, same.efficientnet, same.colour_step), (0.0, 0.0, 0.0));
        let [little, much] =
            [0, 1].map(|i| bench.judge(&DEGRADATIONS[i].apply(&original, 0).unwrap()).unwrap());
        assert!(little.psnr > much.psnr && little.ssim > much.ssim);
        assert!(0.0 < little.vgg16 && little.vgg16 < much.vgg16);
        assert!(0.0 < little.efficientnet && little.efficientnet < much.efficientnet);
        assert!(much.colour_step < 1.0);
    }

    #[test]
    fn keys_change_with_all_that_scores_depend_on() {
        let judges = Judges::open(&small(), Device::Cpu).unwrap();
        let (original, other) = (waves(), DEGRADATIONS[0].apply(&waves(), 0).unwrap());
        let key = |original: &Raster, result: &Raster, factor| {
            judges.bench(original, factor).unwrap().key(result)
        };
        let first = key(&original, &other, 4);
        assert_eq!(first, key(&original, &other, 4));
        assert_ne!(first, key(&other, &original, 4));
        assert_ne!(first, key(&original, &other, 2));
    }

    #[test]
    fn what_cannot_be_judged_is_refused() {
        let judges = Judges::open(&small(), Device::Cpu).unwrap();
        let tiny = raster(RgbImage::new(90, 40)).unwrap();
        let message = judges.bench(&tiny, 4).unwrap_err().to_string();
        assert!(message.contains("90x40"), "{message}");
        let missing = JudgeArgs { vgg: Some("/nowhere.safetensors".into()), ..small() };
        let message = Judges::open(&missing, Device::Cpu).unwrap_err().to_string();
        assert!(message.contains("cargo xtask vgg16"), "{message}");
    }
}
