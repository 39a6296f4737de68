//! `polyinr extend`: margins around photographs and fields.

use std::path::Path;

use crate::support::{files, folder, json_lines, picture, polyinr, raster, save};
use polyinr::{Channels, Depth, Picture, Raster};
use predicates::str::contains;

/// The part of `large` that begins at column `left` and row `top` and is as large as `small`.
fn inside(large: &Raster, small: &Raster, left: u32, top: u32) -> Raster {
    let count = large.channels().count();
    let row = small.row_len();
    let mut samples = small.samples().part(0..0);
    for y in 0..small.height() {
        let first = (((top + y) * large.width() + left) as usize) * count;
        samples.append(&large.samples().part(first..first + row));
    }
    Raster::new(small.width(), small.height(), large.channels(), samples).unwrap()
}

fn extended(input: &Path, out: &Path, args: &[&str]) -> Raster {
    let mut run = polyinr();
    run.args(["extend", "--overwrite"]).args(args).arg(input).arg("-o").arg(out);
    run.assert().success();
    Picture::open(out).unwrap().raster
}

#[test]
fn the_photograph_stays_as_it_is() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.tiff"), folder.path().join("b.tiff"));
    for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
        for depth in [Depth::U8, Depth::U16, Depth::F32] {
            let small = raster(21, 14, channels, depth);
            save(&input, small.clone());
            for method in ["smooth", "reflection"] {
                let margin = ["--margin", "50%,3px,2,0", "--method", method];
                let large = extended(&input, &out, &margin);
                assert_eq!((large.width(), large.height()), (24, 23), "{channels:?} {depth:?}");
                assert_eq!(inside(&large, &small, 0, 7), small, "{channels:?} {depth:?} {method}");
            }
        }
    }
}

#[test]
fn fields_of_photographs_keep_them_too() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
    for (channels, depth) in [(Channels::Rgba, Depth::U16), (Channels::Gray, Depth::U8)] {
        let small = raster(20, 16, channels, depth);
        save(&input, small.clone());
        let large = extended(&input, &out, &["--margin=25%", "--method=field"]);
        assert_eq!(inside(&large, &small, 5, 4), small);
    }
}

#[test]
fn what_was_chosen_is_told() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
    picture(&input, 32, 24);
    let mut run = polyinr();
    run.args(["extend", "--json", "--margin=4,0"]).arg(&input).arg("-o").arg(&out);
    let lines = json_lines(&run.output().unwrap().stdout);
    let sides = lines[0]["sides"].as_array().unwrap();
    assert_eq!(sides.len(), 2);
    for (side, name) in sides.iter().zip(["top", "bottom"]) {
        assert_eq!((&side["side"], &side["margin"]), (&name.into(), &4.into()));
        let scores = side["scores"].as_object().unwrap();
        assert_eq!(scores.len(), 3);
        assert!(scores.contains_key(side["method"].as_str().unwrap()));
    }
    let made = Picture::probe(&out).unwrap().metadata.parameters.unwrap();
    assert!(made.contains("extend --margin 4,0,4,0 --method auto"), "{made}");
    let mut run = polyinr();
    run.args(["extend", "--json", "--overwrite", "--margin=4", "--method=reflection"]);
    let lines = json_lines(&run.arg(&input).arg("-o").arg(&out).output().unwrap().stdout);
    assert_eq!(lines[0]["sides"][3]["method"], "reflection");
    assert!(lines[0]["sides"][3].get("scores").is_none());
}

/// The inner part of a field keeps its grid.
#[test]
fn a_field_goes_on() {
    let folder = folder();
    let (out, plain) = (folder.path().join("a.png"), folder.path().join("b.png"));
    let mut run = polyinr();
    run.args(["extend", "7:roses", "--size=24x16", "--margin=25%,1px", "-o"]).arg(&out);
    run.assert().success();
    let mut run = polyinr();
    run.args(["render", "7:roses", "--size=24x16", "-o"]).arg(&plain).assert().success();
    let (large, small) =
        (Picture::open(&out).unwrap().raster, Picture::open(&plain).unwrap().raster);
    assert_eq!((large.width(), large.height()), (26, 24));
    let inner = inside(&large, &small, 1, 4);
    let differ = |i: usize| (inner.samples().get(i) - small.samples().get(i)).abs() * 255.0;
    assert!((0..small.samples().len()).all(|i| differ(i) <= 1.01));
}

#[test]
fn nonsense_is_refused() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
    picture(&input, 12, 9);
    let text = input.to_str().unwrap();
    for (args, message) in [
        (&[text, "--margin", "0"][..], "nothing is added"),
        (&[text, "--margin", "5em"], "as 40px or 12.5%"),
        (&[text, "--margin", "1,2,3,4,5"], "1 to 4"),
        (&[text, "--margin", "4000000000"], "margin"),
        (&[text, "--method", "magic"], "auto, field, smooth or reflection"),
        (&[text, "--size", "64"], "polyinr upscale"),
        (&[text, "--truncation", "0.5"], "only seeds are truncated"),
        (&["7:roses", "--method", "smooth"], "leave it out"),
        (&["7:nothing"], "nothing"),
    ] {
        let mut run = polyinr();
        run.arg("extend").args(args).arg("-o").arg(&out);
        run.assert().code(2).stderr(contains(message));
        assert!(!out.exists());
    }
    let mut run = polyinr();
    run.args(["extend", "--margin=4"]).arg(&input).arg("-o").arg(&input);
    run.assert().code(2).stderr(contains("is an input"));
    assert_eq!(files(folder.path()).len(), 1);
}

#[test]
fn pictures_of_any_size_are_extended() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
    for (width, height) in [(1, 1), (1, 9), (13, 2)] {
        picture(&input, width, height);
        let large = extended(&input, &out, &["--margin=11"]);
        assert_eq!((large.width(), large.height()), (width + 22, height + 22));
    }
    for method in ["field", "smooth", "reflection"] {
        let large = extended(&input, &out, &["--margin=5", "--method", method]);
        assert_eq!((large.width(), large.height()), (23, 12));
    }
}

#[test]
fn extending_is_measured() {
    let folder = folder();
    picture(&folder.path().join("a.png"), 70, 60);
    let mut run = polyinr();
    run.args(["measure", "--extend", "--json"]).arg(folder.path());
    let lines = json_lines(&run.output().unwrap().stdout);
    let names: Vec<&str> = lines.iter().map(|l| l["method"].as_str().unwrap()).collect();
    assert_eq!(names, ["replicate", "reflection", "smooth", "field", "auto"]);
    let sum = |key: &str| lines.iter().map(|l| l[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("won"), sum("best")), (4, 4));
    assert!(lines.iter().all(|l| l["psnr"].as_f64().unwrap() > 3.0));
    picture(&folder.path().join("b.png"), 70, 59);
    let mut run = polyinr();
    run.args(["measure", "--extend"]).arg(folder.path());
    run.assert().code(2).stderr(contains("60 pixels"));
    let mut run = polyinr();
    run.args(["measure", "--extend", "--refine"]).arg(folder.path());
    run.assert().code(2);
}
