//! `polyinr heatmap`: files, sheets, levels.

use crate::support::{files, folder, json_lines, polyinr, size};
use polyinr::{Channels, Picture};

const FLOWER: [&str; 4] = ["heatmap", "7:daisy", "--size", "24x16"];

#[test]
fn a_file_a_level() {
    let folder = folder();
    let out = folder.path().join("levels");
    let run = polyinr().args(FLOWER).args(["--levels", "0,2-3", "--json", "-o"]).arg(&out).output();
    let lines = json_lines(&run.unwrap().stdout);
    let names: Vec<_> = files(&out).iter().map(|f| f.display().to_string()).collect();
    assert_eq!(names, ["level00.png", "level02.png", "level03.png"]);
    let levels: Vec<_> = lines.iter().filter_map(|l| l["level"].as_u64()).collect();
    assert_eq!(levels, [0, 2, 3]);
    assert_eq!(lines.last().unwrap()["finished"], 3);
    let picture = Picture::open(out.join("level02.png")).unwrap();
    assert_eq!((picture.raster.width(), picture.raster.height()), (24, 16));
    let parameters = picture.metadata.parameters.unwrap();
    assert!(parameters.contains("--levels 2 ") && parameters.contains("7:daisy"), "{parameters}");
    // What is there stays, is passed over, or is replaced.
    let again = |option: &[&str]| {
        let mut run = polyinr();
        run.args(FLOWER)
            .args(["--levels", "0"])
            .args(option)
            .arg("-o")
            .arg(out.join("level00.png"));
        run.assert()
    };
    again(&[]).code(2);
    again(&["--skip-existing"]).success();
    again(&["--overwrite", "--colours", "gray", "--strip"]).success();
    let picture = Picture::open(out.join("level00.png")).unwrap();
    assert_eq!(picture.raster.channels(), Channels::Gray);
    assert!(picture.metadata.parameters.is_none());
    // Normalised: the least is black, the most white.
    let values = picture.raster.samples();
    let all = || (0..values.len()).map(|i| values.get(i));
    assert_eq!((all().fold(1.0, f32::min), all().fold(0.0, f32::max)), (0.0, 1.0));
}

#[test]
fn a_sheet_of_all_levels() {
    let folder = folder();
    let (out, sheet) = (folder.path().join("levels/"), folder.path().join("sheet.png"));
    let view = ["--rotate", "30", "--elastic", "0.05"];
    polyinr().args(FLOWER).args(view).arg("-o").arg(&out).assert().success();
    polyinr().args(FLOWER).args(view).args(["--sheet", "-o"]).arg(&sheet).assert().success();
    let count = files(&out).len();
    assert!(count > 1);
    let columns = (count as f64).sqrt().ceil() as usize;
    let rows = count.div_ceil(columns);
    assert_eq!(size(&sheet), (columns as u32 * 24, rows as u32 * 16));
    // The cells are the files.
    let sheet = Picture::open(&sheet).unwrap().raster;
    for level in 0..count {
        let file = Picture::open(out.join(format!("level{level:02}.png"))).unwrap().raster;
        let (left, top) = (level % columns * 24, level / columns * 16);
        for (x, y) in [(0, 0), (23, 15), (11, 7)] {
            let here = (y * 24 + x) * 3;
            let there = ((top + y) * columns * 24 + left + x) * 3;
            let same = |c| file.samples().get(here + c) == sheet.samples().get(there + c);
            assert!((0..3).all(same), "{level} {x} {y}");
        }
    }
}

#[test]
fn standard_output_has_the_sheet() {
    let output = polyinr().args(FLOWER).args(["--sheet", "-o", "-"]).output().unwrap();
    assert!(Picture::read(output.stdout, "standard output").unwrap().raster.width() > 24);
}
