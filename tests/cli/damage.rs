//! Damaged, hostile and tiny files: one line, the right status, nothing written.

use std::fs;
use std::path::Path;

use crate::support::{encoded, files, folder, picture, polyinr, raster, save, size};
use polyinr::{Channels, Depth, Format};
use predicates::prelude::*;
use predicates::str::contains;

/// Upscales `bytes`, which must fail in one line that names the file, and leave nothing.
fn refused(name: &str, bytes: &[u8]) {
    let folder = folder();
    let input = folder.path().join(name);
    fs::write(&input, bytes).unwrap();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let one_line = predicate::function(|e: &str| e.lines().count() == 1);
    let says = predicates::str::starts_with("polyinr: error: ").and(contains(name));
    let run = polyinr().arg("upscale").arg(&input).arg("-o").arg(out.join("b.tiff")).assert();
    run.code(1).stdout("").stderr(says.and(one_line).and(contains("panicked").not()));
    assert_eq!(files(&out), Vec::<std::path::PathBuf>::new(), "{name}");
}

#[test]
fn truncated_pictures() {
    for (format, name) in [(Format::Png, "a.png"), (Format::Jpeg, "a.jpg")] {
        let whole = encoded(format, 40, 30);
        let scan = whole.windows(2).position(|w| w == [0xff, 0xda]);
        let end = if format == Format::Jpeg { scan.expect("a scan") } else { whole.len() / 2 };
        for part in [0, 1, 7, 8, 12, 20, 30, end / 2, end] {
            refused(name, &whole[..part]);
        }
    }
}

#[test]
fn jpeg_that_lacks_pixels_is_done_and_said() {
    let whole = encoded(Format::Jpeg, 40, 30);
    let scan = whole.windows(2).position(|w| w == [0xff, 0xda]).expect("a scan");
    let folder = folder();
    let (input, out) = (folder.path().join("a.jpg"), folder.path().join("b.png"));
    for (kept, code, said) in [
        (scan + (whole.len() - scan) / 2, 1, "pixels are missing"),
        (whole.len() - 2, 0, "its end marker is missing"),
    ] {
        fs::write(&input, &whole[..kept]).unwrap();
        let mut run = polyinr();
        run.arg("upscale").arg(&input).arg("--overwrite").arg("-o").arg(&out);
        run.assert().code(code).stderr(contains("a.jpg").and(contains(said)));
        assert_eq!(size(&out), (160, 120));
    }
}

#[test]
fn corrupt_png() {
    let whole = encoded(Format::Png, 40, 30);
    // In the header, in the first chunk's length, in the pixels.
    for at in [9, 17, 25, whole.len() / 2] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x5a;
        refused("a.png", &bytes);
    }
}

#[test]
fn corrupt_jpeg() {
    let whole = encoded(Format::Jpeg, 40, 30);
    let mut no_tables = whole.clone();
    let table = whole.windows(2).position(|w| w == [0xff, 0xdb]).expect("a quantisation table");
    no_tables[table + 1] = 0xfe;
    refused("a.jpg", &no_tables);
    let mut odd_marker = whole;
    odd_marker[3] = 0x01;
    refused("a.jpg", &odd_marker[..64]);
}

/// A PNG whose header says `width x height`, with a valid checksum.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 2, 0, 0, 0]);
    let mut bytes = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', 0, 0, 0, 13];
    let checksum = crc32(&chunk);
    bytes.extend(chunk);
    bytes.extend(checksum.to_be_bytes());
    bytes.extend([0, 0, 0, 0]);
    bytes.extend(*b"IDAT");
    bytes.extend(crc32(b"IDAT").to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8)
            .fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg()))
    })
}

#[test]
fn sizes_that_lie() {
    for (width, height) in [
        (0, 5),
        (5, 0),
        (0, 0),
        (i32::MAX as u32, i32::MAX as u32),
        (u32::MAX, 1),
        (1 << 20, 1 << 20),
    ] {
        refused("a.png", &png_header(width, height));
    }
    let mut jpeg = encoded(Format::Jpeg, 40, 30);
    let frame =
        jpeg.windows(2).position(|w| w == [0xff, 0xc0] || w == [0xff, 0xc2]).expect("a frame");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0, 0, 0, 0]);
    refused("a.jpg", &jpeg);
}

#[test]
fn the_smallest_pictures() {
    let folder = folder();
    for (width, height) in [(1, 1), (1, 17), (17, 1), (2, 2), (3, 1)] {
        for channels in [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba] {
            let (input, out) = (folder.path().join("a.png"), folder.path().join("b.png"));
            save(&input, raster(width, height, channels, Depth::U8));
            let mut run = polyinr();
            run.arg("upscale").arg(&input).args(["-s3", "--overwrite", "-o"]).arg(&out);
            run.assert().success();
            assert_eq!(size(&out), (width * 3, height * 3));
        }
    }
}

/// Uses `bytes` as a model, which must fail in one line that names the file.
fn refused_model(bytes: &[u8], message: &str) {
    let folder = folder();
    let (model, input) = (folder.path().join("m.safetensors"), folder.path().join("a.png"));
    fs::write(&model, bytes).unwrap();
    picture(&input, 4, 4);
    let out = folder.path().join("b.png");
    let one_line = predicate::function(|e: &str| e.lines().count() == 1);
    let mut run = polyinr();
    run.arg("upscale").arg(&input).arg("--model").arg(&model).arg("-o").arg(&out);
    run.assert().code(1).stderr(contains("m.safetensors").and(contains(message)).and(one_line));
    assert!(!out.exists());
    polyinr().arg("inspect").arg(&model).assert().code(1).stderr(contains("m.safetensors"));
}

#[test]
fn damaged_models() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let whole = fs::read(root.join("models/clean.safetensors")).unwrap();
    for part in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        refused_model(&whole[..part], "safetensors");
    }
    let mut huge = whole.clone();
    huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    refused_model(&huge, "safetensors");
    let mut garbled = whole.clone();
    garbled[8..200].fill(b'x');
    refused_model(&garbled, "safetensors");
    // The last tensor's last number becomes a NaN.
    let mut nan = whole;
    let end = nan.len();
    nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    refused_model(&nan, "m.safetensors");
    // Sound safetensors, but no model of ours.
    let header = br#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let mut foreign = (header.len() as u64).to_le_bytes().to_vec();
    foreign.extend(header);
    foreign.extend([0; 4]);
    refused_model(&foreign, "import");
}

#[test]
fn folders_and_missing_files_as_models() {
    let folder = folder();
    let input = folder.path().join("a.png");
    picture(&input, 4, 4);
    for model in [folder.path().join("none.safetensors"), folder.path().to_path_buf()] {
        let mut run = polyinr();
        run.arg("upscale").arg(&input).arg("--model").arg(&model).arg("-o").arg("b.png");
        run.current_dir(folder.path());
        run.assert().code(1).stderr(contains(model.to_str().unwrap()));
    }
}
