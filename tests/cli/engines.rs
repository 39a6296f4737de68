//! `--engine`, `polyinr doctor`, `export` and `runtime`.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::support::{folder, json_lines, polyinr, raster, save};
use polyinr::{Channels, Depth, Picture};
use predicates::prelude::*;
use predicates::str::contains;

/// Whether Python has these modules; where nothing may be left out it is an error that it has not.
fn python_has(modules: &str) -> bool {
    let mut python = Command::new("python3");
    let found = python.args(["-c", &format!("import {modules}")]).output();
    let found = found.is_ok_and(|output| output.status.success());
    assert!(found || std::env::var_os("CI").is_none(), "python3 lacks one of {modules}");
    if !found {
        eprintln!("skipped: python3 lacks one of {modules}; `cargo xtask setup` gets them");
    }
    found
}

#[test]
fn doctor_names_every_engine() {
    let output = polyinr().args(["doctor", "--json"]).output().unwrap();
    assert!(output.status.success());
    let found = &json_lines(&output.stdout)[0];
    let engines = found["engines"].as_array().unwrap();
    let names: Vec<_> = engines.iter().map(|e| e["engine"].as_str().unwrap()).collect();
    assert_eq!(names, ["cuda", "cpu", "onnx"]);
    assert_eq!(engines[1]["usable"], true);
    assert_eq!(engines.iter().filter(|e| e["auto"] == true).count(), 1);
    assert!(engines.iter().all(|e| !e["about"].as_str().unwrap().is_empty()));
    polyinr().arg("doctor").assert().success().stdout(contains("engine cpu: yes"));
}

#[test]
fn engines_that_are_not_there_are_errors() {
    let folder = folder();
    let out = folder.path().join("a.png");
    let run = |engine: &str| {
        let mut run = polyinr();
        run.args(["generate", "--seed", "1", "--class", "roses", "--engine", engine, "-o"]);
        run.arg(&out).env("POLYINR_ONNXRUNTIME", "/nowhere/libonnxruntime.so");
        run
    };
    run("abacus").assert().code(2).stderr(contains("abacus").and(contains("cuda, cpu, onnx")));
    for engine in ["onnx", "cuda"] {
        let named = contains(format!("engine {engine}: "));
        let missing = contains("/nowhere/libonnxruntime.so").and(contains("runtime install"));
        run(engine).assert().code(1).stderr(named.and(missing));
    }
    run("coreml").assert().code(1).stderr(contains("engine coreml: "));
    assert!(!out.exists());
    run("auto").assert().success();
    assert!(out.exists());
}

/// What is no ONNX Runtime is refused in words, never run.
#[test]
fn wrong_runtimes_are_refused() {
    let folder = folder();
    let text = folder.path().join("libonnxruntime.so");
    fs::write(&text, "no library").unwrap();
    let run = |path: &Path| {
        let mut run = polyinr();
        run.args(["generate", "--class", "roses", "--engine", "onnx", "-o"]);
        run.arg(folder.path().join("a.png")).env("POLYINR_ONNXRUNTIME", path);
        run.assert().code(1)
    };
    run(&text).stderr(contains("cannot be opened"));
    run(Path::new("libonnxruntime.so")).stderr(contains("absolute path"));
    let other = Path::new("/lib/x86_64-linux-gnu/libc.so.6");
    if other.exists() {
        run(other).stderr(contains("no OrtGetApiBase"));
    }
}

#[test]
fn engines_agree() {
    if !python_has("onnxruntime") {
        return;
    }
    let folder = folder();
    let pixels = |engine: &str| {
        let out = folder.path().join(format!("{engine}.png"));
        let mut run = polyinr();
        run.args(["generate", "--seed", "5", "--class", "daisy", "--size", "48"]);
        run.args(["--engine", engine, "-o"]).arg(&out).assert().success();
        Picture::open(&out).unwrap().raster
    };
    let (cpu, onnx) = (pixels("cpu"), pixels("onnx"));
    let differences =
        (0..48 * 48 * 3).map(|i| (cpu.samples().get(i) - onnx.samples().get(i)).abs());
    assert!(differences.fold(0.0, f32::max) < 1.5 / 255.0);
}

#[test]
fn exported_graphs_run_elsewhere() {
    if !python_has("onnx, onnxruntime, tifffile") {
        return;
    }
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    polyinr().args(["export", "flowers32", "--onnx"]).arg(at("flower.onnx")).assert().success();
    polyinr().args(["export", "local48", "--onnx"]).arg(at("up.onnx")).assert().success();
    polyinr().args(["export", "local48", "--onnx"]).arg(at("up.onnx")).assert().code(1);
    let mut generate = polyinr();
    generate.args(["generate", "--seed", "5", "--class", "daisy", "--size", "40x30", "--depth"]);
    generate.args(["32f", "--save-field", "-o"]).arg(at("flower.tiff")).assert().success();
    save(&at("small.tiff"), raster(23, 17, Channels::Rgb, Depth::F32));
    let mut upscale = polyinr();
    upscale.arg("upscale").arg(at("small.tiff")).args(["--scale", "3", "-o"]);
    upscale.arg(at("large.tiff")).assert().success();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/export.py");
    let output = Command::new("python3").arg(script).arg(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.parse::<f32>().unwrap() < 1e-4, "{said}");
}

/// Wheels that are here are unpacked and looked at.
#[test]
fn runtimes_are_installed_from_wheels() {
    let folder = folder();
    let (wheel, into) = (folder.path().join("a.whl"), folder.path().join("into"));
    let mut archive = zip::ZipWriter::new(File::create(&wheel).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("onnxruntime/capi/libonnxruntime.so.1.31.1", options).unwrap();
    archive.write_all(b"no library").unwrap();
    archive.start_file("onnxruntime/LICENSE", options).unwrap();
    archive.finish().unwrap();
    let mut install = polyinr();
    install.args(["runtime", "install", "--from"]).arg(&wheel).arg("--into").arg(&into);
    install.assert().code(1).stderr(contains("cannot be opened"));
    let files: Vec<_> = fs::read_dir(&into).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(files, ["libonnxruntime.so.1.31.1"]);
    let empty = folder.path().join("empty.whl");
    zip::ZipWriter::new(File::create(&empty).unwrap()).finish().unwrap();
    let mut install = polyinr();
    install.args(["runtime", "install", "--from"]).arg(&empty).arg("--into").arg(&into);
    install.assert().code(2).stderr(contains("no shared libraries"));
}
