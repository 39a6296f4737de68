//! `--engine`, `polyinr doctor`, `export` and `runtime`.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::support::{folder, json_lines, polyinr, raster, save};
use polyinr::{Channels, Depth, Picture};
use predicates::prelude::*;
use predicates::str::contains;
use sha2::{Digest as _, Sha256};

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

/// A library that says it is an ONNX Runtime of a version that is too old.
#[test]
fn old_runtimes_are_refused() {
    let folder = folder();
    let (source, library) = (folder.path().join("old.c"), folder.path().join("libonnxruntime.so"));
    let code = "static const char *version(void) { return \"1.9.0\"; }\n\
        static struct { void *api; const char *(*version)(void); } base = { 0, version };\n\
        void *OrtGetApiBase(void) { return &base; }\n";
    fs::write(&source, code).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
    if !compiler.status().is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "there is no C compiler");
        return eprintln!("skipped: there is no C compiler");
    }
    let mut run = polyinr();
    run.args(["generate", "--class", "roses", "--engine", "onnx", "-o", "-"]);
    let needed = contains("it is version 1.9.0; 1.").and(contains("is needed"));
    run.env("POLYINR_ONNXRUNTIME", &library).assert().code(1).stderr(needed);
}

/// What an engine has no use for is refused before it is looked for.
#[test]
fn options_of_other_engines_are_refused() {
    let folder = folder();
    let run = |options: &[&str]| {
        let mut run = polyinr();
        run.args(["generate", "--class", "roses", "-o"]).arg(folder.path().join("a.png"));
        run.args(options).env("POLYINR_ONNXRUNTIME", "/nowhere/libonnxruntime.so");
        run.assert()
    };
    let gpu: [&[&str]; 4] =
        [&["--device", "1"], &["--device-memory", "500"], &["--tf32"], &["--precision", "bf16"]];
    for options in gpu {
        for engine in ["cpu", "onnx"] {
            let refused = contains(format!("the engine {engine} does not take it"));
            run(&[options, &["--engine", engine]].concat()).code(2).stderr(refused);
        }
        let missing = contains("/nowhere/libonnxruntime.so");
        run(&[options, &["--engine", "cuda"]].concat()).code(1).stderr(missing);
    }
    run(&["--engine", "cpu", "--precision", "f16"]).code(2).stderr(contains("precision: "));
    run(&["--precision", "half"]).code(2).stderr(contains("bf16"));
}

/// A runtime without CUDA is no runtime for the engine cuda, whatever the machine has.
#[test]
fn cuda_names_what_is_missing() {
    if !python_has("onnxruntime") {
        return;
    }
    let mut run = polyinr();
    run.args(["generate", "--class", "roses", "--engine", "cuda", "-o", "-"]);
    let missing = contains("engine cuda: ").and(contains("polyinr runtime install --cuda"));
    run.assert().code(1).stderr(missing.or(contains("NVIDIA's driver is not installed")));
}

/// Python's own paths are searched, the current folder is not.
#[test]
fn packages_are_those_of_the_python_installation() {
    let folder = folder();
    let package = folder.path().join("onnxruntime");
    fs::create_dir_all(package.join("capi")).unwrap();
    fs::write(package.join("__init__.py"), "raise SystemExit('imported')").unwrap();
    fs::write(package.join("capi/libonnxruntime.so"), "no library").unwrap();
    let doctor = || {
        let mut doctor = polyinr();
        doctor.args(["doctor", "--json"]).current_dir(folder.path());
        doctor.env_remove("POLYINR_ONNXRUNTIME").env("XDG_DATA_HOME", folder.path());
        doctor
    };
    let about = |output: std::process::Output| {
        let found = &json_lines(&output.stdout)[0];
        found["engines"][2]["about"].as_str().unwrap().to_owned()
    };
    let here = folder.path().to_str().unwrap();
    let capi = format!("{here}/onnxruntime/capi");
    assert!(!about(doctor().output().unwrap()).contains(&capi));
    // A folder that a variable names may be anybody's.
    assert!(!about(doctor().env("PYTHONPATH", here).output().unwrap()).contains(&capi));
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
    polyinr().args(["export", "flowers", "--onnx"]).arg(at("flower.onnx")).assert().success();
    polyinr().args(["export", "photo", "--onnx"]).arg(at("up.onnx")).assert().success();
    polyinr().args(["export", "photo", "--onnx"]).arg(at("up.onnx")).assert().code(1);
    let mut generate = polyinr();
    generate.args(["generate", "--seed", "5", "--class", "daisy", "--size", "40x30", "--depth"]);
    generate.args(["32f", "--save-field", "-o"]).arg(at("flower.tiff")).assert().success();
    let mut drawn = polyinr();
    drawn
        .args(["generate", "--seed", "5", "--class", "daisy", "--size", "24x36", "--depth", "32f"]);
    drawn.args(["--window=-0.25,0.75,0.5,1.25", "--truncation", "0-8:0.5", "-o"]);
    drawn.arg(at("drawn.tiff")).assert().success();
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

/// Wheels that are here are unpacked and looked at before they replace anything.
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
    fs::create_dir(&into).unwrap();
    fs::write(into.join("libonnxruntime.so.1.31.1"), "worked before").unwrap();
    let install = |wheel: &Path| {
        let hash: String =
            Sha256::digest(fs::read(wheel).unwrap()).iter().map(|b| format!("{b:02x}")).collect();
        let mut install = polyinr();
        install.args(["runtime", "install", "--sha256", &hash, "--from"]).arg(wheel);
        install.arg("--into").arg(&into);
        install
    };
    install(&wheel).assert().code(1).stderr(contains("cannot be opened"));
    let files: Vec<_> = fs::read_dir(&into).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(files, ["libonnxruntime.so.1.31.1"]);
    assert_eq!(fs::read(into.join("libonnxruntime.so.1.31.1")).unwrap(), b"worked before");
    let empty = folder.path().join("empty.whl");
    zip::ZipWriter::new(File::create(&empty).unwrap()).finish().unwrap();
    install(&empty).assert().code(2).stderr(contains("no shared libraries"));
}
