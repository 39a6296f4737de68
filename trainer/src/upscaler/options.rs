//! What an upscaler's training can be told, on the command line, in `run.json` and in checkpoints.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use polyinr::model::UpscalerConfig;
use polyinr::network::local_poly_inr::Blend;
use polyinr::network::{LocalPolyInrConfig, UpscalerNetworkConfig};
use serde::{Deserialize, Serialize};

use super::crops::CropOptions;
use super::input::{InputArgs, range};
use super::looks::LooksArgs;
use crate::error::{Error, Result};
use crate::optim::Method;
use crate::run::given::RunOptions;
use crate::run::machine::MachineArgs;
use crate::run::shelf;

/// Everything that an upscaler's run is told.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Which photographs.
    #[command(flatten)]
    #[serde(flatten)]
    pub photos: PhotoArgs,
    /// Shape of the network.
    #[command(flatten)]
    #[serde(flatten)]
    pub network: NetworkArgs,
    /// What crops go through before the network sees them.
    #[command(flatten)]
    #[serde(flatten)]
    pub input: InputArgs,
    /// What a step is shown, and how it changes weights.
    #[command(flatten)]
    #[serde(flatten)]
    pub step: StepArgs,
    /// What results are to look like.
    #[command(flatten)]
    #[serde(flatten)]
    pub looks: LooksArgs,
    /// For how long.
    #[command(flatten)]
    #[serde(flatten)]
    pub length: Length,
    /// Device and draws.
    #[command(flatten)]
    #[serde(flatten)]
    pub machine: MachineArgs,
    /// What is written and measured.
    #[command(flatten)]
    #[serde(flatten)]
    pub output: OutputArgs,
}

impl RunOptions for Options {
    const CHANGEABLE: &'static [&'static str] = &[
        "photos",
        "halve",
        "device",
        "threads",
        "steps",
        "minutes",
        "validate",
        "factors",
        "validate_steps",
        "checkpoint_steps",
        "keep",
        "log_steps",
        "name",
        "licence",
        "half",
        "vgg",
    ];
}

/// Which photographs are trained on.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Photographs")]
pub struct PhotoArgs {
    /// Zip files or folders of photographs without traces of compression, taken as they are; those
    /// given several times are drawn as many times as often
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub photos: Vec<PathBuf>,
    /// Zip files or folders of photographs that are halved first, which hides the blocks of JPEG
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub halve: Vec<PathBuf>,
}

/// Shape of the network.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// Channels of the encoder
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub channels: usize,
    /// Residual blocks of the encoder
    #[arg(long, value_name = "N", default_value_t = 18)]
    pub blocks: usize,
    /// Levels of the polynomial
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub levels: usize,
    /// Features a level
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub features: usize,
    /// What is blended of the four pixels around a position
    #[arg(long, value_enum, default_value_t = BlendArg::Colours)]
    #[serde(default)]
    pub blend: BlendArg,
    /// Side of the convolution that gives affine parameters, 1 or 3
    #[arg(long, value_name = "PIXELS", default_value_t = 3)]
    #[serde(default = "three")]
    pub affine_side: usize,
    /// Weight what a block gives by its own size, as SPAN does. No engine renders such a model yet
    #[arg(long)]
    #[serde(default)]
    pub attention: bool,
    /// Begin every sixth block with a convolution of this side over a quarter of the channels, as
    /// PLKSR does; 0 for none. No engine renders such a model yet
    #[arg(long, value_name = "PIXELS", default_value_t = 0)]
    #[serde(default)]
    pub large_side: usize,
    /// Tell the network how much to clean each crop, so that its user can
    #[arg(long)]
    #[serde(default)]
    pub strength: bool,
    /// Train the 3x3 convolutions of the body as parallel branches, which the model file has as one
    #[arg(long)]
    #[serde(default)]
    pub branches: bool,
    /// Begin with the weights of this model file instead of random ones. Its shape must be the same,
    /// but for fewer blocks, --scale and --strength: what is new begins with adding nothing
    #[arg(long, value_name = "MODEL")]
    pub from: Option<PathBuf>,
}

/// What is blended of the four pixels around a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum BlendArg {
    /// Colours: four polynomials are evaluated
    #[default]
    Colours,
    /// Affine terms: one polynomial is
    Terms,
}

impl From<BlendArg> for Blend {
    fn from(argument: BlendArg) -> Self {
        match argument {
            BlendArg::Colours => Self::Colours,
            BlendArg::Terms => Self::Terms,
        }
    }
}

/// What a step is shown, and how it changes weights.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Steps")]
pub struct StepArgs {
    /// Factors that photographs are reduced by, from 1 on, drawn anew for every batch
    #[arg(long, value_name = "FROM-TO", default_value = "1.1-4.3", value_parser = scale_range)]
    pub scale: [f64; 2],
    /// Crops a step
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub batch: usize,
    /// Side of a reduced crop in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 24)]
    pub crop: u32,
    /// Positions at which a crop's colours are asked for
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub positions: usize,
    /// What gradients become steps by
    #[arg(long, value_enum, default_value_t = Method::Muon)]
    #[serde(default)]
    pub optimizer: Method,
    /// Learning rate after the warm-up; it falls along a cosine
    #[arg(long, value_name = "RATE", default_value_t = 1e-3)]
    pub lr: f64,
    /// Steps in which the learning rate rises
    #[arg(long, value_name = "STEPS", default_value_t = 200)]
    pub warm_up: u64,
    /// Gradient norm beyond which gradients are scaled down
    #[arg(long, value_name = "NORM", default_value_t = 1.0)]
    pub clip: f64,
    /// Share that the average of weights keeps at a step
    #[arg(long, value_name = "SHARE", default_value_t = 0.999)]
    pub ema: f64,
}

/// How long a run takes. The learning rate has fallen to zero when either is reached.
#[derive(Args, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Length")]
pub struct Length {
    /// Steps to make
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub steps: Option<u64>,
    /// Minutes to train; how many steps that are, and so the result, depends on the machine
    #[arg(long, value_name = "N")]
    pub minutes: Option<f64>,
}

/// How often something is written, and what a run is measured on.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Zip files or folders of pictures to measure PSNR on, such as set5.zip; never trained on
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub validate: Vec<PathBuf>,
    /// Whole factors that are measured, with commas between
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "2,3,4",
        value_parser = clap::value_parser!(u32).range(2..=64))]
    pub factors: Vec<u32>,
    /// Steps from one measurement to the next; one more follows at the end
    #[arg(long, value_name = "STEPS", default_value_t = 2000,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub validate_steps: u64,
    /// Steps from one checkpoint to the next
    #[arg(long, value_name = "STEPS", default_value_t = 1000,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub checkpoint_steps: u64,
    /// The last N checkpoints are kept
    #[arg(long, value_name = "N", default_value_t = shelf::KEPT, value_parser = clap::value_parser!(u32).range(1..))]
    #[serde(default = "shelf::kept")]
    pub keep: u32,
    /// Steps from one line of stats.jsonl to the next
    #[arg(long, value_name = "STEPS", default_value_t = 50,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub log_steps: u64,
    /// Name in the model file
    #[arg(long, value_name = "NAME", default_value = "upscaler")]
    pub name: String,
    /// Licence in the model file, and the credit that the photographs ask for
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub licence: String,
    /// Store 16-bit floats in the model file: half the size
    #[arg(long)]
    #[serde(default)]
    pub half: bool,
}

impl Options {
    /// Checks what is there, and the numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the first option that makes no sense.
    pub fn check(&self) -> Result<()> {
        let (photos, network, step) = (&self.photos, &self.network, &self.step);
        let Length { steps, minutes } = self.length;
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let large = network.large_side == 0
            || (network.large_side <= 31 && !network.large_side.is_multiple_of(2));
        let rules = [
            ("--photos", photos.photos.len() + photos.halve.len() > 0, "or --halve is needed"),
            ("--steps", steps.is_some() || minutes.is_some(), "or --minutes is needed"),
            ("--minutes", minutes.is_none_or(positive), "must be a positive number"),
            ("--channels", (1..=1024).contains(&network.channels), "must be 1 to 1024"),
            ("--blocks", network.blocks <= 256, "must be 0 to 256"),
            ("--levels", (1..=64).contains(&network.levels), "must be 1 to 64"),
            ("--features", (1..=1024).contains(&network.features), "must be 1 to 1024"),
            ("--affine-side", matches!(network.affine_side, 1 | 3), "must be 1 or 3"),
            ("--large-side", large, "must be 0 or an odd number up to 31"),
            ("--lr", positive(step.lr), "must be a positive number"),
            ("--clip", positive(step.clip), "must be a positive number"),
            ("--ema", 0.0 < step.ema && step.ema < 1.0, "must be between 0 and 1"),
        ];
        if let Some((name, _, problem)) = rules.into_iter().find(|(_, holds, _)| !holds) {
            return Err(Error::parameter(name, problem));
        }
        self.input.check()?;
        self.looks.check()?;
        self.crops().check()
    }

    /// What batches are made of.
    pub fn crops(&self) -> CropOptions {
        crops(&self.step, &self.input, &self.looks, self.machine.seed)
    }
}

/// What batches are made of.
pub(super) fn crops(
    step: &StepArgs,
    input: &InputArgs,
    looks: &LooksArgs,
    seed: u64,
) -> CropOptions {
    let StepArgs { batch, crop: side, positions, scale, .. } = *step;
    let InputArgs { same_size, permute_colours, clean_share, cutblur, .. } = *input;
    let (patch, chain) = (looks.patch(), input.chain());
    CropOptions {
        batch,
        side,
        positions,
        patch,
        scale,
        same_size,
        permute_colours,
        chain,
        clean_share,
        cutblur,
        seed,
    }
}

impl NetworkArgs {
    /// Shape of an upscaler that is trained at these factors.
    pub fn config(&self, scale: [f64; 2]) -> UpscalerConfig {
        let mut network =
            LocalPolyInrConfig::new([self.channels, self.blocks], [self.levels, self.features]);
        network.blend = self.blend.into();
        network.affine_side = self.affine_side;
        network.attention = self.attention;
        network.large_side = self.large_side;
        network.strength = self.strength;
        UpscalerConfig::new(UpscalerNetworkConfig::LocalPolyInr(network), scale)
    }
}

impl Length {
    /// Which part of the run `steps` steps in `seconds` seconds are; 1 when it is over.
    pub fn progress(self, steps: u64, seconds: f64) -> f64 {
        let by_steps = self.steps.map_or(0.0, |all| steps as f64 / all as f64);
        let by_time = self.minutes.map_or(0.0, |all| seconds / (60.0 * all));
        by_steps.max(by_time).min(1.0)
    }
}

/// The side where nothing is said.
fn three() -> usize {
    3
}

/// Two factors with a hyphen between.
pub(crate) fn scale_range(text: &str) -> std::result::Result<[f64; 2], String> {
    range(text).map(|(from, to)| [from, to])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::run::given::Given;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        given: Given<Options>,
    }

    /// The options of a command line.
    pub fn parse(line: &str) -> std::result::Result<Given<Options>, clap::Error> {
        let line = std::iter::once("upscaler").chain(line.split_whitespace());
        Line::try_parse_from(line).map(|line| line.given)
    }

    #[test]
    fn the_defaults_are_those_of_clean() {
        let options = parse("--photos a.zip --steps 9").unwrap().options;
        options.check().unwrap();
        let model = "../models/clean.safetensors";
        let model = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(model);
        let polyinr::model::Kind::Upscaler(config) =
            polyinr::Model::open(model).unwrap().describe().kind
        else {
            panic!("an upscaler")
        };
        assert_eq!(options.network.config(options.step.scale), config);
    }

    #[test]
    fn a_resumed_run_keeps_what_decides_its_result() {
        let stored = parse("--photos a --steps 9 --degrade photo --lr 0.002").unwrap().options;
        let merged = parse("--photos b --steps 12 --lr 0.002").unwrap().over(&stored).unwrap();
        assert_eq!((merged.length.steps, merged.step), (Some(12), stored.step.clone()));
        assert_eq!(merged.input, stored.input);
        assert_eq!(merged.photos.photos, [PathBuf::from("b")]);
        let error = parse("--scale 2-3").unwrap().over(&stored).unwrap_err().to_string();
        assert!(error.contains("--scale"), "{error}");
        let json = serde_json::to_value(&stored).unwrap();
        assert!(Options::CHANGEABLE.iter().all(|name| json.get(name).is_some()));
    }

    #[test]
    fn senseless_options_are_refused_by_name() {
        for line in ["--photos a --steps 0", "--halve a --minutes x", "--halve a --minutes -1"] {
            assert!(parse(line).is_err(), "{line}");
        }
        for jpeg in ["60", "0-50", "80-60", "60-101"] {
            assert!(parse(&format!("--photos a --steps 1 --jpeg {jpeg}")).is_err(), "{jpeg}");
        }
        for (line, option) in [
            ("--steps 9", "--photos"),
            ("--photos a", "--steps"),
            ("--photos a --minutes 0", "--minutes"),
            ("--photos a --steps 1 --channels 0", "--channels"),
            ("--photos a --steps 1 --features 5000", "--features"),
            ("--photos a --steps 1 --lr NaN", "--lr"),
            ("--photos a --steps 1 --ema 1", "--ema"),
            ("--photos a --steps 1 --scale 0.9-4", "--scale"),
            ("--photos a --steps 1 --positions 677", "--positions"),
            ("--photos a --steps 1 --crop 2", "--crop"),
            ("--photos a --steps 1 --patch 40", "--patch"),
            ("--photos a --steps 1 --feature-weight 0.1", "--feature-weight: needs --patch"),
            ("--photos a --steps 1 --scale 2-4 --patch 40 --colour-weight NaN", "--colour-weight"),
        ] {
            let error = parse(line).unwrap().options.check().unwrap_err().to_string();
            assert!(error.starts_with(option), "{error}");
        }
    }

    #[test]
    fn runs_end_by_steps_or_by_time() {
        let length = Length { steps: Some(100), minutes: Some(2.0) };
        assert_eq!(length.progress(25, 12.0), 0.25);
        assert_eq!(length.progress(25, 60.0), 0.5);
        assert_eq!(length.progress(300, 1.0), 1.0);
        assert_eq!(Length { steps: None, ..length }.progress(10_000, 60.0), 0.5);
    }
}
