//! `--denoise`, `--deblur`, `--detail` and `polyinr restore`, with a network that can be told them.

use std::fs;
use std::path::Path;

use crate::support::{folder, json_lines, picture, polyinr, raster, save, size};
use polyinr::model::{Config, Kind, UpscalerConfig, write};
use polyinr::network::{LocalPolyInrConfig, UpscalerNetworkConfig};
use polyinr::tensors::{NamedTensor, Storage};
use polyinr::{Channels, Depth, Metadata, Picture, Samples};
use predicates::prelude::*;
use predicates::str::contains;

/// Writes a small network whose biases depend much on what it is told.
fn model(path: &Path) {
    let mut network = LocalPolyInrConfig::new([4, 1], [2, 3]);
    network.affine_side = 1;
    network.strength = true;
    let network = UpscalerNetworkConfig::LocalPolyInr(network);
    let mut shape = UpscalerConfig::new(network, [1.0, 4.0]);
    shape.detail = true;
    let layers = [
        ("encoder.head", vec![4, 3, 3, 3]),
        ("encoder.block.0.conv0", vec![4, 4, 3, 3]),
        ("encoder.block.0.conv1", vec![4, 4, 3, 3]),
        ("encoder.tail", vec![4, 4, 3, 3]),
        ("encoder.affine", vec![2 * 3 * 4, 4, 1, 1]),
        ("level.0", vec![3, 3]),
        ("level.1", vec![3, 3]),
        ("rgb", vec![3, 3]),
    ];
    let mut tensors: Vec<NamedTensor> = Vec::new();
    for (prefix, pace) in [("", 0.7f32), ("detail.", 0.9)] {
        let named = |name: &str, shape: Vec<usize>| {
            let count: usize = shape.iter().product();
            let values = (0..count).map(|i| (i as f32 * pace).sin() * 0.3).collect();
            (format!("{prefix}{name}"), shape, values)
        };
        for (name, shape) in &layers {
            tensors.push(named(&format!("{name}.bias"), vec![shape[0]]));
            tensors.push(named(&format!("{name}.weight"), shape.clone()));
        }
        tensors.push(named("encoder.strength", vec![8, 2]));
    }
    let config = Config {
        format_version: 2,
        name: "told".into(),
        licence: String::new(),
        training: String::new(),
        kind: Kind::Upscaler(shape),
    };
    fs::write(path, write(&config, &tensors, Storage::F32).unwrap()).unwrap();
}

/// A folder with the model `told.safetensors` and the picture `a.png`.
fn prepared() -> tempfile::TempDir {
    let folder = folder();
    model(&folder.path().join("told.safetensors"));
    picture(&folder.path().join("a.png"), 40, 30);
    folder
}

/// A profile of RGB, as far as anybody looks into it here.
fn profile() -> Vec<u8> {
    [&[7; 16][..], b"RGB ", &[7; 180]].concat()
}

fn works(folder: &Path, args: &[&str]) -> assert_cmd::assert::Assert {
    let mut run = polyinr();
    run.current_dir(folder).args(args).args(["--model", "told.safetensors"]).assert().success()
}

fn open(folder: &Path, name: &str) -> Picture {
    Picture::open(folder.join(name)).unwrap()
}

#[test]
fn more_is_taken_where_more_is_asked_for() {
    let folder = prepared();
    let at = |amount: &str, out: &str| {
        let line = ["restore", "a.png", "-o", out, "--denoise", amount, "--deblur", "0"];
        works(folder.path(), &line).stderr(contains(format!("denoise {amount}, deblur 0")));
        open(folder.path(), out)
    };
    let [none, some, all] = [at("0", "0.png"), at("0.25", "1.png"), at("1", "2.png")];
    let far = |a: &Picture, b: &Picture| -> f32 {
        let (a, b) = (a.raster.samples(), b.raster.samples());
        (0..a.len()).map(|i| (a.get(i) - b.get(i)).abs()).sum()
    };
    assert!(far(&none, &some) > 0.0 && far(&none, &all) > far(&none, &some));
    let parameters = some.metadata.parameters.unwrap();
    assert!(
        parameters.contains(" restore --model told --denoise 0.25 --deblur 0 --detail 0 "),
        "{parameters}"
    );
}

#[test]
fn detail_is_drawn_where_it_is_asked_for() {
    let folder = prepared();
    let at = |amount: &str, out: &str| {
        let cleaned = ["--denoise", "0.5", "--deblur", "0", "--save-field", "--scale", "2"];
        let line = ["upscale", "a.png", "-o", out, "--detail", amount];
        works(folder.path(), &[&line[..], &cleaned].concat())
            .stderr(contains(format!("denoise 0.5, deblur 0, detail {amount}")));
        open(folder.path(), out).raster
    };
    let [none, some, all] = [at("0", "0.png"), at("0.5", "1.png"), at("1", "2.png")];
    assert!(none != some && some != all && none != all);
    let line = ["render", "1.field", "-o", "again.png", "--size", "80x60"];
    works(folder.path(), &line);
    assert!(open(folder.path(), "again.png").raster == some);
    let mut line = polyinr();
    let about = line.current_dir(folder.path()).args(["inspect", "1.field", "--json"]).assert();
    assert_eq!(json_lines(&about.success().get_output().stdout)[0]["detail"], 0.5);
    for amount in ["auto", "1.5", "-1", "nan"] {
        let mut run = polyinr();
        let line = ["upscale", "a.png", "-o", "x.png", "--detail", amount];
        run.current_dir(folder.path()).args(line);
        run.assert().code(2).stderr(contains("give 0 to 1"));
    }
}

/// Refining brings back what was cleaned away.
#[test]
fn what_is_refined_is_not_cleaned() {
    let folder = prepared();
    let line = ["upscale", "a.png", "-o", "auto.png", "--scale", "2", "--refine", "--json"];
    let run = works(folder.path(), &[&line[..], &["--detail", "0.5"]].concat());
    let line = &json_lines(&run.get_output().stdout)[0];
    assert_eq!([&line["denoise"], &line["deblur"], &line["detail"]], [0.0, 0.0, 0.5]);
    let line = ["upscale", "a.png", "-o", "x.png", "--refine", "--denoise", "0", "--deblur", "0.5"];
    let mut run = polyinr();
    run.current_dir(folder.path()).args(line).args(["--model", "told.safetensors"]);
    let problem = "refine: it brings back what deblur takes away; leave out one of the two";
    run.assert().code(2).stderr(contains(problem));
}

/// Where no pixel moves, alpha is what it was.
#[test]
fn alpha_is_copied_at_its_own_size() {
    let folder = prepared();
    let alpha = Picture {
        raster: raster(33, 21, Channels::Rgba, Depth::U16),
        metadata: Metadata::default(),
    };
    alpha.save(folder.path().join("alpha.png"), polyinr::Existing::Refuse).unwrap();
    let values = |picture: &Picture, columns: std::ops::Range<usize>| -> Vec<f32> {
        let samples = picture.raster.samples();
        let width = picture.raster.width() as usize;
        let at = |i: &usize| columns.contains(&(i % width));
        (0..samples.len() / 4).filter(at).map(|i| samples.get(i * 4 + 3)).collect()
    };
    for extra in [&[][..], &["--tta"], &["--save-field", "--denoise", "0.5"]] {
        let line = ["restore", "alpha.png", "-o", "out.png", "--overwrite"];
        works(folder.path(), &[&line[..], extra].concat());
        assert_eq!(values(&open(folder.path(), "out.png"), 0..33), values(&alpha, 0..33));
    }
    let part = ["--window=0,0.3333333333333333,0,1", "--size", "11x21", "-o", "part.png"];
    works(folder.path(), &[&["render", "out.field"][..], &part].concat());
    let part = open(folder.path(), "part.png");
    assert_eq!(values(&part, 0..11), values(&alpha, 0..11));
}

#[test]
fn a_model_that_draws_no_detail_says_so() {
    let folder = prepared();
    let mut run = polyinr();
    run.current_dir(folder.path()).args(["upscale", "a.png", "-o", "x.png", "--model", "clean"]);
    let problem = "detail: clean cannot be told how much detail to draw";
    run.args(["--detail", "0.5"]).assert().failure().stderr(contains(problem));
}

/// The command that a result names makes it again.
#[test]
fn a_result_of_factor_1_says_its_size() {
    let folder = prepared();
    works(folder.path(), &["upscale", "a.png", "-o", "same.png", "--scale", "1", "--denoise", "0"]);
    let parameters = open(folder.path(), "same.png").metadata.parameters.unwrap();
    assert!(parameters.contains(" upscale --model told --size 40x30 "), "{parameters}");
}

#[test]
fn what_the_picture_decides_is_told_and_can_be_asked_for() {
    let folder = prepared();
    let run =
        works(folder.path(), &["upscale", "a.png", "-o", "auto.png", "--scale", "2", "--json"]);
    let line = &json_lines(&run.get_output().stdout)[0];
    let [denoise, deblur] =
        ["denoise", "deblur"].map(|name| line[name].as_f64().unwrap().to_string());
    let told = ["--denoise", &denoise, "--deblur", &deblur, "--scale", "2"];
    works(folder.path(), &[&["upscale", "a.png", "-o", "told.png"][..], &told].concat());
    assert!(open(folder.path(), "auto.png").raster == open(folder.path(), "told.png").raster);
}

#[test]
fn a_restored_picture_keeps_its_size_and_more() {
    let folder = prepared();
    let metadata = Metadata { exif: None, icc: Some(profile()), ..Metadata::default() };
    let alpha = Picture { raster: raster(21, 17, Channels::Rgba, Depth::U16), metadata };
    alpha.save(folder.path().join("alpha.tiff"), polyinr::Existing::Refuse).unwrap();
    let line = ["restore", "alpha.tiff", "-o", "out.tiff", "--denoise", "0.5", "--save-field"];
    works(folder.path(), &line);
    let out = open(folder.path(), "out.tiff");
    assert_eq!(size(&folder.path().join("out.tiff")), (21, 17));
    assert_eq!(out.raster.channels(), Channels::Rgba);
    assert_eq!((out.metadata.icc, out.raster.samples().depth()), (Some(profile()), Depth::U16));
    // The field was told the same.
    let line = ["render", "out.field", "-o", "again.tiff", "--size", "21x17"];
    works(folder.path(), &line);
    assert!(out.raster == open(folder.path(), "again.tiff").raster);
    let says = contains("denoise").and(contains("0.5"));
    polyinr().current_dir(folder.path()).args(["inspect", "out.field"]).assert().stdout(says);
}

/// The mean over all turns is the same for a turned picture.
#[test]
fn the_mean_over_turns_has_no_direction() {
    let folder = prepared();
    let picture = open(folder.path(), "a.png").raster;
    let flipped = |picture: &polyinr::Raster| {
        let mut flipped = picture.clone();
        let row = picture.width() as usize * 3;
        for i in 0..picture.samples().len() {
            let (y, x, c) = (i / row, i % row / 3, i % 3);
            let from = y * row + (picture.width() as usize - 1 - x) * 3 + c;
            flipped.samples_mut().set(i, picture.samples().get(from));
        }
        flipped
    };
    save(&folder.path().join("flipped.png"), flipped(&picture));
    let of = |input: &str, out: &str, more: &[&str]| {
        let line =
            ["upscale", input, "-o", out, "--scale", "2", "--denoise", "0.3", "--deblur", "0"];
        works(folder.path(), &[&line[..], more].concat());
        open(folder.path(), out)
    };
    let apart = |a: &polyinr::Raster, b: &polyinr::Raster| {
        (0..a.samples().len())
            .map(|i| ((a.samples().get(i) - b.samples().get(i)) * 255.0).abs().round() as u8)
            .max()
    };
    let (plain, turned) = (of("a.png", "1.png", &[]), of("flipped.png", "2.png", &[]));
    assert!(apart(&flipped(&plain.raster), &turned.raster) > Some(1));
    for (number, detail) in ["0", "0.5"].into_iter().enumerate() {
        let more = ["--tta", "--detail", detail];
        let mean = of("a.png", &format!("mean{number}.png"), &more);
        let turned = of("flipped.png", &format!("turned{number}.png"), &more);
        assert!(apart(&flipped(&mean.raster), &turned.raster) <= Some(1), "{detail}");
        assert!(mean.metadata.parameters.unwrap().contains(" --tta "));
    }
}

/// What is asked for is measured, and refused where it cannot be.
#[test]
fn amounts_are_measured() {
    let folder = prepared();
    picture(&folder.path().join("set/a.png"), 40, 30);
    let measured = |args: &[&str]| {
        let line = ["measure", "set", "--scale", "2", "--method", "model", "--json"];
        let run = works(folder.path(), &[&line[..], args].concat());
        json_lines(&run.get_output().stdout)[0]["psnr"].as_f64().unwrap()
    };
    let none = measured(&["--denoise", "0", "--deblur", "0"]);
    assert_ne!(measured(&["--denoise", "1", "--deblur", "0"]), none);
    assert_ne!(measured(&["--denoise", "0", "--deblur", "0", "--tta"]), none);
    let mut run = polyinr();
    run.current_dir(folder.path()).args(["measure", "set", "--scale", "2", "--denoise", "1"]);
    run.assert().failure().stderr(contains("photo cannot be told how much to clean"));
    let mut run = polyinr();
    run.current_dir(folder.path()).args(["measure", "set", "--extend", "--tta"]);
    run.assert().code(2).stderr(contains("--tta"));
}

/// Alpha has no noise.
#[test]
fn alpha_is_not_cleaned() {
    let folder = prepared();
    let of = |amount: &str, out: &str| {
        let mut holes = raster(24, 24, Channels::Rgba, Depth::U8);
        if let Samples::U8(samples) = holes.samples_mut() {
            samples.chunks_exact_mut(4).enumerate().for_each(|(i, p)| p[3] = (i * 5 % 256) as u8);
        }
        save(&folder.path().join("holes.png"), holes);
        let line = ["upscale", "holes.png", "-o", out, "--scale", "2", "--denoise", amount];
        works(folder.path(), &[&line[..], &["--deblur", amount]].concat());
        open(folder.path(), out).raster
    };
    let (plain, cleaned) = (of("0", "0.png"), of("1", "1.png"));
    let alpha = |picture: &polyinr::Raster| -> Vec<f32> {
        (3..picture.samples().len()).step_by(4).map(|i| picture.samples().get(i)).collect()
    };
    assert!(plain != cleaned && alpha(&plain) == alpha(&cleaned));
}

#[test]
fn a_network_that_cannot_be_told_says_so() {
    let folder = prepared();
    let refused = |args: &[&str]| {
        let mut run = polyinr();
        run.current_dir(folder.path()).args(["upscale", "a.png", "-o", "b.png"]).args(args);
        run.assert().code(2)
    };
    refused(&["--model", "clean", "--deblur", "0.5"])
        .stderr(contains("deblur: clean cannot be told how much to clean"));
    refused(&["--denoise", "1.5"]).stderr(contains("0 to 1, or auto"));
    let mut run = polyinr();
    run.current_dir(folder.path()).args(["upscale", "a.png", "-o", "b.png", "--model", "clean"]);
    run.args(["--denoise", "0"]).assert().success().stderr(contains("denoise").not());
}
