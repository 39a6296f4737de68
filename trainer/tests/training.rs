//! Training of small networks on pictures that the tests make.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::Parser;
use image::{Rgb, RgbImage};
use serde_json::Value;
use tch::{Device, Tensor};

use polyinr_train::data::Batch;
use polyinr_train::gan::log::Tick;
use polyinr_train::gan::meta::Meta;
use polyinr_train::gan::options::Options;
use polyinr_train::gan::plan::Plan;
use polyinr_train::gan::run::Run;
use polyinr_train::gan::schedule::Schedule;
use polyinr_train::gan::settings::Settings;
use polyinr_train::gan::state::State;
use polyinr_train::gan::step::{At, Trainer};
use polyinr_train::nn::store::named;
use polyinr_train::run::given::Given;
use polyinr_train::run::interrupt::Interrupt;
use polyinr_train::run::shelf::{self, Shelf};
use polyinr_train::{Error, Result};

/// Side of the pictures.
const SIDE: u32 = 16;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    given: Given<Options>,
}

/// Writes pictures of two classes, in folders of their own: bright on the left, bright below.
fn pictures(folder: &Path) {
    let mut labels = Vec::new();
    for number in 0..24u32 {
        let class = number % 2;
        let image = RgbImage::from_fn(SIDE, SIDE, |x, y| {
            let level = if class == 0 { 255 - x * 15 } else { y * 15 };
            Rgb([level as u8, (level / 2) as u8, (number * 10) as u8])
        });
        let name = format!("img{number:03}.png");
        image.save(folder.join(&name)).unwrap();
        labels.push((name, class));
    }
    let json = serde_json::json!({ "labels": labels });
    std::fs::write(folder.join("dataset.json"), json.to_string()).unwrap();
}

/// What makes a run small and quick.
const SMALL: [(&str, &str); 14] = [
    ("--resolution", "16"),
    ("--features", "16"),
    ("--z-dim", "8"),
    ("--w-dim", "16"),
    ("--embed-dim", "4"),
    ("--d-channels", "128"),
    ("--d-channels-max", "16"),
    ("--batch", "8"),
    ("--kimg", "0.064"),
    ("--levels", "2"),
    ("--precision", "f32"),
    ("--snapshot-columns", "2"),
    ("--log-steps", "1"),
    ("--threads", "1"),
];

/// What a small, quick run follows on the pictures in `data`, but for those in `others`.
fn settings(data: &Path, others: &str) -> Settings {
    let mut line = format!("train --data {} --no-data-cache {others}", data.display());
    let projected = others.contains("projected");
    let is_used = |name: &str| match name {
        "--embed-dim" => !others.contains("--embed"),
        "--levels" => !others.contains("--network") && !others.contains("--levels"),
        _ => !(others.contains(name) || projected && name.starts_with("--d-")),
    };
    for (name, value) in SMALL.iter().filter(|(name, _)| is_used(name)) {
        line += &format!(" {name} {value}");
    }
    let options = Line::try_parse_from(line.split_whitespace()).unwrap().given.options;
    options.check().unwrap();
    options.resolve()
}

fn train(settings: &Settings, run: &Path) -> Result<()> {
    Run::new(settings.clone(), run, None, &Interrupt::default())?.train()
}

/// Goes on with the run in that folder.
fn resume(settings: &Settings, run: &Path, interrupt: &Interrupt) -> Result<()> {
    let from = shelf::open::<Meta>(run, &mut |e| panic!("{e}"))?;
    Run::new(settings.clone(), run, Some(from), interrupt)?.train()
}

/// The last checkpoint's tensors, by name.
fn outcome(run: &Path) -> Vec<(String, Vec<u8>)> {
    let (_, checkpoint) = shelf::open::<Meta>(run, &mut |e| panic!("{e}")).unwrap();
    let bytes = |t: &Tensor| {
        let mut bytes = vec![0; t.numel() * t.kind().elt_size_in_bytes()];
        t.copy_data_u8(&mut bytes, t.numel());
        bytes
    };
    let mut all: Vec<_> = checkpoint.tensors.iter().map(|(n, t)| (n.clone(), bytes(t))).collect();
    all.sort();
    all
}

/// Folders of pictures and for runs, and the sole use of libtorch's generator, which all threads of a
/// process share.
struct Place {
    data: tempfile::TempDir,
    runs: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Place {
    fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        tch::set_num_threads(1);
        let data = tempfile::tempdir().unwrap();
        pictures(data.path());
        Self { data, runs: tempfile::tempdir().unwrap(), _alone }
    }
}

/// Losses of the discriminator at all steps of a run.
fn losses(run: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(run.join("stats.jsonl")).unwrap();
    let loss = |line| serde_json::from_str::<Value>(line).unwrap()["loss_d"].as_f64().unwrap();
    text.lines().map(loss).collect()
}

/// Checks that a run of so many steps that is interrupted after every one ends as an uninterrupted one,
/// to the bit.
fn pieces_are_the_whole(others: &str, steps: u64) {
    let place = Place::new();
    let settings = settings(place.data.path(), others);
    let [whole, pieces] = ["whole", "pieces"].map(|name| place.runs.path().join(name));
    train(&settings, &whole).unwrap();
    let stop = Interrupt::default();
    stop.stop();
    let mut ended = Run::new(settings.clone(), &pieces, None, &stop).unwrap().train();
    for step in 1..steps {
        assert!(matches!(ended, Err(Error::Interrupted { step: at, .. }) if at == step));
        ended = resume(&settings, &pieces, &stop);
    }
    ended.unwrap();
    assert!(outcome(&whole) == outcome(&pieces));
    assert_eq!(losses(&whole), losses(&pieces));
    assert_eq!(losses(&whole).len() as u64, steps);
}

#[test]
fn a_resumed_run_is_the_uninterrupted_one_to_the_bit() {
    // Grows the grid after 8 steps and the levels after 16; parts of a batch; lazy penalty.
    let stages = "--resolution 16,32,32 --kimg 0.064,0.064,0.032 --levels 2,2,3 --accumulate 2 \
                  --r1-every 3 --mirror --precision bf16";
    pieces_are_the_whole(stages, 20);
}

#[test]
fn a_resumed_creps_with_adaptive_augmentation_is_the_uninterrupted_one_to_the_bit() {
    let stages = "--network creps --line-channels 8 --resolution 16,32 --kimg 0.04,0.032 \
                  --augment ada --ada-kimg 0.1 --ada-target 0 --jitter 0.5 --r1-every 3";
    pieces_are_the_whole(stages, 9);
}

#[test]
fn a_resumed_inr_gan_that_grows_is_the_uninterrupted_one_to_the_bit() {
    let stages = "--network inr-gan --features 16,8 --rank 3 --resolution 16,32 --kimg 0.04,0.032";
    pieces_are_the_whole(stages, 9);
}

#[test]
fn a_resumed_run_of_fresh_stages_is_the_uninterrupted_one_to_the_bit() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/efficientnet.safetensors");
    let stages = "--resolution 16,32 --kimg 0.032,0.032 --levels 2,3 --fresh-stages --blur-sigma 1 \
                  --blur-kimg 0.03 --embedding auto";
    pieces_are_the_whole(&format!("{stages} --efficientnet {}", golden.display()), 8);
    // The heads' tables begin with the embeddings too, at every stage.
    let stages = "--resolution 16,32 --kimg 0.004,0.004 --batch 2 --fresh-stages --embedding auto";
    pieces_are_the_whole(&projected(stages), 4);
}

#[test]
fn a_resumed_run_on_features_is_the_uninterrupted_one_to_the_bit() {
    pieces_are_the_whole(&projected("--kimg 0.006 --batch 2"), 3);
}

#[test]
fn a_run_writes_what_it_does() {
    let place = Place::new();
    let (data, runs) = (&place.data, &place.runs);
    let run = runs.path().join("run");
    train(&settings(data.path(), "--snapshot-kimg 0.032"), &run).unwrap();
    let about: Value =
        serde_json::from_slice(&std::fs::read(run.join("run.json")).unwrap()).unwrap();
    assert_eq!(about["options"]["features"], 16);
    assert_eq!((&about["pictures"], about["classes"].as_array().unwrap().len()), (&24.into(), 2));
    let stats = std::fs::read_to_string(run.join("stats.jsonl")).unwrap();
    for (line, step) in stats.lines().zip(1u64..) {
        let tick: Tick = serde_json::from_str(line).unwrap();
        assert_eq!((tick.step, tick.resolution, tick.levels), (step, SIDE, 2));
        assert!(tick.images_per_second > 0.0 && tick.memory_mib > 0.0 && tick.seconds > 0.0);
        for name in ["loss_d", "loss_g", "norm_d", "norm_g"] {
            assert!(tick.means[name].is_finite(), "{name}");
        }
        assert!(tick.means["sign_real"].abs() <= 1.0 && tick.means["sign_fake"].abs() <= 1.0);
        assert_eq!(tick.means.contains_key("r1"), step == 1, "every eighth step from the first on");
    }
    assert_eq!(stats.lines().count(), 8);
    for step in [0, 4, 8] {
        let sheet = image::open(run.join(format!("samples/step-{step:09}.png"))).unwrap();
        assert_eq!(
            (sheet.width(), sheet.height()),
            (2 * SIDE, 2 * SIDE),
            "two classes, two latents"
        );
    }
}

#[test]
fn a_number_that_is_not_finite_stops_the_run_with_the_last_checkpoint_named() {
    let place = Place::new();
    let (data, runs) = (&place.data, &place.runs);
    let run = runs.path().join("run");
    let settings = settings(data.path(), "--lr-g 1e30 --clip-g 0 --form paper");
    let error = train(&settings, &run).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }), "{error}");
    let kept = Shelf::of_run(&run).list().pop().unwrap();
    assert!(error.to_string().contains(&kept.display().to_string()), "{error}");
    let (_, checkpoint) = shelf::open::<Meta>(&run, &mut |e| panic!("{e}")).unwrap();
    for (name, tensor) in &checkpoint.tensors {
        assert!(tensor.isfinite().all().int64_value(&[]) == 1, "{name}");
    }
}

#[test]
fn another_data_set_is_refused() {
    let place = Place::new();
    let (data, runs) = (&place.data, &place.runs);
    let run = runs.path().join("run");
    train(&settings(data.path(), ""), &run).unwrap();
    let other = settings(data.path(), "--max-images 20 --kimg 0.128");
    let error = resume(&other, &run, &Interrupt::default()).unwrap_err().to_string();
    assert!(error.contains("24 pictures") && error.contains("data has 20"), "{error}");
}

/// Networks, a trainer and a batch of real pictures of one configuration.
struct Bench {
    state: State,
    trainer: Trainer,
    batch: Batch,
}

/// Always the same step, whose draws are the same.
const AT: At = At { step: 1, images: 8, stage_images: 8, resolution: SIDE };
/// Pictures of that step.
const BATCH: i64 = 4;

impl Bench {
    fn new(settings: &Settings) -> Self {
        let dataset = settings.data.open(SIDE).unwrap();
        let stages = Schedule::new(&settings.schedule).unwrap();
        let plan = Plan::new(settings, dataset.class_names(), None, Device::Cpu);
        let state = State::new(&plan, &stages.stages()[0]).unwrap();
        let indices: Vec<usize> = (0..BATCH as usize).collect();
        let batch = dataset.batch(&indices, &[]).unwrap();
        Self { state, trainer: Trainer::new(plan, dataset.labels()).unwrap(), batch }
    }

    fn discriminator_loss(&mut self) -> f64 {
        self.trainer.discriminator_step(&mut self.state, AT, &self.batch).unwrap().0.loss_d
    }

    fn generator_loss(&mut self) -> f64 {
        self.trainer.generator_step(&mut self.state, AT, BATCH, None).unwrap().loss_g
    }

    /// Names of all tensors with copies of their values, and whether they are trained.
    fn values(&self) -> Vec<(String, Tensor, bool)> {
        let stores = [self.state.generator.store(), self.state.discriminator.get().store()];
        let all = stores.into_iter().flat_map(named);
        all.map(|(name, t)| (name, t.detach().copy(), t.requires_grad())).collect()
    }
}

/// Checks that a loss falls by a twentieth within 60 steps.
fn falls(whose: &str, mut loss: impl FnMut() -> f64) {
    let first = loss();
    let last = (0..59).map(|_| loss()).find(|loss| *loss < first - 0.05 * first.abs());
    assert!(last.is_some(), "{whose}: from {first} to {}", loss());
}

/// Checks one configuration: each network learns against the other, frozen one, and everything that
/// is trained changes.
fn each_side_learns(others: &str) {
    let place = Place::new();
    let mut bench = Bench::new(&settings(place.data.path(), others));
    let before = bench.values();
    falls("discriminator", || bench.discriminator_loss());
    falls("generator", || bench.generator_loss());
    for ((name, old, trained), (_, new, _)) in before.iter().zip(bench.values()) {
        if *trained {
            assert_ne!(*old, new, "{name} is trained");
        } else if !MOVES.iter().any(|end| name.ends_with(end)) {
            assert_eq!(*old, new, "{name} is frozen");
        }
    }
}

/// Ends of the names of tensors that move on without being trained: averages of w, and the power
/// iterations of spectral norms.
const MOVES: [&str; 2] = ["w_avg", "weight_u"];

#[test]
fn each_side_learns_with_classes_and_two_levels() {
    each_side_learns("");
}

#[test]
fn each_side_learns_with_classes_and_ten_levels() {
    each_side_learns("--levels 10");
}

#[test]
fn each_side_learns_without_classes() {
    each_side_learns("--unconditional");
}

#[test]
fn each_side_learns_with_creps() {
    for precision in ["f32", "bf16"] {
        each_side_learns(&format!("--network creps --line-channels 8 --precision {precision}"));
    }
}

#[test]
fn each_side_learns_with_inr_gan() {
    for precision in ["f32", "bf16"] {
        let network = "--network inr-gan --rank 3 --unconditional";
        each_side_learns(&format!("{network} --precision {precision}"));
    }
}

#[test]
fn each_side_learns_with_the_bilinear_inr_gan_between_pixels() {
    each_side_learns("--network inr-gan --rank 3 --upsampling bilinear --jitter 0.5");
}

#[test]
fn each_side_learns_with_adaptive_augmentation_and_two_latents() {
    each_side_learns("--levels 3 --mixing 0.5 --augment ada --ada-kimg 0.1");
}

#[test]
fn each_side_learns_without_classes_and_ten_levels_in_bf16() {
    each_side_learns("--unconditional --levels 10 --precision bf16");
}

/// The projected discriminator on feature networks of reduced size.
fn projected(others: &str) -> String {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");
    format!(
        "--discriminator projected --efficientnet {golden}/efficientnet.safetensors --deit \
         {golden}/deit.safetensors --blur-kimg 0 {others}"
    )
}

#[test]
fn each_side_learns_on_features_with_classes_and_two_levels() {
    each_side_learns(&projected(""));
}

#[test]
fn each_side_learns_on_one_feature_network_with_few_channels() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/golden");
    each_side_learns(&format!(
        "--discriminator projected --efficientnet {golden}/efficientnet.safetensors --feature-side 128 \
         --mixed-channels 16 --blur-kimg 0"
    ));
}

#[test]
fn each_side_learns_on_features_without_classes_and_ten_levels() {
    each_side_learns(&projected("--levels 10 --unconditional"));
}
