//! What the targets do with files. The main package's tests do the same with the corpora.

use std::path::Path;

use polyinr::model::{ImportOptions, Model};
use polyinr::tensors::Storage;
use polyinr::{
    FieldContent, FieldFile, Format, Limits, PictureReader, PictureWriter, RowSource, Spec,
};

/// Small enough that an input which only asks for much memory is no finding.
const LIMITS: Limits = Limits {
    max_pixels: 1 << 20,
    max_side: 1 << 16,
    max_metadata: 1 << 20,
    max_memory: u64::MAX,
    strip: false,
};

/// Opens `bytes` if they are of `format`, reads all rows, and writes what was said of the picture
/// into a file of every format, which must be readable again.
pub fn picture(bytes: &[u8], format: Format) {
    if Format::from_magic(bytes) != Some(format) {
        return;
    }
    let open = || PictureReader::from_bytes(bytes.to_vec(), "fuzz", &LIMITS);
    let Ok(mut reader) = open() else { return };
    let info = reader.info().clone();
    let mut rows = 0;
    while let Ok(Some(strip)) = reader.next_rows(7) {
        rows += strip.height();
        assert_eq!(strip.width(), info.width);
    }
    assert!(rows <= info.height);
    let whole = open().and_then(PictureReader::into_raster);
    assert_eq!(whole.is_ok(), rows == info.height, "whole and by strips: {whole:?}");
    for format in Format::ALL {
        let spec = Spec::like(&info, format, 1, 1);
        let Ok(mut writer) = PictureWriter::in_memory("fuzz", spec) else { continue };
        writer.rows(0, &vec![0.5; info.channels.count()]).expect("a row is written");
        let bytes = writer.finish_bytes().expect("a file is written");
        PictureReader::from_bytes(bytes, "written", &Limits::default())
            .and_then(PictureReader::into_raster)
            .expect("what was written is readable");
    }
}

/// Loads `bytes` as a model file.
pub fn model(bytes: &[u8]) {
    let _ = Model::from_bytes("fuzz", bytes);
}

/// Opens `bytes` as a field file, with the models that it may belong to. What is kept of a picture's
/// can be opened again.
pub fn field(bytes: &[u8]) {
    let Ok(file) = FieldFile::from_bytes("fuzz", bytes) else { return };
    let model = |bytes| Model::from_bytes("small", bytes).expect("a model");
    let model = match (file.content(), file.model().name.as_str()) {
        (FieldContent::Picture(_), _) => {
            model(include_bytes!("../corpus/model/upscaler.safetensors"))
        }
        (_, "creps") => model(include_bytes!("../corpus/model/creps.safetensors")),
        (_, "inr_gan") => model(include_bytes!("../corpus/model/inr_gan.safetensors")),
        _ => model(include_bytes!("../corpus/model/generator.safetensors")),
    };
    let Ok(field) = file.field(&model) else { return };
    let kept = field.to_bytes().expect("what was read can be kept");
    let again = FieldFile::from_bytes("again", &kept).and_then(|file| file.field(&model));
    let again = again.expect("what was kept can be read").to_bytes();
    // Samples may be no numbers, which equal nothing.
    assert!(again.expect("what was read can be kept") == kept);
}

/// Imports `bytes` as weights in foreign naming, through a file in `folder`. What is made of them
/// is a model.
pub fn import(bytes: &[u8], folder: &Path) {
    let path = folder.join("weights");
    std::fs::write(&path, bytes).expect("the input is written");
    let options =
        ImportOptions { name: "fuzz".into(), storage: Storage::F16, ..Default::default() };
    if let Ok(bytes) = polyinr::model::import(&path, &options) {
        Model::from_bytes("imported", &bytes).expect("what was imported is a model");
    }
}
