//! `polyinr upscale`: files, folders, names, formats, and what programs read.

use std::fs;

use crate::support::{files, folder, json_lines, picture, polyinr, raster, save, size};
use polyinr::{Channels, Depth, Format, Picture, Samples};
use predicates::prelude::*;
use predicates::str::contains;

#[test]
fn one_file_in_every_format() {
    let folder = folder();
    let input = folder.path().join("a.png");
    picture(&input, 12, 9);
    let names = [("a4.png", Format::Png), ("a4.jpg", Format::Jpeg), ("a4.tif", Format::Tiff)];
    for (name, format) in names.into_iter().chain([("a4.webp", Format::WebP)]) {
        let out = folder.path().join("new/folder").join(name);
        polyinr().arg("upscale").arg(&input).arg("-o").arg(&out).assert().success();
        assert_eq!(size(&out), (48, 36));
        assert_eq!(Picture::probe(&out).unwrap().format, format);
    }
}

#[test]
fn any_factor_and_exact_sizes() {
    let folder = folder();
    let input = folder.path().join("a.png");
    picture(&input, 20, 10);
    let cases = [
        (["--scale", "2.35"], (47, 24)),
        (["--scale", "1"], (20, 10)),
        (["--scale", "0.5"], (10, 5)),
        (["--size", "33x77"], (33, 77)),
        (["--size", "1x1"], (1, 1)),
    ];
    for (args, expected) in cases {
        let out = folder.path().join("out.png");
        let mut run = polyinr();
        run.arg("upscale").arg(&input).args(args).arg("--overwrite").arg("-o").arg(&out);
        run.assert().success();
        assert_eq!(size(&out), expected, "{args:?}");
    }
}

#[test]
fn depth_and_channels_are_kept() {
    let folder = folder();
    let every = [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba];
    for depth in [Depth::U8, Depth::U16, Depth::F32] {
        for channels in every {
            let (input, out) = (folder.path().join("a.tiff"), folder.path().join("b.tiff"));
            save(&input, raster(8, 6, channels, depth));
            let mut run = polyinr();
            run.arg("upscale").arg(&input).args(["--overwrite", "-s2", "-o"]).arg(&out);
            run.assert().success();
            let info = Picture::probe(&out).unwrap();
            assert_eq!((info.channels, info.depth), (channels, depth));
        }
    }
}

#[test]
fn depth_changes_on_request() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.tiff"));
    picture(&input, 8, 6);
    for (name, depth) in [("8", Depth::U8), ("16", Depth::U16), ("32f", Depth::F32)] {
        let mut run = polyinr();
        run.arg("upscale").arg(&input).args(["--overwrite", "--depth", name, "-o"]).arg(&out);
        run.assert().success();
        assert_eq!(Picture::probe(&out).unwrap().depth, depth);
    }
}

#[test]
fn what_a_format_cannot_hold_is_said() {
    let folder = folder();
    let input = folder.path().join("a.png");
    save(&input, raster(8, 6, Channels::Rgba, Depth::U8));
    let out = folder.path().join("b.jpg");
    let says = contains("a.png").and(contains("no transparency")).and(contains("webp"));
    polyinr().arg("upscale").arg(&input).arg("-o").arg(&out).assert().code(1).stderr(says);
    assert!(!out.exists());
}

#[test]
fn how_it_was_made_is_recorded_or_stripped() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
    picture(&input, 8, 6);
    polyinr().arg("upscale").arg(&input).arg("-o").arg(&out).assert().success();
    let parameters = Picture::probe(&out).unwrap().metadata.parameters.unwrap();
    assert!(parameters.contains("photo") && parameters.contains("32x24"), "{parameters}");
    let mut run = polyinr();
    run.arg("upscale").arg(&input).args(["--strip", "--overwrite", "-o"]).arg(&out);
    run.assert().success();
    assert_eq!(Picture::probe(&out).unwrap().metadata.parameters, None);
}

#[test]
fn nothing_is_replaced_unasked() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
    picture(&input, 8, 6);
    fs::write(&out, "mine").unwrap();
    let run = |option: &[&str]| {
        polyinr().arg("upscale").arg(&input).args(option).arg("-o").arg(&out).assert()
    };
    run(&[]).code(2).stderr(contains("--overwrite").and(contains("--skip-existing")));
    run(&["--skip-existing"]).success();
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    run(&["--overwrite"]).success();
    assert_eq!(size(&out), (32, 24));
}

#[test]
fn an_input_is_never_written_over() {
    let folder = folder();
    let input = folder.path().join("a.png");
    picture(&input, 8, 6);
    picture(&folder.path().join("b.png"), 8, 6);
    let before = fs::read(&input).unwrap();
    let roundabout = folder.path().join("../").join(folder.path().file_name().unwrap());
    let targets = [input.clone(), roundabout.join("a.png"), folder.path().to_path_buf()];
    for out in &targets {
        let mut run = polyinr();
        run.arg("upscale").arg(&input).args(["--overwrite", "-o"]).arg(out);
        run.assert().code(2).stderr(contains("is an input"));
    }
    let mut run = polyinr();
    run.arg("upscale").arg(folder.path()).args(["--overwrite", "-o"]).arg(folder.path());
    run.assert().code(2).stderr(contains("is an input"));
    assert_eq!(fs::read(&input).unwrap(), before);
    assert_eq!(files(folder.path()).len(), 2);
}

#[test]
fn two_results_under_one_name_are_refused_before_any_work() {
    let folder = folder();
    let (a, b) = (folder.path().join("x/a.png"), folder.path().join("y/a.jpg"));
    picture(&a, 8, 6);
    picture(&b, 8, 6);
    let out = folder.path().join("out");
    let mut run = polyinr();
    run.arg("upscale").args([&a, &b]).args(["--format", "png", "-o"]).arg(&out);
    run.assert().code(2).stderr(contains("a.png").and(contains("a.jpg")).and(contains("both")));
    assert!(!out.exists());
}

/// A tree with pictures, a stray file, a hidden one and an empty one.
fn tree(root: &std::path::Path) {
    picture(&root.join("a.png"), 8, 6);
    picture(&root.join("b.JPG"), 8, 6);
    picture(&root.join("deep/er/c.webp"), 8, 6);
    fs::write(root.join("notes.txt"), "no picture").unwrap();
    fs::write(root.join("empty.png"), "").unwrap();
    fs::write(root.join(".hidden"), "left out").unwrap();
}

#[test]
fn a_folder_mirrors_its_tree_and_passes_over_what_is_no_picture() {
    let folder = folder();
    let root = folder.path().join("in");
    tree(&root);
    let out = folder.path().join("out");
    let run = polyinr().arg("upscale").arg(&root).arg("-ro").arg(&out).assert();
    let says = contains("notes.txt").and(contains("empty.png")).and(contains(".hidden").not());
    run.code(1).stdout("").stderr(says.and(contains("3 written, 2 failed, 0 skipped")));
    let made: Vec<_> = files(&out).iter().map(|f| f.display().to_string()).collect();
    assert_eq!(made, ["a.png", "b.JPG", "deep/er/c.webp"]);
    // Without --recursive the folder's own pictures only.
    let flat = folder.path().join("flat");
    let run =
        polyinr().arg("upscale").arg(&root).args(["--format", "png", "-o"]).arg(&flat).assert();
    run.code(1).stderr(contains("--recursive"));
    let made: Vec<_> = files(&flat).iter().map(|f| f.display().to_string()).collect();
    assert_eq!(made, ["a.png", "b.png"]);
}

#[test]
fn an_output_folder_inside_the_input_is_no_input() {
    let folder = folder();
    picture(&folder.path().join("a.png"), 8, 6);
    let out = folder.path().join("out");
    for _ in 0..2 {
        let mut run = polyinr();
        run.arg("upscale").arg(folder.path()).args(["-r", "--overwrite", "-o"]).arg(&out);
        run.assert().success();
    }
    assert_eq!(files(&out).len(), 1);
}

#[test]
fn patterns_and_several_files_go_into_a_folder() {
    let folder = folder();
    tree(folder.path());
    let pattern = folder.path().join("[ab].*");
    let out = folder.path().join("out");
    polyinr().arg("upscale").arg(&pattern).arg("-o").arg(&out).assert().success();
    assert_eq!(files(&out).len(), 2);
    let file = folder.path().join("one.png");
    fs::write(&file, "a file").unwrap();
    let run = polyinr().arg("upscale").arg(&pattern).arg("-o").arg(&file).assert();
    run.code(2).stderr(contains("is a file"));
    let mut run = polyinr();
    run.arg("upscale").args(["a.png", "missing.png", "b.JPG"].map(|n| folder.path().join(n)));
    run.arg("-o").arg(folder.path().join("some")).assert().code(1).stderr(contains("missing.png"));
    assert_eq!(files(&folder.path().join("some")).len(), 2);
}

#[test]
fn shards_partition_the_batch() {
    let folder = folder();
    let root = folder.path().join("in");
    (0..7).for_each(|i| picture(&root.join(format!("{i}.png")), 4, 4));
    fs::write(root.join("3.txt"), "no picture").unwrap();
    let (mut all, mut failed) = (Vec::new(), 0);
    for i in 1..=3 {
        let out = folder.path().join(format!("out{i}"));
        let mut run = polyinr();
        run.arg("upscale")
            .arg(&root)
            .args(["--json", "--shard", &format!("{i}/3"), "-o"])
            .arg(&out);
        let lines = json_lines(&run.output().unwrap().stdout);
        failed += lines.iter().filter(|l| l["status"] == "failed").count();
        all.extend(files(&out));
    }
    all.sort();
    let expected: Vec<_> = (0..7).map(|i| std::path::PathBuf::from(format!("{i}.png"))).collect();
    assert_eq!(all, expected);
    assert_eq!(failed, 1, "the stray file belongs to one share");
}

#[test]
fn json_lines_and_nothing_else_on_standard_output() {
    let folder = folder();
    let root = folder.path().join("in");
    tree(&root);
    let out = folder.path().join("out");
    picture(&out.join("a.png"), 1, 1);
    let mut run = polyinr();
    run.arg("upscale").arg(&root).args(["-r", "--json", "--skip-existing", "-o"]).arg(&out);
    let output = run.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lines = json_lines(&output.stdout);
    let count = |status: &str| lines.iter().filter(|l| l["status"] == status).count();
    assert_eq!((count("finished"), count("failed"), count("skipped")), (2, 2, 1));
    for line in lines.iter().filter(|l| l["status"] == "finished") {
        let path = std::path::Path::new(line["output"].as_str().unwrap());
        assert_eq!(size(path), (32, 24));
        assert_eq!((line["width"].as_u64(), line["height"].as_u64()), (Some(32), Some(24)));
    }
    let summary = lines.last().unwrap();
    assert_eq!(summary["event"], "summary");
    assert_eq!((summary["finished"].as_u64(), summary["failed"].as_u64()), (Some(2), Some(2)));
    assert_eq!(summary["interrupted"], false);
}

#[test]
fn a_dry_run_writes_nothing_and_estimates() {
    let folder = folder();
    let input = folder.path().join("a.png");
    picture(&input, 20, 10);
    let out = folder.path().join("out/");
    let mut run = polyinr();
    run.arg("upscale").arg(&input).args(["--dry-run", "-o"]).arg(&out);
    run.assert().success().stderr(contains("80x40").and(contains("megapixels a second")));
    let mut run = polyinr();
    run.arg("upscale").arg(&input).args(["--dry-run", "--json", "-o"]).arg(&out);
    let lines = json_lines(&run.output().unwrap().stdout);
    assert_eq!(lines[0]["status"], "planned");
    let estimate = lines.iter().find(|l| l["event"] == "estimate").unwrap();
    assert_eq!(estimate["pixels"], 80 * 40);
    assert!(estimate["seconds"].as_f64().unwrap() > 0.0);
    assert!(estimate["bytes"].as_u64().unwrap() >= 80 * 40 * 3);
    assert!(!out.exists());
}

#[test]
fn standard_input_to_standard_output() {
    let bytes = crate::support::encoded(Format::Jpeg, 10, 8);
    for (args, format) in [(&[][..], Format::Jpeg), (&["--format", "tiff"][..], Format::Tiff)] {
        let mut run = polyinr();
        let output = run.args(["upscale", "-", "-o", "-"]).args(args).write_stdin(bytes.clone());
        let output = output.output().unwrap();
        assert!(output.status.success());
        assert_eq!(Format::from_magic(&output.stdout), Some(format));
        let picture = Picture::read(output.stdout, "standard output").unwrap();
        assert_eq!((picture.raster.width(), picture.raster.height()), (40, 32));
    }
    let run = polyinr().args(["upscale", "-", "-o", "-"]).write_stdin("no picture").assert();
    run.code(1).stdout("").stderr(contains("standard input"));
}

#[test]
fn the_comparison_shows_bicubic_and_the_result() {
    let folder = folder();
    let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
    let source = raster(9, 7, Channels::Rgb, Depth::U8);
    save(&input, source.clone());
    let mut run = polyinr();
    run.arg("upscale").arg(&input).args(["--scale", "3", "--compare", "-o"]).arg(&out);
    run.assert().success();
    let both = Picture::open(folder.path().join("b.compare.png")).unwrap().raster;
    assert_eq!((both.width(), both.height()), (54, 21));
    let ours = Picture::open(&out).unwrap().raster;
    let bicubic =
        polyinr::metrics::resize(&source, 27, 21, polyinr::metrics::Filter::Bicubic).unwrap();
    let bytes = |r: &polyinr::Raster| match r.samples() {
        Samples::U8(v) => v.clone(),
        _ => panic!("8 bits"),
    };
    let (both, ours, bicubic) = (bytes(&both), bytes(&ours), bytes(&bicubic));
    for y in 0..21 {
        let row = &both[y * 162..][..162];
        assert_eq!(row[..81], bicubic[y * 81..][..81], "bicubic, row {y}");
        assert_eq!(row[81..], ours[y * 81..][..81], "ours, row {y}");
    }
    // A comparison of one's own is not replaced.
    fs::remove_file(&out).unwrap();
    let mut run = polyinr();
    run.arg("upscale").arg(&input).args(["--compare", "-o"]).arg(&out);
    run.assert().code(2).stderr(contains("b.compare.png"));
}

#[test]
fn quiet_is_quiet() {
    let folder = folder();
    let input = folder.path().join("a.png");
    picture(&input, 8, 6);
    let mut run = polyinr();
    run.arg("upscale")
        .args([&input, &input])
        .args(["--quiet", "-o"])
        .arg(folder.path().join("x.png"));
    run.assert().code(2);
    let mut run = polyinr();
    run.arg("upscale").arg(&input).args(["-q", "-o"]).arg(folder.path().join("x.png"));
    run.assert().success().stdout("").stderr("");
}

#[test]
fn threads_do_not_change_the_result() {
    let folder = folder();
    let input = folder.path().join("a.png");
    picture(&input, 40, 30);
    let made = ["1", "3"].map(|threads| {
        let out = folder.path().join(format!("{threads}.png"));
        let mut run = polyinr();
        run.arg("upscale").arg(&input).args(["--threads", threads, "-o"]).arg(&out);
        run.assert().success();
        fs::read(&out).unwrap()
    });
    assert!(made[0] == made[1]);
}
