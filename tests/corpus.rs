//! The fuzz targets' corpora, without a fuzzer: inputs that once were findings stay mended.

use std::fs;
use std::path::Path;

use polyinr::{Format, Picture};

#[path = "../fuzz/src/files.rs"]
mod targets;

/// Calls `target` with every file of a corpus.
fn each(corpus: &str, target: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(corpus);
    let mut inputs = 0;
    for entry in fs::read_dir(folder).expect("a corpus") {
        target(&fs::read(entry.expect("an entry").path()).expect("an input"));
        inputs += 1;
    }
    assert!(inputs > 1, "{corpus} is nearly empty");
}

#[test]
fn pictures() {
    let corpora = [Format::Png, Format::Jpeg, Format::Tiff, Format::WebP];
    for (corpus, format) in ["png", "jpeg", "tiff", "webp"].into_iter().zip(corpora) {
        each(corpus, |bytes| targets::picture(bytes, format));
    }
}

#[test]
fn models() {
    each("model", targets::model);
    let folder = tempfile::tempdir().expect("a folder");
    each("import", |bytes| targets::import(bytes, folder.path()));
}

#[test]
fn fields() {
    each("field", targets::field);
}

#[test]
fn damaged_inputs_are_refused() {
    for (name, said) in [
        ("png/palette_cut.png", "palette"),
        ("tiff/short_strip.tif", "lacks pixels"),
        ("tiff/two_sizes.tif", "lacks pixels"),
        ("tiff/wide_tile.tif", "different numbers of bits"),
        ("webp/large_frame.webp", "larger than its picture"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let message = Picture::open(path).expect_err(name).to_string();
        assert!(message.contains(said), "{message}");
    }
}
