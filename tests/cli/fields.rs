//! Field files, and `polyinr render`, `mix` and `interpolate`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{files, folder, json_lines, polyinr, size};
use polyinr::model::ModelId;
use polyinr::{Existing, Field, FieldFile, GeneratedField, Model, Picture};
use predicates::prelude::*;
use predicates::str::contains;

/// Runs in `folder` and must succeed.
fn works(folder: &Path, args: &[&str]) {
    polyinr().current_dir(folder).args(args).assert().success();
}

fn pixels(path: &Path) -> polyinr::Samples {
    Picture::open(path).unwrap().raster.into_samples()
}

/// A rose and a daisy: field files and the pictures they were made with.
fn flowers(folder: &Path) -> [PathBuf; 2] {
    works(
        folder,
        &["generate", "-s7", "-croses", "--size", "24", "--save-field", "-o", "rose.png"],
    );
    works(
        folder,
        &["generate", "-s1", "-cdaisy", "--size", "24", "--save-field", "-o", "daisy.png"],
    );
    ["rose.png", "daisy.png"].map(|name| folder.join(name))
}

#[test]
fn a_field_file_renders_as_its_picture() {
    let folder = folder();
    let [rose, _] = flowers(folder.path());
    works(folder.path(), &["render", "rose.field", "--size", "24", "-o", "again.png"]);
    works(folder.path(), &["render", "7:2", "--size", "24", "-o", "seed.png"]);
    for other in ["again.png", "seed.png"] {
        assert!(pixels(&rose) == pixels(&folder.path().join(other)), "{other}");
    }
    // Its own size, the generator's; into a folder, with a window.
    works(folder.path(), &["render", "rose.field", "--window=-0.25,1.25,0,1", "-o", "out/"]);
    let wide = folder.path().join("out/rose.png");
    assert_eq!(size(&wide), (64, 64));
    let parameters = Picture::probe(&wide).unwrap().metadata.parameters.unwrap();
    assert!(parameters.contains("render rose.field") && parameters.contains("flowers"));
}

#[test]
fn field_files_are_made_beside_every_picture() {
    let folder = folder();
    let run = |more: &[&str]| {
        let mut run = polyinr();
        run.current_dir(folder.path());
        run.args(["generate", "-s0-1", "-c0", "--size", "8", "--save-field", "-o", "out/"])
            .args(more);
        run.assert()
    };
    run(&[]).success();
    let out = folder.path().join("out");
    let names: Vec<_> = files(&out).iter().map(|f| f.display().to_string()).collect();
    assert_eq!(names, ["seed0000.field", "seed0000.png", "seed0001.field", "seed0001.png"]);
    // What is missing of an interrupted run is made, the rest stays.
    fs::remove_file(out.join("seed0000.field")).unwrap();
    fs::write(out.join("seed0000.png"), "mine").unwrap();
    run(&[]).code(2).stderr(contains("seed0000.png"));
    let lines = json_lines(&run(&["--skip-existing", "--json"]).success().get_output().stdout);
    assert_eq!(fs::read(out.join("seed0000.png")).unwrap(), b"mine");
    let file = FieldFile::open(out.join("seed0000.field")).unwrap();
    assert_eq!(file.origin(), "seed 0, class daisy");
    assert_eq!([&lines[2]["finished"], &lines[2]["skipped"]], [1, 1], "{lines:?}");
    let mut run = polyinr();
    run.args(["generate", "-c0", "--save-field", "-o", "-"]).assert().code(2);
}

#[test]
fn inspect_says_what_a_field_holds() {
    let folder = folder();
    flowers(folder.path());
    works(
        folder.path(),
        &["mix", "rose.field", "daisy.field", "-lfine", "--space", "a", "-o", "a.field"],
    );
    let mut run = polyinr();
    run.current_dir(folder.path()).args(["inspect", "--json", "rose.field", "a.field"]);
    let lines = json_lines(&run.assert().success().get_output().stdout);
    assert_eq!(lines[0]["kind"], "field");
    assert_eq!(lines[0]["model"], "flowers");
    assert_eq!(lines[0]["origin"], "seed 7, class roses");
    assert_eq!([&lines[0]["styles"], &lines[0]["tuned"]], [true, false]);
    assert_eq!([&lines[1]["styles"], &lines[1]["latent"]], [false, false]);
    let human =
        contains("origin").and(contains("mixed in a: (seed 7, class roses) with levels fine"));
    polyinr().current_dir(folder.path()).args(["inspect", "a.field"]).assert().stdout(human);
    fs::write(folder.path().join("b.field"), "no field").unwrap();
    let mut run = polyinr();
    run.current_dir(folder.path()).args(["inspect", "b.field"]).assert().code(1);
}

/// All levels of another are the other; some are neither; a field file renders to the same.
#[test]
fn mixes() {
    let folder = folder();
    let [rose, daisy] = flowers(folder.path());
    let (rose, daisy) = (pixels(&rose), pixels(&daisy));
    let out = folder.path().join("m.png");
    let mut seen = Vec::new();
    for space in ["w", "a"] {
        for (levels, all) in [("all", true), ("shape,5-9", true), ("fine", false), ("0-4,8", false)]
        {
            let mix = ["mix", "rose.field", "1:daisy", "--levels", levels, "--space", space];
            let more = ["--size", "24", "--overwrite", "-o", "m.png"];
            works(folder.path(), &[&mix[..], &more[..]].concat());
            let mixed = pixels(&out);
            assert_eq!(mixed == daisy, all, "{space} {levels}");
            assert!(mixed != rose);
            works(folder.path(), &[&mix[..], &["--overwrite", "-o", "m.field"]].concat());
            works(
                folder.path(),
                &["render", "m.field", "--size", "24", "-o", "m.png", "--overwrite"],
            );
            assert!(pixels(&out) == mixed, "{space} {levels} through a file");
            seen.push(mixed);
        }
    }
    assert!(seen[2] != seen[6] && seen[3] != seen[7], "the two kinds differ");
}

#[test]
fn interpolation_begins_and_ends_at_its_sources() {
    let folder = folder();
    let [rose, daisy] = flowers(folder.path());
    for space in ["z", "w", "a"] {
        let out = format!("{space}/");
        let args = ["interpolate", "rose.field", "1:daisy", "-n5", "--size", "24", "-o", &out];
        works(folder.path(), &[&args[..], &["--space", space]].concat());
        let frame = |n: usize| folder.path().join(format!("{space}/frame{n:04}.png"));
        assert_eq!(files(&folder.path().join(space)).len(), 5);
        assert!(pixels(&frame(0)) == pixels(&rose) && pixels(&frame(4)) == pixels(&daisy));
        assert!((1..5).all(|n| pixels(&frame(n)) != pixels(&frame(n - 1))));
        // Again: refused, passed over, and what is missing is made the same.
        let middle = fs::read(frame(2)).unwrap();
        fs::remove_file(frame(2)).unwrap();
        let again = [&args[..], &["--space", space]].concat();
        let mut run = polyinr();
        run.current_dir(folder.path()).args(&again).assert().code(2).stderr(contains("already"));
        works(folder.path(), &[&again[..], &["--skip-existing"]].concat());
        assert_eq!(fs::read(frame(2)).unwrap(), middle);
    }
}

/// Every frame of an animated PNG.
fn animation(bytes: &[u8]) -> (png::AnimationControl, Vec<Vec<u8>>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let control = reader.info().animation_control.unwrap();
    let mut frame = vec![0; reader.output_buffer_size().unwrap()];
    let frames = (0..control.num_frames).map(|_| {
        reader.next_frame(&mut frame).unwrap();
        frame.clone()
    });
    (control, frames.collect())
}

#[test]
fn animations_hold_the_same_frames() {
    let folder = folder();
    let path = ["interpolate", "7:roses", "1:daisy", "2:tulips", "-n6", "--loop", "--size", "16"];
    works(folder.path(), &[&path[..], &["-o", "frames/"]].concat());
    works(folder.path(), &[&path[..], &["--fps", "10", "-o", "a.apng"]].concat());
    let bytes = fs::read(folder.path().join("a.apng")).unwrap();
    let (control, frames) = animation(&bytes);
    assert_eq!((control.num_frames, control.num_plays), (6, 0));
    for (n, frame) in frames.iter().enumerate() {
        let single = pixels(&folder.path().join(format!("frames/frame{n:04}.png")));
        assert!(single == polyinr::Samples::U8(frame.clone()), "frame {n}");
    }
    let output = polyinr().args(path).args(["-o", "-"]).output().unwrap();
    assert_eq!(animation(&output.stdout).1, frames);
    assert_eq!(files(folder.path()).len(), 7, "no temporary is left");
}

/// Each wrong command line, and a part of the one line that says so.
#[test]
fn what_makes_no_sense_is_refused() {
    let folder = folder();
    flowers(folder.path());
    works(
        folder.path(),
        &["mix", "rose.field", "daisy.field", "-l9", "--space", "a", "-o", "a.field"],
    );
    let before = files(folder.path());
    let cases: &[(&[&str], &str)] = &[
        (&["render", "rose", "-o", "x.png"], "7:roses"),
        (&["render", "7:cats", "-o", "x.png"], "daisy"),
        (&["render", "rose.field", "-t0.5", "-o", "x.png"], "truncation"),
        (&["render", "rose.field", "--model", "clean", "-o", "x.png"], "generator"),
        (&["mix", "1:0", "2:0", "-o", "x.png"], "--levels"),
        (&["mix", "1:0", "2:0", "-l", "hair", "-o", "x.png"], "shape, coarse, fine"),
        (&["mix", "1:0", "2:0", "-l", "8-12", "-o", "x.png"], "0 to 9"),
        (&["mix", "1:0", "2:0", "-l", "8", "--space", "z", "-o", "x.png"], "w or a"),
        (&["mix", "1:0", "a.field", "-l", "8", "--space", "w", "-o", "x.png"], "space a"),
        (&["mix", "1:0", "2:0", "-l", "8", "--size", "9", "-o", "x.field"], "size"),
        (&["mix", "1:0", "2:0", "-l", "8", "--depth", "16", "-o", "x.field"], "depth"),
        (&["mix", "a.field", "2:0", "-l", "8", "--overwrite", "-o", "a.field"], "is an input"),
        (&["interpolate", "1:0", "-o", "x/"], "2 values"),
        (&["interpolate", "1:0", "2:0", "-n1", "-o", "x/"], "2..=1000000"),
        (&["interpolate", "1:0", "2:0", "--fps", "9", "-o", "x/"], "fps"),
        (&["interpolate", "1:0", "2:0", "--fps", "0", "-o", "x.png"], "0.01"),
        (&["interpolate", "1:0", "2:0", "-o", "x.webp"], "not animated"),
        (&["interpolate", "1:0", "2:0", "-o", "x.field"], "mix"),
        (&["interpolate", "1:0", "2:0", "--format", "webp", "-o", "x.png"], "format"),
        (&["interpolate", "1:0", "2:0", "--depth", "32f", "-o", "x.png"], "tiff"),
        (&["interpolate", "1:0", "a.field", "--space", "z", "-o", "x.png"], "space w or a"),
    ];
    for (args, message) in cases {
        let one_line = predicate::function(|e: &str| e.lines().count() == 1);
        let run = polyinr().current_dir(folder.path()).args(*args).assert();
        run.code(2).stdout("").stderr(contains(*message).and(one_line));
    }
    let missing = polyinr().args(["render", "no.field", "-o", "x.png"]).assert();
    missing.code(1).stderr(contains("no.field"));
    assert_eq!(files(folder.path()), before, "nothing was written");
}

/// The model is found by the name in the file, which never is a place on this machine.
#[test]
fn the_model_is_the_one_that_the_file_names() {
    let folder = folder();
    flowers(folder.path());
    let model = folder.path().join("mine.safetensors");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/flowers.safetensors");
    fs::copy(from, &model).unwrap();
    works(folder.path(), &["render", "rose.field", "--model", "mine.safetensors", "-o", "a.png"]);
    let generator = Model::builtin("flowers").unwrap().generator().unwrap();
    let rose = FieldFile::open(folder.path().join("rose.field")).unwrap();
    let rose = rose.generated(&generator).unwrap();
    for name in ["nobody's", "./mine.safetensors", "mine.safetensors"] {
        let id = ModelId { name: name.into(), id: rose.model().id.clone() };
        let (network, code) = (rose.network().clone(), rose.code().as_ref().clone());
        let other = GeneratedField::from_parts(id, network, code).unwrap();
        let path = folder.path().join("other.field");
        Field::Generated(other).save(&path, Existing::Replace).unwrap();
        let run = |args: &[&str]| {
            let mut run = polyinr();
            run.current_dir(folder.path())
                .args(["render", "other.field", "-o", "b.png"])
                .args(args);
            run.assert()
        };
        run(&[]).code(2).stderr(contains("--model").and(contains(name)));
        run(&["--model", "flowers", "--overwrite"]).success();
    }
}
