//! Fields of pictures: `upscale --save-field`, and what the other subcommands do with them.

use std::fs;
use std::path::Path;

use crate::support::{files, folder, json_lines, picture, polyinr, raster, size};
use polyinr::{Channels, Depth, Existing, FieldFile, Metadata, Picture, Samples};
use predicates::prelude::*;
use predicates::str::contains;

/// Runs in `folder` and must succeed.
fn works(folder: &Path, args: &[&str]) -> assert_cmd::assert::Assert {
    polyinr().current_dir(folder).args(args).assert().success()
}

fn open(folder: &Path, name: &str) -> Picture {
    Picture::open(folder.join(name)).unwrap()
}

/// A profile for such channels, as far as anybody looks into it here.
fn profile(channels: Channels) -> Vec<u8> {
    let space = if channels.is_gray() { b"GRAY" } else { b"RGB " };
    [&[7; 16][..], space, &[7; 180]].concat()
}

/// Writes a picture of 16 bits with a profile, and with holes where there is alpha.
fn photo(folder: &Path, name: &str, channels: Channels) {
    let metadata = Metadata { icc: Some(profile(channels)), ..Metadata::default() };
    let picture = Picture { raster: raster(13, 9, channels, Depth::U16), metadata };
    picture.save(folder.join(name), Existing::Refuse).unwrap();
}

/// Whole and as large as it was enlarged, a field is the enlargement to the bit.
#[test]
fn a_field_renders_as_its_enlargement() {
    for (channels, refine) in [
        (Channels::Rgba, Some("--refine=2")),
        (Channels::GrayAlpha, None),
        (Channels::Gray, Some("--refine")),
        (Channels::Rgb, None),
    ] {
        let folder = folder();
        photo(folder.path(), "a.png", channels);
        let upscale = ["upscale", "a.png", "-o", "large.tiff", "--size", "31x20", "--save-field"];
        works(folder.path(), &[&upscale[..], refine.as_slice()].concat());
        let args = ["render", "large.field", "--size", "31x20", "-o", "again.tiff", "--json"];
        let run = works(folder.path(), &args);
        let steps = refine.map(|r| if r.ends_with('2') { 2 } else { 3 });
        let lines = json_lines(&run.get_output().stdout);
        assert_eq!(lines[0].get("refine").and_then(|r| r.as_u64()), steps);
        let (large, again) = (open(folder.path(), "large.tiff"), open(folder.path(), "again.tiff"));
        assert!(large.raster == again.raster, "{channels:?} {refine:?}");
        assert_eq!(again.raster.samples().depth(), Depth::U16);
        assert_eq!(again.metadata.icc.as_deref(), Some(&profile(channels)[..]));
        let parameters = again.metadata.parameters.unwrap();
        assert!(parameters.contains("render large.field") && parameters.contains("photo"));
        assert_eq!(parameters.contains("refined in"), refine.is_some(), "{parameters}");
    }
}

/// How far samples of 8 bits are apart at most.
fn apart(a: &Samples, b: &Samples) -> u8 {
    let (Samples::U8(a), Samples::U8(b)) = (a, b) else { panic!("8 bits") };
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

/// A part is that part of the whole, unrefined, and a line says so.
#[test]
fn parts_and_turned_views_are_not_refined() {
    let folder = folder();
    picture(&folder.path().join("a.png"), 16, 12);
    works(folder.path(), &["upscale", "a.png", "-s4", "-o", "plain.png"]);
    works(
        folder.path(),
        &["upscale", "a.png", "-s4", "-o", "fine.png", "--refine", "--save-field"],
    );
    let part = ["render", "fine.field", "--window=0.25,0.75,0.25,0.75", "--size", "32x24"];
    works(folder.path(), &[&part[..], &["-o", "part.png"]].concat())
        .stderr(contains("part.png: as the upscaler makes it, not refined"));
    let plain = open(folder.path(), "plain.png").raster;
    let row = |y: usize| (y + 12) * 64 * 3 + 16 * 3..(y + 12) * 64 * 3 + 48 * 3;
    let mut middle = plain.samples().part(0..0);
    (0..24).for_each(|y| middle.append(&plain.samples().part(row(y))));
    assert!(apart(&middle, open(folder.path(), "part.png").raster.samples()) <= 1);
    assert!(apart(plain.samples(), open(folder.path(), "fine.png").raster.samples()) > 1);
    // Turned by a half, it is the other way round.
    works(
        folder.path(),
        &["render", "fine.field", "--rotate", "180", "--size", "64x48", "-o", "t.png"],
    )
    .stderr(contains("not refined"));
    let Samples::U8(plain) = plain.into_samples() else { panic!("8 bits") };
    let turned = plain.chunks_exact(3).rev().flatten().copied().collect();
    assert!(apart(&Samples::U8(turned), open(folder.path(), "t.png").raster.samples()) <= 1);
    // Smaller than the picture, and at its own size.
    works(folder.path(), &["render", "fine.field", "--size", "8x6", "-o", "small.png"])
        .stderr(contains("not refined"));
    works(folder.path(), &["render", "fine.field", "-o", "own.png"])
        .stderr(contains("not refined").not());
    assert_eq!(size(&folder.path().join("own.png")), (16, 12));
}

#[test]
fn field_files_are_made_beside_every_result() {
    let folder = folder();
    for name in ["in/a.png", "in/b.png"] {
        picture(&folder.path().join(name), 6, 5);
    }
    let args = ["upscale", "in", "-o", "out/", "-s2", "--save-field"];
    works(folder.path(), &args);
    let out = folder.path().join("out");
    let names: Vec<_> = files(&out).iter().map(|f| f.display().to_string()).collect();
    assert_eq!(names, ["a.field", "a.png", "b.field", "b.png"]);
    assert_eq!(FieldFile::open(out.join("b.field")).unwrap().origin(), "the picture b.png");
    // What is missing of an interrupted run is made, the rest stays.
    fs::remove_file(out.join("a.field")).unwrap();
    fs::write(out.join("a.png"), "mine").unwrap();
    polyinr().current_dir(folder.path()).args(args).assert().code(2).stderr(contains("already"));
    let run = works(folder.path(), &[&args[..], &["--skip-existing", "--json"]].concat());
    let lines = json_lines(&run.get_output().stdout);
    assert_eq!([&lines[2]["finished"], &lines[2]["skipped"]], [1, 1], "{lines:?}");
    assert!(lines.iter().all(|l| l["event"] != "picture" || l["field"].is_string()));
    assert_eq!(fs::read(out.join("a.png")).unwrap(), b"mine");
    assert_eq!(FieldFile::open(out.join("a.field")).unwrap().size(), [6, 5]);
    let run = polyinr().args(["upscale", "-", "-o", "-", "--save-field"]).assert();
    run.code(2).stderr(contains("--save-field"));
}

#[test]
fn what_a_picture_field_cannot_do_is_refused() {
    let folder = folder();
    picture(&folder.path().join("a.png"), 6, 5);
    works(folder.path(), &["upscale", "a.png", "-s2", "-o", "b.png", "--save-field", "--refine=5"]);
    let before = files(folder.path());
    let cases: &[(&[&str], &str)] = &[
        (&["mix", "b.field", "1:0", "-lfine", "-o", "x.png"], "b.field: it keeps a picture"),
        (&["mix", "1:0", "b.field", "-lfine", "-o", "x.field"], "it keeps a picture"),
        (&["interpolate", "b.field", "1:0", "-o", "x/"], "it keeps a picture"),
        (&["extend", "b.field", "-o", "x.png"], "it keeps a picture"),
        (&["heatmap", "b.field", "-o", "x/"], "it keeps a picture"),
        (&["render", "b.field", "-t0.5", "-o", "x.png"], "truncation"),
        (&["render", "b.field", "--model", "flowers", "-o", "x.png"], "an upscaler is needed"),
        (&["render", "b.field", "--depth", "32f", "-o", "x.png"], "tiff"),
    ];
    for (args, message) in cases {
        let one_line = predicate::function(|e: &str| e.lines().count() == 1);
        let run = polyinr().current_dir(folder.path()).args(*args).assert();
        run.code(2).stdout("").stderr(contains(*message).and(one_line));
    }
    assert_eq!(files(folder.path()), before, "nothing was written");
    let other =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/model/upscaler.safetensors");
    let mut run = polyinr();
    run.current_dir(folder.path()).args(["render", "b.field", "-o", "x.png", "--model"]).arg(other);
    run.assert().code(1).stderr(contains("b.field: it belongs to model photo"));
    let run = works(folder.path(), &["inspect", "--json", "b.field"]);
    let facts = &json_lines(&run.get_output().stdout)[0];
    assert_eq!([&facts["kind"], &facts["of"], &facts["model"]], ["field", "picture", "photo"]);
    assert_eq!([&facts["width"], &facts["height"], &facts["refine"]], [6, 5, 5]);
    assert_eq!([&facts["channels"], &facts["depth"]], ["rgb", "8"]);
}

#[test]
fn damaged_field_files_are_refused() {
    let folder = folder();
    picture(&folder.path().join("a.png"), 6, 5);
    works(folder.path(), &["upscale", "a.png", "-s2", "-o", "b.png", "--save-field"]);
    let whole = fs::read(folder.path().join("b.field")).unwrap();
    let mut huge = whole.clone();
    huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let cut = |n: usize| whole[..n].to_vec();
    for bytes in [cut(0), cut(9), cut(whole.len() / 2), cut(whole.len() - 1), huge] {
        fs::write(folder.path().join("c.field"), bytes).unwrap();
        let mut run = polyinr();
        run.current_dir(folder.path()).args(["render", "c.field", "-o", "x.png"]);
        let one_line = predicate::function(|e: &str| e.lines().count() == 1);
        run.assert().code(1).stderr(contains("c.field").and(one_line));
    }
    assert!(!folder.path().join("x.png").exists());
}
