//! Data sets that tests make.

use std::fs::File;
use std::io::{Cursor, Write as _};
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A PNG file of a smooth picture.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    smooth(width, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A picture whose pixels all differ, up to 256 pixels a side.
pub fn smooth(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, (width + height) as u8]))
}

/// Writes a zip file of `files`, names and contents.
pub fn write_zip(path: &Path, files: &[(&str, Vec<u8>)]) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// Writes a zip file of a square picture for each of `sides`, called `0.png`, `1.png` and so on.
pub fn zip_of(path: &Path, sides: &[u32]) {
    let names: Vec<String> = (0..sides.len()).map(|i| format!("{i}.png")).collect();
    let files = names.iter().zip(sides).map(|(name, &side)| (name.as_str(), png(side, side)));
    write_zip(path, &files.collect::<Vec<_>>());
}
