//! The command line of training: what a run leaves when it is stopped in any way, and what can be
//! made of it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use image::{Rgb, RgbImage};
use polyinr::model::Model;
use polyinr::network::{NetworkConfig, PolyInrConfig};
use predicates::prelude::PredicateBooleanExt as _;
use predicates::str::contains;

/// A folder of pictures of two classes, and one for runs.
struct Place {
    data: tempfile::TempDir,
    runs: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { data: tempfile::tempdir().unwrap(), runs: tempfile::tempdir().unwrap() };
        for number in 0..16u32 {
            let folder = place.data.path().join(["left", "low"][number as usize % 2]);
            std::fs::create_dir_all(&folder).unwrap();
            let image = RgbImage::from_fn(16, 16, |x, y| {
                let level = if number % 2 == 0 { 255 - x * 15 } else { y * 15 };
                Rgb([level as u8, (level / 2) as u8, (number * 15) as u8])
            });
            image.save(folder.join(format!("img{number:03}.png"))).unwrap();
        }
        place
    }

    fn run(&self, name: &str) -> PathBuf {
        self.runs.path().join(name)
    }

    /// A short run of small networks, with a checkpoint every other step.
    fn train(&self, run: &Path, kimg: &str) -> Command {
        let mut command = self.train_any(run, kimg, "16");
        command.args(["--levels", "2"]);
        command
    }

    /// The same of any network, of so many features.
    fn train_any(&self, run: &Path, kimg: &str, features: &str) -> Command {
        let mut command = program();
        command.args(["train", "--no-data-cache", "--resolution", "16"]);
        command.args(["--features", features, "--z-dim", "8", "--w-dim", "16", "--embed-dim", "4"]);
        command.args(["--d-channels", "128", "--d-channels-max", "16", "--batch", "8"]);
        command.args(["--checkpoint-kimg", "0.016", "--threads", "1", "--log-steps", "1"]);
        command.args(["--kimg", kimg, "--data"]).arg(self.data.path()).arg("--out").arg(run);
        command
    }
}

fn program() -> Command {
    Command::new(cargo_bin("polyinr-train"))
}

fn resume(from: &Path) -> Command {
    let mut command = program();
    command.arg("train").arg("--resume").arg(from);
    command
}

fn assert(command: Command) -> assert_cmd::assert::Assert {
    assert_cmd::Command::from_std(command).assert()
}

/// Checkpoints of a run, the oldest first.
fn checkpoints(run: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(run.join("checkpoints")).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "safetensors"));
    paths.sort();
    paths
}

/// Starts `command` and waits until it has written the checkpoint of `step` or a later one.
fn start_until(mut command: Command, run: &Path, step: u64) -> Child {
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let name = format!("step-{step:09}.safetensors");
    let begun = Instant::now();
    while checkpoints(run)
        .last()
        .is_none_or(|path| path.file_name().unwrap().to_str() < Some(&name))
    {
        assert!(child.try_wait().unwrap().is_none(), "the run has ended before step {step}");
        assert!(begun.elapsed() < Duration::from_secs(120), "no checkpoint of step {step}");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Tensors of the last checkpoint, as the file has them: all of it but the header, which says how
/// long training took.
fn tensors(run: &Path) -> Vec<u8> {
    let bytes = std::fs::read(checkpoints(run).last().unwrap()).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    bytes[8 + header..].to_vec()
}

#[test]
fn a_killed_run_goes_on_from_its_last_checkpoint_and_ends_as_one_that_was_not() {
    let place = Place::new();
    let (whole, killed) = (place.run("whole"), place.run("killed"));
    assert(place.train(&whole, "0.4")).success();
    let mut child = start_until(place.train(&killed, "0.4"), &killed, 6);
    child.kill().unwrap();
    child.wait().unwrap();
    let stats = std::fs::read_to_string(killed.join("stats.jsonl")).unwrap();
    let kept = checkpoints(&killed).last().unwrap().display().to_string();
    let steps_made = stats.lines().filter(|line| line.ends_with('}')).count();
    let step: usize = kept[kept.len() - 21..kept.len() - 12].parse().unwrap();
    assert!(steps_made <= step + 2, "at most one interval is lost: {steps_made} made, {step} kept");
    assert(resume(&killed)).success();
    assert_eq!(tensors(&whole), tensors(&killed));
    let stats = std::fs::read_to_string(killed.join("stats.jsonl")).unwrap();
    assert_eq!(stats.lines().count(), 50, "every step once");
}

#[test]
fn a_request_to_stop_saves_and_the_run_goes_on_from_there() {
    let place = Place::new();
    for name in ["-INT", "-TERM"] {
        let run = place.run(name);
        let mut child = start_until(place.train(&run, "8"), &run, 2);
        // As `timeout` passes on what a terminal sends to both.
        (0..2).for_each(|_| signal(&child, name));
        assert_eq!(child.wait().unwrap().code(), Some(130), "{name}");
        let stats = std::fs::read_to_string(run.join("stats.jsonl")).unwrap();
        let last = format!("step-{:09}.safetensors", stats.lines().count());
        assert!(checkpoints(&run).last().unwrap().ends_with(last), "{name}: nothing is lost");
    }
    let mut child = start_until(resume(&place.run("-INT")), &place.run("-INT"), 8);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_contradicts_is_refused() {
    let place = Place::new();
    let run = place.run("run");
    assert(place.train(&run, "0.032")).success();
    assert(place.train(&run, "0.032")).failure().stderr(contains("holds a run"));
    let mut other = resume(&run);
    other.args(["--seed", "3", "--r1", "0.1", "--features", "9"]);
    assert(other).failure().stderr(
        contains("--seed 3 (the checkpoint has 0)")
            .and(contains("--r1 0.1"))
            .and(contains("--features 9")),
    );
    let mut rewritten = resume(&run);
    rewritten.args(["--kimg", "0.016"]);
    assert(rewritten).failure().stderr(contains("cannot be changed any more"));
    let mut longer = resume(&run);
    longer.args(["--kimg", "0.048", "--log-steps", "1", "--threads", "2"]);
    assert(longer).success();
    assert!(checkpoints(&run).last().unwrap().ends_with("step-000000006.safetensors"));
}

#[test]
fn a_truncated_checkpoint_is_refused_and_the_previous_one_taken() {
    let place = Place::new();
    let run = place.run("run");
    assert(place.train(&run, "0.032")).success();
    let all = checkpoints(&run);
    let [.., previous, last] = &all[..] else { panic!("two checkpoints") };
    let bytes = std::fs::read(last).unwrap();
    std::fs::write(last, &bytes[..bytes.len() - 100]).unwrap();
    let refused = contains("truncated or damaged").and(contains(previous.display().to_string()));
    assert(resume(last)).failure().stderr(refused);
    assert(resume(&run))
        .success()
        .stderr(contains("warning").and(contains(format!("going on with {}", previous.display()))));
}

#[test]
fn the_library_opens_what_is_exported() {
    let place = Place::new();
    let (run, file) = (place.run("run"), place.run("left-low.safetensors"));
    assert(place.train(&run, "0.032")).success();
    let mut export = program();
    export.arg("export").arg(&run).arg("-o").arg(&file).args(["--licence", "CC0-1.0"]);
    assert(export).success();
    let model = Model::open(&file).unwrap();
    assert_eq!(
        (model.about().name.as_str(), model.about().licence.as_str()),
        ("left-low", "CC0-1.0")
    );
    assert!(
        model.about().training.contains("16 pictures of 2 classes"),
        "{}",
        model.about().training
    );
    let generator = model.generator().unwrap();
    assert_eq!(generator.network().config(), NetworkConfig::PolyInr(PolyInrConfig::new(2, 16)));
    assert_eq!(generator.classes(), ["left", "low"]);
    assert_eq!(generator.native_resolution(), 16);
    let w = generator.map(&generator.latent(1), Some(1)).unwrap();
    assert!(w.iter().all(|x| x.is_finite()));
}

#[test]
fn every_network_is_trained_exported_and_gone_on_with() {
    let place = Place::new();
    for (network, options) in
        [("creps", ["--line-channels", "4"]), ("inr-gan", ["--upsampling", "bilinear"])]
    {
        let [first, second, other] =
            ["first", "second", "other"].map(|name| place.run(&format!("{network}-{name}")));
        let file = place.run(&format!("{network}.safetensors"));
        let mut command = place.train_any(&first, "0.032", "12,8");
        command.args(["--network", network, "--augment", "ada"]).args(options);
        assert(command).success().stderr(contains("augment 0.000"));
        let mut export = program();
        export.arg("export").arg(&first).arg("-o").arg(&file).args(["--licence", "CC0-1.0"]);
        assert(export).success();
        let generator = Model::open(&file).unwrap().generator().unwrap();
        assert_eq!(generator.network().config().name(), network);
        let begin = |run: &Path, more: &[&str]| {
            let mut command = program();
            command.args(["train", "--no-data-cache", "--resolution", "32", "--batch", "8"]);
            command.args(["--d-channels", "128", "--d-channels-max", "16", "--threads", "1"]);
            command.args(["--kimg", "0.016", "--d-head-start", "0", "--data"]);
            command.arg(place.data.path()).arg("--from").arg(&file).arg("--out").arg(run);
            command.args(more);
            command
        };
        assert(begin(&other, &["--network", "poly-inr"]))
            .failure()
            .stderr(contains(format!("--network \"poly-inr\" (the model has \"{network}\")")));
        assert(begin(&other, &["--levels", "4"]))
            .failure()
            .stderr(contains("--levels: nothing would use it: --network poly-inr takes it"));
        assert(begin(&second, &[])).success();
    }
}

#[test]
fn a_run_may_begin_with_a_model() {
    let place = Place::new();
    let (first, file, second) =
        (place.run("first"), place.run("first.safetensors"), place.run("second"));
    assert(place.train(&first, "0.032")).success();
    let mut export = program();
    export.arg("export").arg(&first).arg("-o").arg(&file).args(["--licence", "CC0-1.0"]);
    assert(export).success();
    let begin = |more: &[&str]| {
        let mut command = program();
        command.args(["train", "--no-data-cache", "--resolution", "16", "--batch", "8"]);
        command.args(["--d-channels", "128", "--d-channels-max", "16", "--threads", "1"]);
        command.args(["--kimg", "0.032", "--checkpoint-kimg", "0.016", "--log-steps", "1"]);
        command.arg("--data").arg(place.data.path()).arg("--from").arg(&file);
        command.arg("--out").arg(&second).args(more);
        command
    };
    assert(begin(&["--features", "32"]))
        .failure()
        .stderr(contains("--features 32 (the model has 16)"));
    assert(begin(&["--unconditional"])).failure().stderr(contains("has classes"));
    // The generator waits for two steps of four: until then its average is the model.
    assert(begin(&["--d-head-start", "0.016"])).success();
    let stats = std::fs::read_to_string(second.join("stats.jsonl")).unwrap();
    let trained: Vec<bool> = stats.lines().map(|line| line.contains("loss_g")).collect();
    assert_eq!(trained, [false, false, true, true]);
    let [.., waited, last] = &checkpoints(&second)[..] else { panic!("two checkpoints") };
    let rgb = |path: &Path, name: &str| {
        let bytes = std::fs::read(path).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        tensors.tensor(name).unwrap().data().to_vec()
    };
    let model = rgb(&file, "rgb.weight");
    assert_eq!(rgb(waited, "generator/rgb.weight"), model);
    assert_ne!(rgb(last, "generator/rgb.weight"), model);
    // It goes on without the model, and more slowly.
    std::fs::remove_file(&file).unwrap();
    let mut longer = resume(&second);
    longer.args(["--kimg", "0.048", "--lr-g", "1e-5"]);
    assert(longer).success();
    let mut export = program();
    export.arg("export").arg(&second).arg("-o").arg(place.run("second.safetensors"));
    export.args(["--licence", "CC0-1.0"]);
    assert(export).success();
    let model = Model::open(place.run("second.safetensors")).unwrap();
    assert!(model.about().training.contains("from first"), "{}", model.about().training);
}

#[test]
fn the_best_checkpoint_is_kept_and_exported() {
    let place = Place::new();
    let (run, file) = (place.run("run"), place.run("best.safetensors"));
    let efficientnet =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/efficientnet.safetensors");
    let mut command = place.train(&run, "0.096");
    command.args(["--keep", "1", "--metrics-kimg", "0.016", "--metrics-images", "16"]);
    command.arg("--efficientnet").arg(efficientnet);
    assert(command).success().stderr(contains("the best yet").and(contains("figures are rough")));
    let lines = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 7);
    let value = |line: &&serde_json::Value| line["value"].as_f64().unwrap();
    let best = lines.iter().min_by(|a, b| value(a).total_cmp(&value(b))).unwrap();
    let marked = lines.iter().rfind(|line| line["best"] == true).unwrap();
    assert_eq!(marked, best);
    let best = best["step"].as_u64().unwrap();
    // Beside the last and the best one, where the discriminator's signs are counted from.
    let mut kept = vec![0, best, 12];
    kept.dedup();
    let name = |step: &u64| format!("step-{step:09}.safetensors");
    let paths: Vec<_> = kept.iter().map(|step| run.join("checkpoints").join(name(step))).collect();
    assert_eq!(checkpoints(&run), paths);
    let export = || {
        let mut export = program();
        export.arg("export").arg(&run).arg("--best").arg("-o").arg(&file);
        export
    };
    assert(export()).success().stderr(contains(name(&best)));
    assert(export()).failure().stderr(contains("--force writes over it"));
    let mut again = export();
    again.arg("--force");
    assert(again).success();
    let other = place.run("other");
    assert(place.train(&other, "0.016")).success();
    let mut export = program();
    export.arg("export").arg(&other).arg("--best").arg("-o").arg(place.run("none"));
    assert(export).failure().stderr(contains("nothing was measured"));
}

#[test]
fn a_discriminator_that_is_always_right_ends_the_run() {
    let place = Place::new();
    let run = place.run("run");
    let mut command = place.train(&run, "40");
    command.args(["--lr-g", "1e-9", "--lr-d", "2e-3", "--r1", "0"]);
    command.args(["--augment", "none", "--saturated-kimg", "1"]);
    let ended = contains("right about nearly all pictures")
        .and(contains("--lr-d 5e-4"))
        .and(contains("--saturated-kimg 0"));
    let stderr = assert(command).failure().stderr(ended).get_output().stderr.clone();
    let stderr = String::from_utf8(stderr).unwrap();
    let (_, back) = stderr.rsplit_once("To go back to before: --resume ").unwrap();
    let back = Path::new(back.split(' ').next().unwrap());
    assert!(back.exists(), "{}", back.display());
    assert!(checkpoints(&run).len() <= 5);
    let mut on = resume(&run);
    let steps = std::fs::read_to_string(run.join("stats.jsonl")).unwrap().lines().count();
    on.args(["--saturated-kimg", "0", "--kimg", &((steps + 300) as f64 * 0.008).to_string()]);
    assert(on).success();
}

#[test]
fn what_is_given_and_not_used_is_refused() {
    let place = Place::new();
    let mut command = place.train(&place.run("run"), "0.016");
    command.args(["--mixed-channels", "8"]);
    assert(command).failure().stderr(contains("--mixed-channels: nothing would use it"));
    image::RgbImage::new(16, 16).save(place.data.path().join("loose.png")).unwrap();
    let loose = contains("loose.png: it lies beside folders of classes");
    assert(place.train(&place.run("run"), "0.016")).failure().stderr(loose);
}
