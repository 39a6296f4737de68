//! What a training run can be told, on the command line and in checkpoints.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::schedule::ScheduleArgs;
use super::shape::NetworkArgs;
use crate::augment::{Pace, Policy};
use crate::data::DataArgs;
use crate::error::{Error, Result};
use crate::metrics::Metric;
use crate::run::given::RunOptions;
use crate::run::machine::MachineArgs;
use crate::run::shelf;

/// Thousands of pictures that a discriminator may be always right about, where a run does not say it.
pub const SATURATED_KIMG: f64 = 20.0;

/// What adaptive augmentation follows, where a run does not say it.
const ADA: Pace = Pace { target: 0.6, kimg: 500.0 };

/// Everything that decides what a run computes. The names of fields are those of the command line,
/// of `run.json` and of checkpoints.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Which pictures.
    #[command(flatten, next_help_heading = "Data")]
    #[serde(flatten)]
    pub data: DataArgs,
    /// Resolutions and lengths.
    #[command(flatten)]
    #[serde(flatten)]
    pub schedule: ScheduleArgs,
    /// Shapes of the networks.
    #[command(flatten)]
    #[serde(flatten)]
    pub networks: NetworkArgs,
    /// Losses, augmentation, optimizers.
    #[command(flatten)]
    #[serde(flatten)]
    pub recipe: RecipeArgs,
    /// Rates and what smooths the game.
    #[command(flatten)]
    #[serde(flatten)]
    pub balance: BalanceArgs,
    /// Device and draws.
    #[command(flatten)]
    #[serde(flatten)]
    pub machine: MachineArgs,
    /// How often something is written.
    #[command(flatten)]
    #[serde(flatten)]
    pub output: OutputArgs,
}

/// Losses, augmentation, optimizers: what is the same for all networks where nothing is said.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Recipe")]
pub struct RecipeArgs {
    /// Parts a batch is computed in, for less memory
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub accumulate: usize,
    /// Steps from one gradient penalty to the next
    #[arg(long, value_name = "STEPS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..))]
    pub r1_every: u64,
    /// Weight of a penalty on generated colours outside the range of pictures, max(0, |x| - 1)²; 0 for
    /// none
    #[arg(long, value_name = "WEIGHT", default_value_t = 1.0)]
    #[serde(default)]
    pub range_weight: f64,
    /// Augmentation of what the discriminator sees, of color, translation, cutout; or none; or ada, the
    /// adaptive one, whose changes are as frequent as the discriminator is right about real pictures
    #[arg(long, value_name = "LIST", default_value_t = Policy::default())]
    #[serde(with = "as_text")]
    pub augment: Policy,
    /// Mean sign of the discriminator's logits of real pictures that --augment ada aims at
    #[arg(long, value_name = "SIGN", default_value_t = ADA.target)]
    #[serde(default = "ada_target")]
    pub ada_target: f64,
    /// Thousands of pictures in which the probability of --augment ada can go from 0 to 1
    #[arg(long, value_name = "KIMG", default_value_t = ADA.kimg)]
    #[serde(default = "ada_kimg")]
    pub ada_kimg: f64,
    /// Thousands of pictures over which the blur fades
    #[arg(long, value_name = "KIMG", default_value_t = 300.0)]
    pub blur_kimg: f64,
    /// Every later stage begins as those of the published training do: with the average as the
    /// generator, against a new discriminator, with new moments, and with the blur once more
    #[arg(long)]
    #[serde(default)]
    pub fresh_stages: bool,
    /// Half-life of the averaged generator in thousands of pictures [default: batch x 10/32]
    #[arg(long, value_name = "KIMG")]
    pub ema_kimg: Option<f64>,
    /// The half-life is at most this share of the pictures shown so far
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub ema_ramp: f64,
    /// Gradient norm of the generator beyond which gradients are scaled down; 0 for never
    #[arg(long, value_name = "NORM", default_value_t = 0.5)]
    pub clip_g: f64,
    /// The same of the discriminator
    #[arg(long, value_name = "NORM", default_value_t = 5.0)]
    pub clip_d: f64,
    /// A timm DeiT classifier as safetensors that guides the generator towards its class
    #[arg(long, value_name = "FILE")]
    pub guidance: Option<PathBuf>,
    /// JSON object of that classifier's number for each class name [default: the same classes]
    #[arg(long, value_name = "JSON", requires = "guidance")]
    pub guide_classes: Option<PathBuf>,
    /// Weight of that guidance: of a picture's cross-entropy beside the sum over pictures of the hinge
    /// loss, as in the published training
    #[arg(long, value_name = "WEIGHT", default_value_t = 8.0)]
    pub guidance_weight: f64,
    /// Resolution from which on it guides
    #[arg(long, value_name = "PIXELS", default_value_t = 128)]
    pub guidance_from: u32,
}

/// What keeps the two networks in balance, where it is said; what stands in its place depends on
/// the discriminator and on what the run begins with ([`Options::resolve`]).
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Balance of the networks")]
pub struct BalanceArgs {
    /// Learning rate of the generator [default: 3e-4; projected: 1e-4; creps, inr-gan: 2e-3]
    #[arg(long, value_name = "RATE")]
    pub lr_g: Option<f64>,
    /// Learning rate of the discriminator [default: 8e-4; projected: 2e-4; of creps and inr-gan the
    /// convolutional one's: 2e-3]
    #[arg(long, value_name = "RATE")]
    pub lr_d: Option<f64>,
    /// Share of generated pictures whose later levels, from a random one on, have a second latent
    /// [default: 0; creps, inr-gan: 0.9]
    #[arg(long, value_name = "SHARE")]
    #[serde(default)]
    pub mixing: Option<f64>,
    /// Weight of the gradient penalty on real pictures; 0 for none [default: 0.3; projected: 0]
    #[arg(long, value_name = "GAMMA")]
    pub r1: Option<f64>,
    /// Thousands of pictures at the beginning that only the discriminator is trained with, so that it
    /// can tell what a trained generator lacks [default: 0; with --from: 5]
    #[arg(long, value_name = "KIMG")]
    pub d_head_start: Option<f64>,
    /// Moves the grid of every generated picture by up to this many pixels each way, so that what lies
    /// between pixels is trained too [default: 0]
    #[arg(long, value_name = "PIXELS")]
    pub jitter: Option<f64>,
    /// Deviation in pixels of the blur that what the discriminator sees begins with [default: 0;
    /// projected: 2]
    #[arg(long, value_name = "SIGMA")]
    pub blur_sigma: Option<f64>,
}

/// How often something is written; nothing of it changes what is trained.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Thousands of pictures from one sample grid to the next
    #[arg(long, value_name = "KIMG", default_value_t = 10.0)]
    pub snapshot_kimg: f64,
    /// Latents of a sample grid, for every class
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub snapshot_columns: u32,
    /// Thousands of pictures from one checkpoint to the next
    #[arg(long, value_name = "KIMG", default_value_t = 10.0)]
    pub checkpoint_kimg: f64,
    /// The last N checkpoints are kept, besides the best one that was measured and the one to go back to
    /// when the discriminator is always right
    #[arg(long, value_name = "N", default_value_t = shelf::KEPT, value_parser = clap::value_parser!(u32).range(1..))]
    #[serde(default = "shelf::kept")]
    pub keep: u32,
    /// Stop when the discriminator has been right about nearly all pictures for this many thousands of
    /// them: the generator learns nothing from it then; 0 for never
    #[arg(long, value_name = "KIMG", default_value_t = SATURATED_KIMG)]
    #[serde(default = "saturated_kimg")]
    pub saturated_kimg: f64,
    /// Thousands of pictures from one measurement to the next; 0 for none
    #[arg(long, value_name = "KIMG", default_value_t = 0.0)]
    pub metrics_kimg: f64,
    /// What is measured, of rfid, fd-efficientnet, precision, recall, recognised; the first one says
    /// which checkpoint is the best [default: fd-efficientnet with --efficientnet, else rfid]
    #[arg(
        long,
        value_name = "LIST",
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true
    )]
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// Generated pictures that are measured
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub metrics_images: usize,
    /// Steps from one line of stats.jsonl to the next
    #[arg(long, value_name = "STEPS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    pub log_steps: u64,
}

impl RunOptions for Options {
    /// Where data lies, what computes, how long, how fast and on what grid it trains from then on,
    /// what is written and how often.
    const CHANGEABLE: &'static [&'static str] = &[
        "data",
        "labels",
        "data_cache",
        "no_data_cache",
        "device",
        "threads",
        "resolution",
        "kimg",
        "levels",
        "batch",
        "lr_g",
        "lr_d",
        "jitter",
        "snapshot_kimg",
        "checkpoint_kimg",
        "keep",
        "saturated_kimg",
        "metrics_kimg",
        "metrics",
        "metrics_images",
        "log_steps",
    ];
}

impl Options {
    /// Whether every number is one that can be trained with.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the first option that is not.
    pub fn check(&self) -> Result<()> {
        let (recipe, output) = (&self.recipe, &self.output);
        let balance = &self.balance;
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let not_negative = |x: f64| x >= 0.0 && x.is_finite();
        let rules = [
            ("--lr-g", balance.lr_g.is_none_or(positive), "must be a positive number"),
            ("--lr-d", balance.lr_d.is_none_or(positive), "must be a positive number"),
            ("--r1", balance.r1.is_none_or(not_negative), "must be 0 or a positive number"),
            ("--blur-sigma", balance.blur_sigma.is_none_or(not_negative), "must be 0 or more"),
            ("--d-head-start", balance.d_head_start.is_none_or(not_negative), "must be 0 or more"),
            (
                "--mixing",
                balance.mixing.is_none_or(|share| (0.0..=1.0).contains(&share)),
                "must be 0 to 1",
            ),
            ("--jitter", balance.jitter.is_none_or(not_negative), "must be 0 or a positive number"),
            ("--range-weight", not_negative(recipe.range_weight), "must be 0 or more"),
            ("--blur-kimg", not_negative(recipe.blur_kimg), "must be 0 or more"),
            ("--ada-target", (-1.0..=1.0).contains(&recipe.ada_target), "must be -1 to 1"),
            ("--ada-kimg", positive(recipe.ada_kimg), "must be a positive number"),
            ("--ema-kimg", recipe.ema_kimg.is_none_or(not_negative), "must be 0 or more"),
            ("--ema-ramp", positive(recipe.ema_ramp), "must be a positive number"),
            ("--clip-g", not_negative(recipe.clip_g), "must be 0 or a positive number"),
            ("--clip-d", not_negative(recipe.clip_d), "must be 0 or a positive number"),
            ("--guidance-weight", not_negative(recipe.guidance_weight), "must be 0 or more"),
            ("--snapshot-kimg", positive(output.snapshot_kimg), "must be a positive number"),
            ("--checkpoint-kimg", positive(output.checkpoint_kimg), "must be a positive number"),
            ("--metrics-kimg", not_negative(output.metrics_kimg), "must be 0 or more"),
            ("--saturated-kimg", not_negative(output.saturated_kimg), "must be 0 or more"),
            ("--accumulate", (1..=4096).contains(&recipe.accumulate), "must be 1 to 4096"),
            (
                "--metrics",
                output.metrics.is_empty() || output.metrics_kimg > 0.0,
                "needs --metrics-kimg, which says how often",
            ),
            ("--metrics-images", output.metrics_images >= 2, "must be 2 or more"),
        ];
        let first = self.schedule.resolution.first().copied();
        let networks = self.networks.rules(first);
        match rules.into_iter().chain(networks).find(|(_, holds, _)| !holds) {
            Some((name, _, problem)) => Err(Error::parameter(name, problem)),
            None => Ok(()),
        }
    }
}

fn ada_target() -> f64 {
    ADA.target
}

fn ada_kimg() -> f64 {
    ADA.kimg
}

fn saturated_kimg() -> f64 {
    SATURATED_KIMG
}

/// Values that are written as the command line spells them.
mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use clap::Command;
    use serde_json::{Map, Value};

    use super::*;
    use crate::run::given::Given;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        given: Given<Options>,
    }

    fn parse(line: &str) -> Given<Options> {
        let words = ["train"].into_iter().chain(line.split_whitespace());
        Line::try_parse_from(words).unwrap().given
    }

    #[test]
    fn every_option_is_written_and_read_under_its_own_name() {
        let options = parse("--data x --lr-g 0.001 --augment color --batch 8,4").options;
        let Value::Object(json) = serde_json::to_value(&options).unwrap() else { panic!() };
        let back: Options = serde_json::from_value(Value::Object(json.clone())).unwrap();
        assert_eq!(back, options);
        let command = Options::augment_args(Command::new("options"));
        for argument in command.get_arguments() {
            let name = argument.get_long().unwrap().replace('-', "_");
            assert!(json.contains_key(&name), "{name}");
        }
        for name in Options::CHANGEABLE {
            assert!(json.contains_key(*name), "{name}");
        }
    }

    #[test]
    fn what_was_not_said_comes_from_the_checkpoint() {
        let stored = parse("--data x --batch 8 --seed 5 --lr-g 0.001").options.resolve();
        let merged = parse("--seed 5 --log-steps 3").over(&stored).unwrap();
        assert_eq!((merged.machine.seed, merged.output.log_steps), (5, 3));
        assert_eq!(merged.schedule, stored.schedule);
        assert_eq!((&merged.recipe, merged.balance.lr_g), (&stored.recipe, Some(0.001)));
        assert_eq!(merged.data, stored.data);
        assert_eq!(merged.resolve().balance, stored.balance);
    }

    #[test]
    fn contradictions_are_refused_by_name() {
        let stored = parse("--data x --seed 5").options.resolve();
        let refused = parse("--seed 6 --features 64 --r1 7").over(&stored);
        let error = refused.unwrap_err().to_string();
        for part in ["--seed 6 (the checkpoint has 5)", "--features 64", "--r1 7"] {
            assert!(error.contains(part), "{error}");
        }
        assert!(parse("--features 128 --threads 1").over(&stored).is_ok());
    }

    #[test]
    fn a_shape_fills_what_was_not_said() {
        let shape = || Map::from_iter([("features".to_owned(), 64.into())]);
        let shaped = parse("--data x --r1 7").shaped("--from", shape()).unwrap();
        assert_eq!((shaped.networks.features.of(0), shaped.balance.r1), (64, Some(7.0)));
        assert!(parse("--features 64").shaped("--from", shape()).is_ok());
        let error = parse("--features 128").shaped("--from", shape()).unwrap_err().to_string();
        assert!(error.contains("--features 128 (the model has 64)"), "{error}");
    }
}
