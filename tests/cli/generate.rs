//! `polyinr generate`: names, classes, sizes, sheets.

use std::fs;

use crate::support::{files, folder, json_lines, polyinr, size};
use polyinr::{Picture, Samples};
use predicates::prelude::*;
use predicates::str::contains;

#[test]
fn one_seed_is_a_file() {
    let folder = folder();
    let out = folder.path().join("rose.png");
    let args = ["generate", "--seed", "7", "--class", "Roses", "--size", "48x20", "-o"];
    polyinr().args(args).arg(&out).assert().success();
    assert_eq!(size(&out), (48, 20));
    let parameters = Picture::probe(&out).unwrap().metadata.parameters.unwrap();
    assert!(parameters.contains("--seed 7") && parameters.contains("roses"), "{parameters}");
    // By number, and into a folder.
    let into = folder.path().join("new/");
    polyinr().args(["generate", "--seed", "7", "-c2", "-o"]).arg(&into).assert().success();
    assert_eq!(size(&into.join("seed0007.png")), (64, 64), "as the model was trained");
}

#[test]
fn several_seeds_and_classes_are_a_folder() {
    let folder = folder();
    let out = folder.path().join("out");
    let mut run = polyinr();
    run.args(["generate", "--seed", "0-2,10", "-c", "daisy", "--size", "8", "-o"]).arg(&out);
    run.assert().success();
    let names: Vec<_> = files(&out).iter().map(|f| f.display().to_string()).collect();
    assert_eq!(names, ["seed0000.png", "seed0001.png", "seed0002.png", "seed0010.png"]);
    let all = folder.path().join("all");
    let args = ["generate", "-c", "all", "--size", "8", "--format", "webp", "--json", "-o"];
    let lines = json_lines(&polyinr().args(args).arg(&all).output().unwrap().stdout);
    assert_eq!(files(&all).len(), 5);
    assert!(all.join("seed0000-tulips.webp").exists());
    let classes: Vec<_> = lines.iter().filter_map(|l| l["class"].as_str()).collect();
    assert_eq!(classes.len(), 5);
    assert_eq!(lines.last().unwrap()["finished"], 5);
}

#[test]
fn what_is_there_stays_or_is_passed_over() {
    let folder = folder();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("seed0001.png"), "mine").unwrap();
    let run = |option: &[&str]| {
        let mut run = polyinr();
        run.args(["generate", "-s0-2", "-c0", "--size", "8"]).args(option).arg("-o").arg(&out);
        run.assert()
    };
    run(&[]).code(2).stderr(contains("seed0001.png").and(contains("--skip-existing")));
    assert_eq!(files(&out).len(), 1, "nothing was done");
    run(&["--skip-existing"]).success();
    assert_eq!(fs::read(out.join("seed0001.png")).unwrap(), b"mine");
    run(&["--overwrite"]).success();
    assert_eq!(size(&out.join("seed0001.png")), (8, 8));
}

fn rgb(path: &std::path::Path) -> Vec<u8> {
    match Picture::open(path).unwrap().raster.into_samples() {
        Samples::U8(v) => v,
        _ => panic!("8 bits"),
    }
}

#[test]
fn a_sheet_holds_the_same_pictures() {
    let folder = folder();
    let (sheet, single) = (folder.path().join("sheet.png"), folder.path().join("single.png"));
    let mut run = polyinr();
    run.args(["generate", "-s0-1", "-c", "daisy,roses", "--size", "8", "--grid", "-o"]).arg(&sheet);
    run.assert().success();
    assert_eq!(size(&sheet), (16, 16));
    let sheet = rgb(&sheet);
    for (row, class) in ["daisy", "roses"].iter().enumerate() {
        for seed in 0..2 {
            let mut run = polyinr();
            run.args(["generate", "--overwrite", "-c", class, "--size", "8", "-s"]);
            run.arg(seed.to_string()).arg("-o").arg(&single).assert().success();
            let single = rgb(&single);
            for y in 0..8 {
                let at = ((row * 8 + y) * 16 + seed * 8) * 3;
                assert_eq!(sheet[at..at + 24], single[y * 24..][..24], "{class} {seed} row {y}");
            }
        }
    }
}

#[test]
fn standard_output_has_the_picture() {
    let output = polyinr().args(["generate", "-c0", "--size", "8", "-o", "-"]).output().unwrap();
    let picture = Picture::read(output.stdout, "standard output").unwrap();
    assert_eq!(picture.raster.width(), 8);
}

/// Pictures of different seeds and classes differ, and truncation to the average takes that away.
#[test]
fn seeds_classes_and_truncation_matter() {
    let folder = folder();
    let out = folder.path().join("out.png");
    let made = |args: &[&str]| {
        let mut run = polyinr();
        run.args(["generate", "--overwrite", "--size", "16", "-o"]).arg(&out).args(args);
        run.assert().success();
        rgb(&out)
    };
    let base = made(&["-s1", "-c0"]);
    assert!(base == made(&["-s1", "-c0"]));
    assert!(base != made(&["-s2", "-c0"]));
    assert!(base != made(&["-s1", "-c1"]));
    assert!(base != made(&["-s1", "-c0", "--window=-0.25,1.25,-0.25,1.25"]));
    assert!(made(&["-s1", "-c0", "-t", "0"]) == made(&["-s2", "-c0", "-t", "0"]));
    assert!(made(&["-s1", "-c0", "-t", "shape:0.5,5-9:1"]) == made(&["-s1", "-c0", "-t0-4:0.5"]));
    assert!(made(&["-s1", "-c0", "-t", "fine:0"]) != base);
    assert!(made(&["-s1", "-c0", "-t", "0-9:1"]) == base);
}

#[test]
fn turned_zoomed_shifted_and_warped() {
    let folder = folder();
    let out = folder.path().join("out.png");
    let made = |args: &[&str]| {
        let mut run = polyinr();
        run.args(["generate", "--overwrite", "--size", "16", "-s1", "-c0", "-o"]).arg(&out);
        run.args(args).assert().success();
        rgb(&out)
    };
    let close = |a: &[u8], b: &[u8]| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 1);
    let base = made(&[]);
    let parameters = Picture::probe(&out).unwrap().metadata.parameters.unwrap();
    assert!(!parameters.contains("--rotate"), "{parameters}");
    // A half turn is the picture the other way round.
    let turned: Vec<u8> =
        made(&["--rotate", "-180"]).chunks_exact(3).rev().flatten().copied().collect();
    assert!(close(&base, &turned));
    let zoomed = made(&["--zoom", "2"]);
    assert!(close(&zoomed, &made(&["--window", "0.25,0.75,0.25,0.75"])));
    let shifted = made(&["--shift", "-0.5,0.25"]);
    assert!(close(&shifted, &made(&["--window=0.5,1.5,-0.25,0.75"])));
    // Nothing takes the place of anything else, and the file says all of it.
    let all = ["--elastic", "0.1,5,3", "--shift=-0.5,0.25", "--zoom=2", "--rotate=90"];
    let all = made(&all);
    let parameters = Picture::probe(&out).unwrap().metadata.parameters.unwrap();
    let said = "--rotate=90 --zoom=2 --shift=-0.5,0.25 --elastic=0.1,5,3";
    assert!(parameters.contains(said), "{parameters}");
    assert!(all != made(&["--elastic", "0.1,5,3", "--shift=-0.5,0.25", "--zoom=2"]));
    assert!(all != made(&["--elastic", "0.1,5,3", "--shift=-0.5,0.25", "--rotate=90"]));
    assert!(all != made(&["--elastic", "0.1,5,3", "--zoom=2", "--rotate=90"]));
    assert!(all != made(&["--shift=-0.5,0.25", "--zoom=2", "--rotate=90"]));
    assert!(made(&["--elastic", "0.1,5,3"]) != made(&["--elastic", "0.1,5,4"]));
    assert!(made(&["--elastic", "0"]) == base);
    assert!(made(&["--ends", "centres"]) == base && made(&["--ends", "edges"]) != base);
}
