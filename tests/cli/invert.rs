//! `polyinr invert`.

use std::fs;

use polyinr::{FieldFile, Model};
use predicates::prelude::*;
use predicates::str::contains;

use crate::support::{json_lines, picture, polyinr};

#[test]
fn a_picture_becomes_a_field_that_renders() {
    let folder = tempfile::tempdir().unwrap();
    picture(&folder.path().join("a.png"), 20, 14);
    let mut run = polyinr();
    run.current_dir(folder.path()).args(["invert", "a.png", "-o", "a.field", "--steps", "30"]);
    run.args(["--tune=10", "--curve", "a.csv", "--json"]);
    let out = run.assert().success().get_output().stdout.clone();
    let lines = json_lines(&out);
    assert_eq!(lines[0]["status"], "finished");
    let [psnr, before, ssim, ssim_before] =
        ["psnr", "pivot_psnr", "ssim", "pivot_ssim"].map(|name| lines[0][name].as_f64().unwrap());
    assert!(psnr > before && before > 5.0 && ssim != ssim_before, "{lines:?}");
    let curve = fs::read_to_string(folder.path().join("a.csv")).unwrap();
    assert_eq!(curve.lines().count(), 41);
    let file = FieldFile::open(folder.path().join("a.field")).unwrap();
    assert_eq!(file.size(), [20, 14]);
    assert!(file.origin().contains("a.png"), "{}", file.origin());
    let generator = Model::builtin("flowers").unwrap().generator().unwrap();
    assert!(file.generated(&generator).unwrap().is_tuned());
    let mut render = polyinr();
    render.current_dir(folder.path()).args(["render", "a.field", "-o", "b.png"]);
    render.assert().success().stderr(contains("20x14"));
    let mut mix = polyinr();
    mix.current_dir(folder.path());
    mix.args(["mix", "a.field", "7:roses", "--levels", "fine", "-o", "c.png"]).assert().success();
}

#[test]
fn folders_become_folders_and_go_on() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    for name in ["a.png", "b.png"] {
        picture(&folder.path().join("in").join(name), 8, 8);
    }
    fs::write(folder.path().join("in/c.png"), "no picture").unwrap();
    let run = |more: &[&str]| {
        let mut run = polyinr();
        run.current_dir(folder.path()).args(["invert", "in", "-o", "out", "--steps", "5"]);
        run.args(more).assert()
    };
    run(&[]).code(1).stderr(contains("in/c.png").and(contains("mean of 2")));
    assert!(folder.path().join("out/a.field").exists());
    assert!(!folder.path().join("out/c.field").exists());
    run(&[]).code(2).stderr(contains("--skip-existing"));
    run(&["--skip-existing"]).code(1).stderr(contains("already there"));
}

#[test]
fn masks_belong_to_one_picture_of_their_size() {
    let folder = tempfile::tempdir().unwrap();
    picture(&folder.path().join("a.png"), 9, 9);
    picture(&folder.path().join("small.png"), 5, 5);
    let run = |args: &[&str]| {
        let mut run = polyinr();
        run.current_dir(folder.path()).arg("invert").args(args).args(["--steps", "3"]).assert()
    };
    let wrong = ["a.png", "-o", "a.field", "--mask", "small.png"];
    run(&wrong).code(1).stderr(contains("5x5 pixels, the picture has 9x9"));
    run(&["a.png", "small.png", "-o", "x", "--mask", "a.png"]).code(2).stderr(contains("one"));
    run(&["a.png", "-o", "a.field", "--mask", "a.png"]).success();
    run(&["a.png", "-o", "b.png"]).code(2).stderr(contains(".field"));
    run(&["a.png", "-o", "b.field", "--class", "oaks"]).code(2).stderr(contains("roses"));
    run(&["a.png", "-o", "b.field", "--resolution", "0"]).code(2).stderr(contains("resolution"));
    let no_vgg = ["a.png", "-o", "b.field", "--vgg", "small.png"];
    run(&no_vgg).code(1).stderr(contains("small.png"));
    assert!(!folder.path().join("b.field").exists());
    let vgg = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/vgg16.safetensors");
    picture(&folder.path().join("c.png"), 18, 18);
    run(&["c.png", "-o", "c.field", "--vgg", vgg, "--perceptual", "1"]).success();
}
