//! `cargo bench -p polyinr-train`: how many images a second a whole step of training takes, the
//! generator's and the discriminator's, and the share of the machine's own bf16 matrix rate that is,
//! measured in the same run. With POLYINR_PYTORCH naming a Python that has PyTorch, the same networks
//! in plain PyTorch are measured too. Then the same of an upscaler's step, in either precision, with the
//! share of the rate of a product of matrices in that precision. With POLYINR_EFFICIENTNET naming the file of
//! `cargo xtask efficientnet`, a whole step of a run is measured last: pictures of a data set, both networks,
//! the projected discriminator, augmentation, R1 and the average.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use clap::{Args as _, FromArgMatches as _};
use polyinr::model::{GeneratorConfig, LatentConfig, UpscalerConfig};
use polyinr::network::local_poly_inr::Blend;
use polyinr::network::{LocalPolyInrConfig, NetworkConfig, PolyInrConfig, UpscalerNetworkConfig};
use polyinr_train::data::Dataset;
use polyinr_train::device::{self, Precision};
use polyinr_train::discriminator::{ConvDiscriminator, ConvOptions, Discriminator};
use polyinr_train::gan;
use polyinr_train::gan::options::Options;
use polyinr_train::gan::plan::Plan;
use polyinr_train::gan::schedule::Schedule;
use polyinr_train::gan::state::State;
use polyinr_train::gan::step::At;
use polyinr_train::generator::Generator;
use polyinr_train::loss::{Losses, discriminator_loss, generator_loss};
use polyinr_train::memory;
use polyinr_train::nn::store::trainable;
use polyinr_train::optim::{Adam, AdamOptions, Method};
use polyinr_train::upscaler::crops::Batch;
use polyinr_train::upscaler::step::{StepOptions, Trainer, initial};
use tch::{Device, Kind, Tensor, no_grad};

/// Seconds that every measurement takes at least.
const SECONDS: f64 = 10.0;

/// Features, side of the pictures, batch.
const CASES: &[(usize, u32, i64)] = &[(128, 32, 64), (512, 64, 8)];

fn main() {
    // As the program itself does.
    memory::keep_freed();
    let threads = device::set_threads(None);
    let rate = matrix_rate(Kind::BFloat16);
    println!("{threads} threads; matrix products in bf16: {:.0} GFLOP/s", rate / 1e9);
    println!(
        "{:>5} {:>5} {:>6} {:>10} {:>8} {:>16}",
        "n", "side", "batch", "images/s", "share", "PyTorch images/s"
    );
    for &(features, side, batch) in CASES {
        let mut networks = Networks::new(features, side);
        let images = batch as f64 / least_seconds(|| networks.step(side, batch));
        let share = images * networks.flops(features, side) / rate;
        let theirs = pytorch(features, side, batch, threads)
            .map_or("-".into(), |s| format!("{:.1}", batch as f64 / s));
        println!(
            "{features:>5} {side:>5} {batch:>6} {images:>10.1} {:>7.1}% {theirs:>16}",
            share * 100.0
        );
    }
    println!("{:>10} {:>10} {:>10} {:>8}", "upscaler", "GFLOP/s", "steps/s", "share");
    for (name, kind) in [("float32", Kind::Float), ("bf16", Kind::BFloat16)] {
        let rate = matrix_rate(kind);
        let mut step = UpscalerStep::new(kind);
        let steps = least_seconds(|| step.make()).recip();
        let share = steps * step.flops() / rate * 100.0;
        println!("{name:>10} {:>10.0} {steps:>10.2} {share:>7.1}%", rate / 1e9);
    }
    match std::env::var_os("POLYINR_EFFICIENTNET") {
        Some(file) => projected(Path::new(&file)),
        None => println!("projected: POLYINR_EFFICIENTNET names no file"),
    }
}

/// Measures whole steps of a run against the projected discriminator.
fn projected(efficientnet: &Path) {
    println!("{:>10} {:>5} {:>5} {:>6} {:>10}", "projected", "n", "side", "batch", "images/s");
    for precision in ["f32", "bf16"] {
        let mut step = ProjectedStep::new(efficientnet, precision);
        let images = ProjectedStep::BATCH as f64 / least_seconds(|| step.make());
        let (n, side, batch) = (128, ProjectedStep::SIDE, ProjectedStep::BATCH);
        println!("{precision:>10} {n:>5} {side:>5} {batch:>6} {images:>10.1}");
    }
}

/// A step of a run as `polyinr-train train` makes it.
struct ProjectedStep {
    trainer: gan::step::Trainer,
    state: State,
    dataset: Dataset,
    step: u64,
}

impl ProjectedStep {
    const BATCH: usize = 16;
    const SIDE: u32 = 64;

    fn new(efficientnet: &Path, precision: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for pictures");
        for number in 0..Self::BATCH as u32 {
            let pixel = |x: u32, y: u32| {
                image::Rgb([x * 4, y * 4, (x * y + number * 16) % 256].map(|v| v as u8))
            };
            let picture = image::RgbImage::from_fn(Self::SIDE, Self::SIDE, pixel);
            picture.save(folder.path().join(format!("{number}.png"))).expect("a disk with room");
        }
        let (side, batch) = (Self::SIDE.to_string(), Self::BATCH.to_string());
        let words = [
            "--no-data-cache",
            "--discriminator",
            "projected",
            "--feature-side",
            "128",
            "--mixed-channels",
            "32",
            "--jitter",
            "0.5",
            "--r1",
            "0.1",
            "--precision",
            precision,
            "--resolution",
            &side,
            "--batch",
            &batch,
        ];
        let mut command = Command::new("train");
        let (data, file) = (folder.path().to_string_lossy(), efficientnet.to_string_lossy());
        command.args(words).args(["--data", &data, "--efficientnet", &file]);
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let matches = Options::augment_args(clap::Command::new("train")).get_matches_from(words);
        let options = Options::from_arg_matches(&matches).expect("valid options");
        let settings = options.resolve();
        let dataset = settings.data.open(Self::SIDE).expect("pictures");
        let schedule = Schedule::new(&settings.schedule).expect("a schedule");
        let plan = Plan::new(&settings, dataset.class_names(), None, Device::Cpu);
        let state = State::new(&plan, &schedule.stages()[0]).expect("the feature network");
        let trainer = gan::step::Trainer::new(plan, dataset.labels()).expect("a trainer");
        Self { trainer, state, dataset, step: 0 }
    }

    fn make(&mut self) {
        let indices: Vec<usize> = (0..Self::BATCH).collect();
        let batch = self.dataset.batch(&indices, &[]).expect("pictures");
        let images = self.step * Self::BATCH as u64;
        let at = At { step: self.step, images, stage_images: images, resolution: Self::SIDE };
        let made = self.trainer.discriminator_step(&mut self.state, at, &batch);
        let (_, fakes) = made.expect("finite numbers");
        let made = self.trainer.generator_step(&mut self.state, at, Self::BATCH as i64, fakes);
        made.expect("finite numbers");
        self.state.ema.update(Self::BATCH as u64, images);
        self.step += 1;
    }
}

/// Operations a second of a product of two matrices that caches do not hold.
fn matrix_rate(kind: Kind) -> f64 {
    let matrix = || Tensor::randn([2048, 2048], (kind, Device::Cpu));
    let (a, b) = (matrix(), matrix());
    2.0 * 2048f64.powi(3) / least_seconds(|| drop(a.matmul(&b)))
}

/// Seconds of one call: the least of those in a few seconds.
fn least_seconds(mut call: impl FnMut()) -> f64 {
    call();
    let (start, mut least) = (Instant::now(), f64::MAX);
    while start.elapsed().as_secs_f64() < SECONDS {
        let begun = Instant::now();
        call();
        least = least.min(begun.elapsed().as_secs_f64());
    }
    least
}

/// Seconds of a step in PyTorch, if it is there.
fn pytorch(features: usize, side: u32, batch: i64, threads: usize) -> Option<f64> {
    let python = std::env::var_os("POLYINR_PYTORCH")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/throughput.py");
    let numbers = [features.to_string(), side.to_string(), batch.to_string(), threads.to_string()];
    let output = Command::new(python).arg(script).args(numbers).arg(SECONDS.to_string()).output();
    String::from_utf8(output.ok()?.stdout).ok()?.trim().parse().ok()
}

struct Networks {
    generator: Generator,
    discriminator: ConvDiscriminator,
    adam_g: Adam,
    adam_d: Adam,
}

impl Networks {
    fn new(features: usize, side: u32) -> Self {
        tch::manual_seed(1);
        let network = NetworkConfig::PolyInr(PolyInrConfig::new(10, features));
        let config = GeneratorConfig::new(LatentConfig::new(64, 256), side, network);
        let generator = Generator::new(&config, 0, Device::Cpu);
        generator.normalise_scale();
        let options = ConvOptions {
            resolution: side,
            channel_base: 1536,
            channel_max: 192,
            classes: 0,
            precision: Precision::Bf16,
        };
        let discriminator = ConvDiscriminator::new(&options, Device::Cpu).expect("a valid shape");
        let adam_g = Adam::new(generator.store(), AdamOptions::adversarial(1e-5));
        let adam_d = Adam::new(discriminator.store(), AdamOptions::adversarial(1e-5));
        Self { generator, discriminator, adam_g, adam_d }
    }

    fn generate(&self, side: u32, batch: i64) -> Tensor {
        let z = Tensor::randn([batch, 64], (Kind::Float, Device::Cpu));
        self.generator.synthesise(&self.generator.map(&z, None), side.into(), Kind::BFloat16)
    }

    /// A step of the discriminator, then one of the generator.
    fn step(&mut self, side: u32, batch: i64) {
        let real =
            Tensor::rand([batch, 3, side.into(), side.into()], (Kind::Float, Device::Cpu)) * 2 - 1;
        let fake = no_grad(|| self.generate(side, batch));
        let (real, fake) =
            (self.discriminator.logits(&real, None), self.discriminator.logits(&fake, None));
        self.adam_d.zero_gradients();
        discriminator_loss(Losses::NonSaturating, &real, &fake).backward();
        self.adam_d.step().expect("finite gradients");
        let frozen = trainable(self.discriminator.store());
        frozen.iter().for_each(|(_, t)| drop(t.set_requires_grad(false)));
        self.adam_g.zero_gradients();
        let logits = self.discriminator.logits(&self.generate(side, batch), None);
        generator_loss(Losses::NonSaturating, &logits).backward();
        self.adam_g.step().expect("finite gradients");
        frozen.iter().for_each(|(_, t)| drop(t.set_requires_grad(true)));
    }

    /// Operations an image. The generator's forward pass is nine products with W at every position;
    /// it is made twice and passed backwards once, which costs two more. The discriminator's is made
    /// three times, twice with gradients of weights and pictures, once with those of pictures.
    fn flops(&self, features: usize, side: u32) -> f64 {
        let generator = 9.0 * 2.0 * (features * features) as f64 * f64::from(side * side);
        4.0 * generator + 8.0 * self.discriminator_flops()
    }

    /// Operations of the discriminator's forward pass, an image: those of its convolutions.
    fn discriminator_flops(&self) -> f64 {
        let named = trainable(self.discriminator.store());
        named
            .iter()
            .filter(|(name, _)| name.ends_with("weight"))
            .map(|(name, t)| {
                let side = positions(name);
                2.0 * t.numel() as f64 * side * side
            })
            .sum()
    }
}

/// Training of an upscaler of the shape of `restore`, with as many crops and positions as by default.
struct UpscalerStep {
    trainer: Trainer,
    batch: Batch,
}

impl UpscalerStep {
    const CROPS: i64 = 16;
    const SIDE: i64 = 24;
    const POSITIONS: i64 = 400;

    fn new(kind: Kind) -> Self {
        tch::manual_seed(1);
        let mut network = LocalPolyInrConfig::new([48, 12], [4, 32]);
        network.blend = Blend::Terms;
        network.affine_side = 1;
        network.strength = true;
        let network = UpscalerNetworkConfig::LocalPolyInr(network);
        let config = UpscalerConfig::new(network, [1.0, 4.3]);
        let options = StepOptions {
            optimizer: Method::Muon,
            clip: 1.0,
            ema: 0.999,
            batch: Self::CROPS as usize,
            looks: Default::default(),
            kind,
        };
        let network = initial(&config, 1, Device::Cpu);
        let random = |shape: &[i64]| Tensor::rand(shape, (Kind::Float, Device::Cpu));
        Self {
            trainer: Trainer::new(network, options, 1).expect("no files are needed"),
            batch: Batch {
                pictures: random(&[Self::CROPS, 3, Self::SIDE, Self::SIDE]),
                at: random(&[Self::CROPS, Self::POSITIONS, 2]) * Self::SIDE,
                colours: random(&[Self::CROPS, Self::POSITIONS, 3]),
                strength: random(&[Self::CROPS, 2]),
                inverse_scale: 0.4,
            },
        }
    }

    fn make(&mut self) {
        self.trainer.step(&self.batch, 1e-4).expect("finite numbers");
    }

    /// Operations a step, twice those of the forward pass for the backward one: the encoder's at every
    /// pixel, the levels' at every position.
    fn flops(&self) -> f64 {
        let named = trainable(self.trainer.average().store());
        let weights = named.iter().filter(|(name, _)| name.ends_with("weight"));
        let forward = weights.map(|(name, weight)| {
            let places = match name.starts_with("encoder") {
                true => Self::SIDE * Self::SIDE,
                false => Self::POSITIONS,
            };
            2.0 * weight.numel() as f64 * (Self::CROPS * places) as f64
        });
        3.0 * forward.sum::<f64>()
    }
}

/// Side of what a layer of the discriminator gives; 1 for dense ones.
fn positions(name: &str) -> f64 {
    let mut parts = name.split('.');
    let (part, side) = (parts.next(), parts.next().and_then(|s| s.parse::<f64>().ok()));
    match (part, side, parts.next()) {
        (Some("block"), Some(side), Some("conv1" | "skip")) => side / 2.0,
        (_, Some(side), _) => side,
        (Some("head"), None, _) if name.contains("conv") => 4.0,
        _ => 1.0,
    }
}
