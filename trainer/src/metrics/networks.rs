//! The feature networks that metrics need, and the files they come from.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use tch::Device;

use super::collect::{Gather, Job};
use super::extractor::{Extractor, Output};
use super::{EfficientNetFeatures, Inception, Script, Vgg};
use crate::device::Precision;
use crate::error::{Error, Result};
use crate::features::EfficientNet;

/// Seed of the random Inception's weights.
const SEED: u64 = 0;
/// Where the trained Inception comes from.
const INCEPTION_ORIGIN: &str = "this metric needs the Inception network of 2015-12-05: give its \
    TorchScript file (inception-2015-12-05.pt of the StyleGAN metrics) or pytorch-fid's weights \
    saved as safetensors with --inception; rfid needs no file";

/// A metric of generated images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Fréchet distance of Inception's features
    Fid,
    /// Fréchet distance of the places in an inner layer of Inception
    Sfid,
    /// Fréchet distance of a randomly initialised Inception's features
    Rfid,
    /// Inception score
    Is,
    /// Share of generated images that lie near real ones
    Precision,
    /// Share of real images that lie near generated ones
    Recall,
    /// Fréchet distance of EfficientNet-lite0's features
    FdEfficientnet,
    /// Share of images whose class a linear classifier tells that was fitted to the real images'
    /// features of EfficientNet-lite0
    Recognised,
}

impl Metric {
    /// Its usual name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Fid => "FID",
            Self::Sfid => "sFID",
            Self::Rfid => "rFID",
            Self::Is => "IS",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::FdEfficientnet => "FD (EfficientNet-lite0)",
            Self::Recognised => "recognised",
        }
    }

    /// Whether it compares with real images.
    pub fn needs_real(self) -> bool {
        self != Self::Is
    }

    /// Whether `value` is better than `other`.
    pub fn is_better(self, value: f64, other: f64) -> bool {
        match self {
            Self::Fid | Self::Sfid | Self::Rfid | Self::FdEfficientnet => value < other,
            Self::Is | Self::Precision | Self::Recall | Self::Recognised => value > other,
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Fid | Self::Sfid | Self::Is => Role::Inception,
            Self::Rfid => Role::Random,
            Self::Precision | Self::Recall => Role::Neighbours,
            Self::FdEfficientnet | Self::Recognised => Role::EfficientNet,
        }
    }
}

/// Images from which on Fréchet distances tell more of the generator than of their number.
const MANY: usize = 2_000;

/// What to know of figures of `metrics` that compare `images` with `reference` ones, where they are few.
pub fn caution(metrics: &[Metric], images: usize, reference: usize) -> Option<String> {
    let few = images.min(reference);
    let compares =
        metrics.iter().any(|metric| metric.needs_real() && *metric != Metric::Recognised);
    (compares && few < MANY).then(|| {
        format!(
            "of {few} images figures are rough, and distances too large: compare them only with figures of as many \
             ({images} against {reference})"
        )
    })
}

/// What a network is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Inception,
    Random,
    Neighbours,
    EfficientNet,
}

/// Files of feature networks.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Feature networks")]
pub struct NetworkArgs {
    /// Inception for fid, sfid and is: TorchScript (inception-2015-12-05.pt of the StyleGAN metrics;
    /// not for sfid) or safetensors (pytorch-fid's weights in torchvision's naming)
    #[arg(long, value_name = "FILE")]
    pub inception: Option<PathBuf>,
    /// Randomly initialised Inception for rfid, in either form [default: made here from a fixed
    /// seed, for figures that compare with others of this program only]
    #[arg(long, value_name = "FILE")]
    pub random_inception: Option<PathBuf>,
    /// VGG16 for precision and recall: TorchScript (vgg16.pt of the StyleGAN metrics) or safetensors
    /// (torchvision's) [default: the random Inception's features, and figures are named so]
    #[arg(long, value_name = "FILE")]
    pub vgg: Option<PathBuf>,
    /// timm's tf_efficientnet_lite0 as safetensors, for fd-efficientnet and recognised
    #[arg(long, value_name = "FILE")]
    pub efficientnet: Option<PathBuf>,
}

/// The networks that some metrics need.
pub struct Networks {
    list: Vec<Box<dyn Extractor>>,
    roles: Vec<Role>,
    vgg: bool,
}

impl Networks {
    /// Opens those that `metrics` need; own networks compute in `precision`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a file is needed that was not given, [`Error::Weights`] when one
    /// cannot be used; both say where the file comes from.
    pub fn open(
        args: &NetworkArgs,
        metrics: &[Metric],
        precision: Precision,
        device: Device,
    ) -> Result<Self> {
        let vgg = args.vgg.is_some();
        let mut networks = Self { list: Vec::new(), roles: Vec::new(), vgg };
        for metric in metrics {
            let role = networks.filled_by(*metric);
            if !networks.roles.contains(&role) {
                networks.list.push(open_role(args, role, *metric, precision, device)?);
                networks.roles.push(role);
            }
        }
        Ok(networks)
    }

    /// All of them, by number.
    pub fn list(&self) -> &[Box<dyn Extractor>] {
        &self.list
    }

    /// The role whose network a metric looks through.
    fn filled_by(&self, metric: Metric) -> Role {
        match metric.role() {
            Role::Neighbours if !self.vgg => Role::Random,
            role => role,
        }
    }

    /// What is to be gathered for a metric.
    ///
    /// # Errors
    /// [`Error::Parameter`] when these networks were not opened for it.
    pub fn job(&self, metric: Metric) -> Result<Job> {
        let role = self.filled_by(metric);
        let network = self.roles.iter().position(|r| *r == role).ok_or_else(|| {
            Error::parameter("--metrics", format!("no network was opened for {}", metric.title()))
        })?;
        let (output, gather) = match metric {
            Metric::Fid | Metric::Rfid | Metric::FdEfficientnet => {
                (Output::Features, Gather::Moments)
            }
            Metric::Sfid => (Output::Spatial, Gather::Moments),
            Metric::Is => (Output::Probabilities, Gather::Vectors),
            Metric::Precision | Metric::Recall | Metric::Recognised => {
                (Output::Features, Gather::Vectors)
            }
        };
        Ok(Job { network, output, gather })
    }

    /// A metric's name with these networks: precision and recall on the random Inception say so.
    pub fn title(&self, metric: Metric) -> String {
        match metric.role() {
            Role::Neighbours if !self.vgg => format!("{} (random Inception)", metric.title()),
            _ => metric.title().to_owned(),
        }
    }
}

fn open_role(
    args: &NetworkArgs,
    role: Role,
    metric: Metric,
    precision: Precision,
    device: Device,
) -> Result<Box<dyn Extractor>> {
    let inception = |path: &Path, what: &str| -> Result<Box<dyn Extractor>> {
        Ok(match is_script(path) {
            true => Box::new(open_script(path, what, precision, device)?),
            false => Box::new(Inception::open(path, what, precision, device)?),
        })
    };
    if role == Role::EfficientNet {
        let missing = || {
            let problem = format!("{}: {}", metric.title(), EfficientNet::SOURCE);
            Error::parameter("--efficientnet", problem)
        };
        let path = args.efficientnet.as_deref().ok_or_else(missing)?;
        return Ok(Box::new(EfficientNetFeatures::open(path, precision, device)?));
    }
    match (role, &args.inception, &args.random_inception, &args.vgg) {
        (Role::Inception, Some(path), _, _) => inception(path, "Inception"),
        (Role::Inception, None, _, _) => {
            Err(Error::parameter("--metrics", format!("{}: {INCEPTION_ORIGIN}", metric.title())))
        }
        (Role::Neighbours, _, _, Some(path)) if is_script(path) => {
            Ok(Box::new(open_script(path, "VGG16", precision, device)?))
        }
        (Role::Neighbours, _, _, Some(path)) => Ok(Box::new(Vgg::open(path, precision, device)?)),
        (_, _, Some(path), _) => inception(path, "random Inception"),
        (_, _, None, _) => Ok(Box::new(Inception::random(SEED, precision, device)?)),
    }
}

fn open_script(path: &Path, what: &str, precision: Precision, device: Device) -> Result<Script> {
    if precision != Precision::F32 {
        let problem = "TorchScript networks compute in f32; give them as safetensors for bf16";
        return Err(Error::parameter("--precision", problem));
    }
    Script::open(path, what, device)
}

/// Whether a file is not called a safetensors file.
fn is_script(path: &Path) -> bool {
    path.extension().is_none_or(|e| !e.eq_ignore_ascii_case("safetensors"))
}
