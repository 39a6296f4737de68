//! `polyinr inspect`, `import` and `measure`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::support::{encoded, files, folder, json_lines, picture, polyinr, raster, save};
use polyinr::{Channels, Depth, Format};
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

#[test]
fn inspect_tells_models_and_pictures_apart() {
    let folder = folder();
    let (deep, text) = (folder.path().join("deep.tiff"), folder.path().join("a.txt"));
    save(&deep, raster(5, 4, Channels::GrayAlpha, Depth::U16));
    fs::write(&text, "no picture").unwrap();
    let mut run = polyinr();
    run.args(["inspect", "--json", "clean", "flowers"]).args([&deep, &text]);
    let output = run.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "one of them is unknown");
    let lines = json_lines(&output.stdout);
    let kinds: Vec<_> = lines.iter().map(|l| l["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["upscaler", "generator", "picture", "unknown"]);
    assert_eq!(lines[1]["shape"]["classes"][2], "roses");
    let facts =
        [&lines[2]["width"], &lines[2]["depth"], &lines[2]["channels"], &lines[2]["format"]];
    assert_eq!(facts.map(|f| f.to_string()), ["5", "\"16\"", "\"gray+alpha\"", "\"tiff\""]);
    let human = contains("daisy, dandelion").and(contains("licence"));
    polyinr().args(["inspect", "flowers"]).assert().success().stdout(human);
    polyinr().arg("inspect").arg(&text).assert().code(1).stderr(contains("a.txt"));
    polyinr().args(["inspect", "no/such.png"]).assert().code(1).stderr(contains("no/such.png"));
}

/// Weights of a tiny upscaler in the naming of a plain module tree.
fn foreign(path: &Path) {
    let tensors: [(&str, &[usize]); 14] = [
        ("head.weight", &[2, 3, 3, 3]),
        ("head.bias", &[2]),
        ("body.0.0.weight", &[2, 2, 3, 3]),
        ("body.0.0.bias", &[2]),
        ("body.0.2.weight", &[2, 2, 3, 3]),
        ("body.0.2.bias", &[2]),
        ("tail.weight", &[2, 2, 3, 3]),
        ("tail.bias", &[2]),
        ("A.weight", &[12, 2, 3, 3]),
        ("A.bias", &[12]),
        ("W.0.weight", &[3, 3]),
        ("W.0.bias", &[3]),
        ("rgb.weight", &[3, 3]),
        ("rgb.bias", &[3]),
    ];
    let (mut header, mut end) = (serde_json::Map::new(), 0);
    for (name, shape) in tensors {
        let bytes = shape.iter().product::<usize>() * 4;
        let offsets = [end, end + bytes];
        let entry = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": offsets});
        header.insert(name.into(), entry);
        end += bytes;
    }
    let header = serde_json::Value::Object(header).to_string();
    let mut file = fs::File::create(path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    let values = (0..end / 4).flat_map(|i| ((i % 7) as f32 / 100.0).to_le_bytes());
    file.write_all(&values.collect::<Vec<_>>()).unwrap();
}

#[test]
fn imported_weights_upscale() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    foreign(&at("weights.safetensors"));
    let import = |options: &[&str]| {
        let mut run = polyinr();
        run.arg("import").arg(at("weights.safetensors")).args(options);
        run.arg("-o").arg(at("models/tiny.safetensors")).assert()
    };
    import(&["--licence", "CC0", "--training", "none"]).success();
    let says = contains("upscaler").and(contains("CC0")).and(contains("tiny"));
    polyinr().arg("inspect").arg(at("models/tiny.safetensors")).assert().success().stdout(says);
    let large = fs::metadata(at("models/tiny.safetensors")).unwrap().len();
    import(&[]).code(2).stderr(contains("--overwrite"));
    import(&["--overwrite", "--f16", "--name", "half"]).success();
    assert!(fs::metadata(at("models/tiny.safetensors")).unwrap().len() < large);
    picture(&at("a.png"), 6, 5);
    let mut run = polyinr();
    run.env("POLYINR_MODELS", at("models")).args(["upscale", "--model", "tiny"]);
    run.arg(at("a.png")).arg("-o").arg(at("b.png")).assert().success();
    assert_eq!(files(&at("models")), [PathBuf::from("tiny.safetensors")]);
}

/// A file that does not say which variant it is of is what the command line says.
#[test]
fn imported_inr_gans_are_of_either_variant() {
    let folder = folder();
    let golden = |name: &str| {
        let path = format!("tests/golden/{name}.safetensors");
        Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
    };
    for (name, options, upsampling) in [
        ("inr_gan", &[][..], "nearest"),
        ("inr_gan", &["--bilinear"], "bilinear"),
        ("inr_gan_bil", &[], "bilinear"),
    ] {
        let out = folder.path().join("m.safetensors");
        let mut run = polyinr();
        run.arg("import").arg(golden(name)).args(options).arg("--overwrite").arg("-o").arg(&out);
        run.assert().success();
        let output = polyinr().args(["inspect", "--json"]).arg(&out).output().unwrap();
        let shape = &json_lines(&output.stdout)[0]["shape"];
        assert_eq!(shape["network"], "inr-gan");
        assert_eq!(shape["upsampling"], upsampling);
        assert_eq!(shape["native_resolution"], 32);
        polyinr().arg("inspect").arg(&out).assert().success().stdout(contains("inr-gan"));
    }
}

#[test]
fn a_failed_import_leaves_nothing() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    foreign(&at("weights.safetensors"));
    let whole = fs::read(at("weights.safetensors")).unwrap();
    fs::write(at("cut.safetensors"), &whole[..whole.len() - 4]).unwrap();
    for (file, status) in [("cut.safetensors", 1), ("missing.safetensors", 1)] {
        let mut run = polyinr();
        run.arg("import").arg(at(file)).arg("-o").arg(at("out/m.safetensors"));
        run.assert().code(status).stderr(contains(file));
    }
    let mut run = polyinr();
    run.arg("import").arg(at("weights.safetensors")).arg("--overwrite");
    run.arg("-o").arg(at("weights.safetensors")).assert().code(2).stderr(contains("is an input"));
    assert_eq!(fs::read(at("weights.safetensors")).unwrap(), whole);
    assert_eq!(files(folder.path()).len(), 2);
}

#[test]
fn measure_takes_zip_files_and_folders() {
    let folder = folder();
    let inside = folder.path().join("set");
    picture(&inside.join("a.png"), 33, 34);
    picture(&inside.join("b.png"), 40, 30);
    let path = folder.path().join("zipped.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    for (name, width, height) in [("x/a.png", 33, 34), ("x/b.png", 40, 30)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&encoded(Format::Png, width, height)).unwrap();
    }
    zip.start_file("x/README", zip::write::SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    let mut run = polyinr();
    run.args(["measure", "--json", "--scale", "2"]).args([&inside, &path]);
    let lines = json_lines(&run.output().unwrap().stdout);
    assert_eq!(lines.len(), 6, "two sets, three methods");
    for (a, b) in lines[..3].iter().zip(&lines[3..]) {
        assert_eq!(
            (&a["psnr"], &a["ssim"], &a["pictures"]),
            (&b["psnr"], &b["ssim"], &b["pictures"])
        );
    }
    fs::write(&path, "no zip file").unwrap();
    polyinr().arg("measure").arg(&path).assert().code(1).stderr(contains("zipped.zip"));
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    polyinr().arg("measure").arg(&empty).assert().code(2).stderr(contains("no picture"));
}

#[test]
fn measure_compares_upscalers_on_compressed_pictures() {
    let folder = folder();
    picture(&folder.path().join("a.png"), 48, 40);
    let measured = |options: &[&str]| {
        let mut run = polyinr();
        run.args(["measure", "--json", "--scale", "2", "--method", "model"]).args(options);
        json_lines(&run.arg(folder.path()).output().unwrap().stdout)
    };
    let clean = measured(&["--model", "photo,clean"]);
    let poor = measured(&["--model", "photo,clean", "--jpeg", "10"]);
    for (i, name) in ["photo", "clean"].into_iter().enumerate() {
        assert_eq!([&clean[i]["method"], &poor[i]["method"]], [name, name]);
        let psnr = |lines: &[Value]| lines[i]["psnr"].as_f64().unwrap();
        assert!(psnr(&poor) < psnr(&clean), "{clean:?} {poor:?}");
        assert!(clean[i]["seconds_per_megapixel"].as_f64().unwrap() > 0.0);
    }
    let refused: [&[&str]; 2] = [&["--jpeg", "0"], &["--extend", "--model", "a,b"]];
    for options in refused {
        polyinr().arg("measure").args(options).arg(folder.path()).assert().code(2);
    }
}

/// What `measure` tells of `method` on the usual test pictures; nothing without them.
fn lines(method: &str, factors: &str, options: &[&str]) -> Option<Vec<Value>> {
    let Some(data) = std::env::var_os("POLYINR_DATA") else {
        eprintln!("skipped: POLYINR_DATA names no folder with set5.zip and set14.zip");
        return None;
    };
    let mut run = polyinr();
    run.args(["measure", "--json", "--method", method, "--scale", factors]).args(options);
    Some(json_lines(&run.env("POLYINR_DATA", data).output().unwrap().stdout))
}

/// PSNR of `method`, by set and factor.
fn measured(
    method: &str,
    factors: &str,
    options: &[&str],
) -> Option<impl Fn(&str, u32) -> f64 + use<>> {
    let lines = lines(method, factors, options)?;
    Some(move |set: &str, factor: u32| {
        let line = lines.iter().find(|l| l["set"] == set && l["factor"] == factor);
        line.expect("a line")["psnr"].as_f64().unwrap()
    })
}

/// Figures that Pillow's filters give under the same protocol.
#[test]
fn measure_reproduces_plain_resampling() {
    let expected = [
        ("bicubic", "set5", [33.67, 30.40, 28.43, 24.40]),
        ("bicubic", "set14", [30.32, 27.63, 26.09, 23.19]),
        ("lanczos", "set5", [34.31, 30.83, 28.81, 24.64]),
        ("lanczos", "set14", [30.78, 27.92, 26.32, 23.36]),
    ];
    for rows in expected.chunks(2) {
        let Some(psnr) = measured(rows[0].0, "2,3,4,8", &[]) else { return };
        for (method, set, figures) in rows {
            for (factor, figure) in [2, 3, 4, 8].into_iter().zip(figures) {
                let psnr = psnr(set, factor);
                assert!((psnr - figure).abs() < 0.01, "{set} {method} x{factor}: {psnr}");
            }
        }
    }
}

/// Figures of an upscaler when it was trained, in another implementation, and those on the card of a
/// built-in one.
#[test]
fn measure_reproduces_upscalers() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/local48.safetensors");
    let upscalers = [
        (golden, [37.38, 33.65, 31.43], [33.06, 29.86, 28.15]),
        ("clean", [37.43, 33.75, 31.66], [33.14, 29.88, 28.21]),
    ];
    for (model, set5, set14) in upscalers {
        let Some(psnr) = measured("model", "2,3,4", &["--model", model]) else { return };
        for (set, figures) in [("set5", set5), ("set14", set14)] {
            for (factor, figure) in [2, 3, 4].into_iter().zip(figures) {
                let psnr = psnr(set, factor);
                assert!((psnr - figure).abs() < 0.03, "{model} {set} x{factor}: {psnr}");
            }
        }
    }
}

/// Refined results reduce to their pictures, and are no further from the truth.
#[test]
fn measure_shows_what_refining_does() {
    let Some(lines) = lines("model", "4", &["--refine"]) else { return };
    assert_eq!(lines.len(), 4, "two sets, plain and refined");
    for rows in lines.chunks(2) {
        let (plain, refined) = (&rows[0], &rows[1]);
        assert!(plain["refine"].is_null() && refined["refine"] == 3, "{refined}");
        let figure = |line: &Value, name: &str| line[name].as_f64().unwrap();
        assert!(figure(refined, "psnr") >= figure(plain, "psnr"), "{plain} {refined}");
        assert!(figure(refined, "reduced") >= 50.0, "{refined}");
    }
}
