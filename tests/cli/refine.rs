//! `--refine`: results whose reduction is the picture that they were made from.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::support::{folder, json_lines, picture, polyinr, save};
use polyinr::metrics::{self, Filter};
use polyinr::picture::{Limits, PictureReader};
use polyinr::{Channels, Depth, Picture, Raster, Samples};
use predicates::str::contains;

/// PSNR of the picture at `large`, reduced, against `small`.
fn reduced(large: &Path, small: &Raster) -> f64 {
    let large = metrics::rgb8(&Picture::open(large).unwrap().raster).unwrap();
    let again = metrics::resize(&large, small.width(), small.height(), Filter::Bicubic).unwrap();
    metrics::psnr(small, &again).unwrap()
}

/// The pictures of set14.zip; nothing without it.
fn set14() -> Option<Vec<Raster>> {
    let Some(data) = std::env::var_os("POLYINR_DATA") else {
        eprintln!("skipped: POLYINR_DATA names no folder with set14.zip");
        return None;
    };
    let file = File::open(Path::new(&data).join("set14.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut pictures = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name.ends_with(".png") {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let reader = PictureReader::from_bytes(bytes, &name, &Limits::default()).unwrap();
            pictures.push(metrics::rgb8(&reader.into_raster().unwrap()).unwrap());
        }
    }
    Some(pictures)
}

/// Files of 8 bits; a whole factor is tested with `measure`.
#[test]
fn reductions_of_real_pictures_are_the_pictures() {
    let Some(pictures) = set14() else { return };
    let folder = folder();
    for (number, whole) in pictures.iter().enumerate() {
        let (width, height) = (whole.width() / 4, whole.height() / 4);
        let small = metrics::resize(whole, width, height, Filter::Bicubic).unwrap();
        let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
        save(&input, small.clone());
        for scale in ["2.5", "3"] {
            let mut run = polyinr();
            run.args(["upscale", "--refine", "--overwrite", "--scale", scale]).arg(&input);
            run.arg("-o").arg(&out).assert().success();
            let found = reduced(&out, &small);
            assert!(found >= 50.0, "picture {number}, x{scale}: {found}");
        }
    }
}

#[test]
fn it_is_recorded_and_told() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
    picture(&input, 20, 16);
    for (option, steps) in [("--refine", 3), ("--refine=5", 5)] {
        let mut run = polyinr();
        run.args(["upscale", "--json", "--overwrite", "--scale=2", option]).arg(&input);
        let lines = json_lines(&run.arg("-o").arg(&out).output().unwrap().stdout);
        assert_eq!(lines[0]["refine"], steps);
        let made = Picture::probe(&out).unwrap().metadata.parameters.unwrap();
        assert!(made.contains(&format!("--size 40x32 --refine={steps} ")), "{made}");
    }
    let mut run = polyinr();
    run.args(["upscale", "--dry-run", "--json", "--overwrite", "--refine"]).arg(&input);
    run.arg("-o").arg(&out);
    assert_eq!(json_lines(&run.output().unwrap().stdout)[0]["refine"], 3);
}

/// Waves that leave room on both sides of every value.
fn waves(channels: Channels, depth: Depth) -> Raster {
    let (width, count) = (24, channels.count());
    let mut samples = Samples::zeroed(depth, width * 18 * count);
    for i in 0..samples.len() {
        let (x, y, c) = (i / count % width, i / count / width, i % count);
        samples.set(i, 0.5 + 0.3 * ((x * (2 + c) + 2 * y) as f32 * 0.45).sin());
    }
    Raster::new(24, 18, channels, samples).unwrap()
}

/// Every kind of picture, in files of every depth.
#[test]
fn alpha_grey_and_depths() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.tiff"), folder.path().join("b.tiff"));
    for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
        for depth in [Depth::U8, Depth::U16, Depth::F32] {
            let small = waves(channels, depth);
            save(&input, small.clone());
            let mut run = polyinr();
            run.args(["upscale", "--overwrite", "--refine", "--scale=3"]).arg(&input);
            run.arg("-o").arg(&out).assert().success();
            let large = Picture::open(&out).unwrap().raster;
            let again = metrics::resize(&large, 24, 18, Filter::Bicubic).unwrap();
            let found = metrics::psnr(&small, &again).unwrap();
            assert!(found >= 50.0, "{channels:?} {depth:?}: {found}");
        }
    }
}

#[test]
fn what_cannot_be_refined_is_said() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
    picture(&input, 12, 9);
    for (args, code, message) in [
        (&["--refine", "--scale=0.5"], 2, "factors below 1"),
        (&["--refine", "--size=24x8"], 1, "refine enlargements only"),
        (&["--refine=17", "--scale=2"], 2, "1 to 16"),
    ] {
        let mut run = polyinr();
        run.arg("upscale").args(args).arg(&input).arg("-o").arg(&out);
        run.assert().code(code).stderr(contains(message));
        assert!(!out.exists());
    }
    let mut run = polyinr();
    run.args(["measure", "--refine", "--method", "bicubic"]).arg(folder.path());
    run.assert().code(2).stderr(contains("refine"));
}
