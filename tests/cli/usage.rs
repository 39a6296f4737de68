//! Exit statuses and messages that need no picture, and what is generated from the definitions.

use std::fs;
use std::process::Stdio;

use crate::support::{folder, picture, polyinr};
use predicates::prelude::*;
use predicates::str::contains;

#[test]
fn help_is_real_usage() {
    for command in [
        "upscale",
        "generate",
        "invert",
        "extend",
        "render",
        "mix",
        "interpolate",
        "heatmap",
        "inspect",
        "import",
        "measure",
        "consistency",
        "completions",
        "man",
    ] {
        let example = format!("  polyinr {command} ");
        let examples = contains("Examples:").and(contains(example.trim_end()));
        polyinr().args([command, "--help"]).assert().success().stdout(examples);
    }
    polyinr().arg("--help").assert().success().stdout(contains("Exit status:"));
    polyinr().arg("--version").assert().success().stdout(contains(env!("CARGO_PKG_VERSION")));
    polyinr().assert().code(2).stderr(contains("Usage:"));
}

/// Each wrong command line, and a part of the one line that says so.
#[test]
fn wrong_command_lines_are_one_line_and_status_2() {
    let folder = folder();
    let input = folder.path().join("a.png");
    picture(&input, 4, 4);
    let input = input.to_str().unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["enlarge"], "enlarge"),
        (&["upscale"], "--out"),
        (&["upscale", input, "-o", "x.png", "--scale", "0"], "0.01 to 1000"),
        (&["upscale", input, "-o", "x.png", "--scale", "nan"], "0.01 to 1000"),
        (&["upscale", input, "-o", "x.png", "--scale", "1e9"], "0.01 to 1000"),
        (&["upscale", input, "-o", "x.png", "--scale", "2", "--size", "9x9"], "--size"),
        (&["upscale", input, "-o", "x.png", "--size", "0x9"], "1920x1080"),
        (&["upscale", input, "-o", "x.png", "--size", "9999999x9"], "1048576"),
        (&["upscale", input, "-o", "x.png", "--model", "nosuch"], "clean"),
        (&["upscale", input, "-o", "x.png", "--model", "flowers"], "upscaler is needed"),
        (&["upscale", input, "-o", "x.gif"], ".png"),
        (&["upscale", input, "-o", "x"], "--format"),
        (&["upscale", input, "-o", "x.png", "--format", "jpeg"], "JPEG"),
        (&["upscale", input, "-o", "x.png", "--format", "gif"], "tiff"),
        (&["upscale", input, "-o", "x.png", "--quality", "80"], "only JPEG"),
        (&["upscale", input, "-o", "x.jpg", "--quality", "0"], "1..=100"),
        (&["upscale", input, "-o", "x.png", "--shard", "3/2"], "1/4"),
        (&["upscale", input, "-o", "x.png", "--threads", "0"], "1 to 1024"),
        (&["upscale", input, "-o", "x.png", "--overwrite", "--skip-existing"], "--skip-existing"),
        (&["upscale", "nothing-*.png", "-o", "x/"], "no file matches"),
        (&["upscale", "-", input, "-o", "x/"], "give it alone"),
        (&["upscale", input, "-o", "-", "--json"], "standard output"),
        (&["upscale", input, "-o", "-", "--overwrite"], "overwrite"),
        (
            &["generate", "-o", "x.png", "--class", "cats"],
            "daisy, dandelion, roses, sunflowers, tulips",
        ),
        (&["generate", "-o", "x/", "--class", "roses,2"], "twice"),
        (&["generate", "-o", "x.png", "--class", "roses", "--truncation", "3"], "-2 to 2"),
        (&["generate", "-o", "x.png", "--class", "roses", "--truncation", "nan"], "-2 to 2"),
        (&["generate", "-o", "x.png", "--class", "roses", "--truncation", "5-99:1"], "levels"),
        (&["generate", "-o", "x.png", "--class", "roses", "-t", "0:1,shape:1"], "twice"),
        (&["generate", "-o", "x.png", "--class", "roses", "--size", "0"], "1 or more"),
        (&["generate", "-o", "x.png", "--class", "roses", "--seed", "5-1"], "0-15,20"),
        (&["generate", "-o", "x.png", "--class", "roses", "--seed", "4294967296"], "4294967295"),
        (&["generate", "-o", "x.png", "--class", "roses", "--window", "0,1,0"], "x0,x1,y0,y1"),
        (&["generate", "-o", "x.png", "--class", "roses", "--window", "0,0,0,1"], "window"),
        (&["generate", "-o", "x.png", "--class", "roses", "--rotate", "inf"], "angle"),
        (&["generate", "-o", "x.png", "--class", "roses", "--zoom", "0"], "0.001 to 100000"),
        (&["generate", "-o", "x.png", "--class", "roses", "--shift", "1"], "RIGHT,DOWN"),
        (&["generate", "-o", "x.png", "--class", "roses", "--shift", "nan,0"], "shift"),
        (&["generate", "-o", "x.png", "--class", "roses", "--elastic", "0.6"], "0 to 0.5"),
        (&["generate", "-o", "x.png", "--class", "roses", "--elastic", "0.1,65"], "1 to 64"),
        (&["generate", "-o", "x.png", "--class", "roses", "--ends", "middle"], "edges"),
        (&["generate", "-o", "x.png", "--class", "roses", "--depth", "32f"], "tiff"),
        (&["generate", "-o", "-", "--class", "roses", "--seed", "0-1"], "one picture"),
        (&["generate", "-o", "x.png", "--class", "roses", "--model", "clean"], "generator"),
        (&["heatmap", "-o", "x/"], "SOURCE"),
        (&["heatmap", "1:roses", "-o", "x/", "--levels", "99"], "no level 99"),
        (&["heatmap", "1:roses", "-o", "x/", "--levels", "none"], "0,3,5-7"),
        (&["heatmap", "1:roses", "-o", "x.png", "--model", "clean"], "generator"),
        (&["heatmap", "1:roses", "-o", "-"], "several"),
        (&["measure"], "POLYINR_DATA"),
        (&["measure", "x.zip", "--scale", "1"], "2..=64"),
        (&["consistency", "--size", "5"], "11..=65536"),
        (&["consistency", "--size", "32", "--border", "11"], "border"),
        (&["consistency", "--class", "cats"], "daisy"),
        (&["completions", "ed"], "bash"),
        (&["import", input, "-o", "x.bin"], ".safetensors"),
    ];
    for (args, message) in cases {
        let one_line = predicate::function(|e: &str| e.lines().count() == 1);
        let says = predicates::str::starts_with("polyinr: error: ").and(contains(*message));
        let run = polyinr().current_dir(folder.path()).args(*args).assert();
        run.code(2).stdout("").stderr(says.and(one_line));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written");
}

#[test]
fn completions_know_the_subcommands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let known = contains("upscale").and(contains("truncation"));
        polyinr().args(["completions", shell]).assert().success().stdout(known);
    }
}

#[test]
fn man_pages_for_all() {
    let folder = folder();
    polyinr().arg("man").assert().success().stdout(contains(".TH polyinr 1"));
    polyinr().args(["man", "-o"]).arg(folder.path().join("man1")).assert().success();
    for page in ["polyinr", "polyinr-upscale", "polyinr-generate", "polyinr-measure"] {
        let page = fs::read_to_string(folder.path().join(format!("man1/{page}.1"))).unwrap();
        assert!(page.contains("EXAMPLES") || page.contains("Examples"), "{page}");
    }
}

/// The reader has gone before anything is written.
#[test]
fn a_broken_pipe_is_no_panic() {
    let folder = folder();
    let input = folder.path().join("a.png");
    picture(&input, 4, 4);
    let out = folder.path().join("out/");
    let (input, out) = (input.to_str().unwrap(), out.to_str().unwrap());
    let commands: &[(&[&str], i32)] = &[
        (&["--help"], 0),
        (&["completions", "bash"], 0),
        (&["inspect", "clean"], 0),
        // Help that nobody reads on is no failure; what a program asked for is.
        (&["upscale", input, "-o", out, "--json"], 1),
        (&["upscale", input, "-o", "-"], 1),
    ];
    for (args, status) in commands {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("polyinr"));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = command.args(*args).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
        assert_eq!(output.status.code(), Some(*status), "{args:?}: {stderr}");
    }
}
