//! `polyinr consistency`: figures for a generator and for real pictures.

use crate::support::{folder, json_lines, picture, polyinr};
use predicates::prelude::*;
use predicates::str::contains;

#[test]
fn a_generator_beside_real_pictures() {
    let folder = folder();
    picture(&folder.path().join("photos/a.png"), 130, 100);
    picture(&folder.path().join("photos/b.jpg"), 96, 96);
    picture(&folder.path().join("photos/small.png"), 95, 170);
    let run = || {
        let mut run = polyinr();
        run.args(["consistency", "--images", "4", "--size", "32", "--pictures"]);
        run.arg(folder.path().join("photos"));
        run
    };
    let output = run().arg("--json").output().unwrap();
    let lines = json_lines(&output.stdout);
    let row = |line: &serde_json::Value| {
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        (text("source"), text("grid"), line["images"].as_u64().unwrap())
    };
    let grids = ["edges", "centres", "centres-resized"];
    let generated = grids.map(|g| ("flowers".to_owned(), g.to_owned(), 4));
    let real = grids.map(|g| ("photos".to_owned(), g.to_owned(), 2));
    let rows: Vec<_> = lines.iter().map(row).collect();
    assert_eq!(rows, [generated, real].concat());
    for line in &lines {
        let (psnr, ssim) = (line["psnr"].as_f64().unwrap(), line["ssim"].as_f64().unwrap());
        assert!((15.0..80.0).contains(&psnr) && (0.5..=1.0).contains(&ssim), "{line}");
    }
    // An ordinary reduction of the grid of both ends measures a shift as well.
    assert!(lines[2]["psnr"].as_f64() < lines[1]["psnr"].as_f64());
    let table = contains("PSNR/dB").and(contains("centres-resized"));
    run().assert().success().stdout(table).stderr(contains("1 of 3"));
}

#[test]
fn without_real_pictures() {
    let args = ["consistency", "-n2", "--size", "16", "--class", "roses", "--json"];
    let output = polyinr().args(args).output().unwrap();
    assert_eq!(json_lines(&output.stdout).len(), 3);
}
