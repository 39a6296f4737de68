//! Runs that are stopped half-way: nothing half-written, and they can be continued.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{files, folder, picture, polyinr, size};
use polyinr::Picture;

/// More pictures than a pipe holds JSON lines of: as long as nobody reads those, the run cannot
/// come to its end.
const PICTURES: usize = 900;

fn batch(root: &Path) {
    (0..PICTURES).for_each(|i| picture(&root.join(format!("{i:03}.png")), 3, 2));
}

/// Starts upscaling folder `root` into `out`, with `options`, and waits until `done` pictures are
/// finished.
fn started(root: &Path, out: &Path, options: &[&str], done: usize) -> Child {
    // Started in the background of a script, these tests inherit that SIGINT is ignored.
    let mut command = Command::new("env");
    command.arg("--default-signal=INT").arg(assert_cmd::cargo::cargo_bin!("polyinr"));
    command.arg("upscale").arg(root).args(["--json", "--skip-existing", "-o"]).arg(out);
    command.args(options);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // Line by line and unbuffered, so that no more is read than is waited for.
    let mut reader = BufReader::with_capacity(1, child.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..done {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the run ended early");
    }
    child.stdout = Some(reader.into_inner());
    child
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").arg(name).arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
}

/// All files under final names are whole: results, which are counted, and what is beside them.
fn all_whole(out: &Path) -> usize {
    let mut results = 0;
    for file in files(out) {
        let (name, path) = (file.to_string_lossy(), out.join(&file));
        match &*name {
            name if name.starts_with('.') => (),
            name if name.ends_with(".compare.png") => assert_eq!(size(&path), (24, 8), "{name}"),
            name if name.ends_with(".field") => {
                assert_eq!(polyinr::FieldFile::open(&path).unwrap().size(), [3, 2], "{name}");
            }
            name => {
                assert_eq!(size(&path), (12, 8), "{name}");
                results += 1;
            }
        }
    }
    results
}

#[test]
fn ctrl_c_stops_cleanly() {
    for name in ["-INT", "-TERM"] {
        let folder = folder();
        let (root, out) = (folder.path().join("in"), folder.path().join("out"));
        batch(&root);
        let child = started(&root, &out, &[], 3);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        let summary = String::from_utf8(output.stdout).unwrap();
        assert!(summary.lines().last().unwrap().contains(r#""interrupted":true"#));
        let made = all_whole(&out);
        assert!((3..PICTURES).contains(&made), "{made}");
        assert_eq!(files(&out).len(), made, "no temporary is left");
    }
}

/// Times a run is killed at any moment and continued, unless POLYINR_KILLS is another number.
const KILLS: u32 = 10;
/// A run is killed within so many milliseconds after its start.
const LIFE: u64 = 250;

#[test]
fn killed_runs_continue_to_the_same_result() {
    let folder = folder();
    let (root, out) = (folder.path().join("in"), folder.path().join("out"));
    batch(&root);
    let kills = std::env::var("POLYINR_KILLS").map_or(KILLS, |n| n.parse().expect("a number"));
    let options = ["--save-field", "--compare"];
    for _ in 0..kills {
        // Hash keys are random: a moment nobody chose.
        let moment = RandomState::new().hash_one(()) % LIFE;
        let mut child = started(&root, &out, &options, 0);
        std::thread::sleep(Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        let made = all_whole(&out);
        assert!(made < PICTURES, "{made} after {moment} ms");
    }
    let run = |out: &Path| {
        let mut run = polyinr();
        run.arg("upscale").arg(&root).args(["--skip-existing", "-q", "-o"]).arg(out);
        run.args(options);
        run.assert().success();
    };
    run(&out);
    assert_eq!(all_whole(&out), PICTURES);
    let undisturbed = folder.path().join("undisturbed");
    run(&undisturbed);
    assert_eq!(files(&undisturbed).len(), 3 * PICTURES);
    for file in files(&undisturbed) {
        let [a, b] = [&out, &undisturbed].map(|f| fs::read(f.join(&file)).unwrap());
        assert!(a == b, "{file:?}");
    }
}

/// Stopped while one large picture is in work.
#[test]
fn a_large_picture_stops_half_way() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("out"));
    picture(&input, 400, 400);
    fs::create_dir(&out).unwrap();
    for (name, status) in [("-INT", Some(130)), ("-KILL", None)] {
        let mut command = Command::new("env");
        command.arg("--default-signal=INT").arg(assert_cmd::cargo::cargo_bin!("polyinr"));
        command.arg("upscale").arg(&input).args(["-q", "--scale", "40", "-o"]);
        let mut child = command.arg(out.join("b.png")).stderr(Stdio::null()).spawn().unwrap();
        while files(&out).is_empty() {
            assert_eq!(child.try_wait().unwrap(), None, "it ended before it began to write");
            std::thread::yield_now();
        }
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), status, "{name}");
        assert!(!out.join("b.png").exists());
        if name == "-INT" {
            assert!(files(&out).is_empty(), "no temporary is left");
        }
    }
}

/// Stopped while an animation is in work, or the pictures of one.
#[test]
fn animations_stop_half_way() {
    let folder = folder();
    for (name, animated) in [("a.png", true), ("frames/", false)] {
        let out = folder.path().join(name.trim_end_matches('/'));
        let mut command = Command::new("env");
        command.arg("--default-signal=INT").arg(assert_cmd::cargo::cargo_bin!("polyinr"));
        command.args(["interpolate", "1:0", "2:1", "-n9999", "--size", "64", "-q", "-o"]);
        command.arg(folder.path().join(name)).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        while files(folder.path()).is_empty() {
            assert_eq!(child.try_wait().unwrap(), None, "it ended before it began to write");
            std::thread::yield_now();
        }
        signal(&child, "-INT");
        assert_eq!(child.wait().unwrap().code(), Some(130), "{name}");
        match animated {
            true => assert!(files(folder.path()).is_empty(), "nothing is left"),
            false => {
                files(&out).iter().for_each(|f| assert_eq!(size(&out.join(f)), (64, 64), "{f:?}"));
            }
        }
    }
}

/// Standard input that never ends does not hold up Ctrl-C, which leaves nothing of what came.
#[test]
fn waiting_for_input_can_be_interrupted() {
    let folder = folder();
    let mut command = Command::new("env");
    command.arg("--default-signal=INT").arg(assert_cmd::cargo::cargo_bin!("polyinr"));
    command.args(["upscale", "-", "-o", "-"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.env("TMPDIR", folder.path()).spawn().unwrap();
    let input = child.stdin.take();
    while folder.path().read_dir().unwrap().count() < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    // It is made before it is waited.
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    drop(input);
}

/// What a killed run leaves behind is never taken for an input.
#[test]
fn leftovers_are_no_inputs() {
    let folder = folder();
    picture(&folder.path().join("in/a.png"), 4, 4);
    fs::write(folder.path().join("in/.b.png.polyinr-123456.tmp"), "half").unwrap();
    let out = folder.path().join("out");
    polyinr().arg("upscale").arg(folder.path().join("in")).arg("-o").arg(&out).assert().success();
    assert_eq!(files(&out).len(), 1);
    assert!(Picture::open(out.join("a.png")).is_ok());
}

#[test]
fn ctrl_c_keeps_the_best_field_so_far() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("a.field"));
    picture(&input, 40, 40);
    let mut command = Command::new("env");
    command.arg("--default-signal=INT").arg(assert_cmd::cargo::cargo_bin!("polyinr"));
    command.arg("invert").arg(&input).args(["--steps", "100000", "--json", "-o"]).arg(&out);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // Long enough for some steps, far too short for all.
    std::thread::sleep(Duration::from_secs(5));
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8(output.stdout).unwrap().contains(r#""stopped":true"#));
    assert_eq!(polyinr::FieldFile::open(&out).unwrap().size(), [40, 40]);
}
