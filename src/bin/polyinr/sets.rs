//! Sets of pictures: zip files or folders.

use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use polyinr::picture::{Limits, PictureReader};
use polyinr::{Error, Raster, Result, metrics};
use zip::ZipArchive;

use crate::failure::{Failure, Outcome};
use crate::inputs;

/// Variable that names the folder of test pictures.
const DATA: &str = "POLYINR_DATA";

/// Largest picture file taken from a zip file, in bytes.
const MAX_FILE: u64 = 1 << 30;

/// Pictures and what they are called together.
#[derive(Debug)]
pub struct Set {
    /// Name of its file or folder, without ending.
    pub name: String,
    /// The pictures as 8-bit RGB.
    pub pictures: Vec<Raster>,
}

/// Opens the sets at `paths`, which messages call `option`, or the usual ones when there are none.
pub fn open(paths: &[PathBuf], option: &str) -> Outcome<Vec<Set>> {
    let usual = match paths.is_empty() {
        true => usual().ok_or_else(|| {
            Failure::usage(format!(
                "{option}: give zip files or folders of pictures, or name the folder of set5.zip \
                 and set14.zip in {DATA}"
            ))
        })?,
        false => Vec::new(),
    };
    paths.iter().chain(&usual).map(|path| set(path, option)).collect()
}

/// The usual sets, where the folder of test pictures is named.
pub fn usual() -> Option<Vec<PathBuf>> {
    let folder = std::env::var_os(DATA).map(PathBuf::from)?;
    Some(["set5.zip", "set14.zip"].map(|name| folder.join(name)).to_vec())
}

/// Number of pixels.
pub fn pixels(picture: &Raster) -> u64 {
    u64::from(picture.width()) * u64::from(picture.height())
}

fn set(path: &Path, option: &str) -> Outcome<Set> {
    let pictures = if path.is_dir() { in_folder(path)? } else { in_zip(path)? };
    if pictures.is_empty() {
        return Err(Failure::usage(format!("{option}: {} holds no picture", path.display())));
    }
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Set { name, pictures })
}

fn in_folder(folder: &Path) -> Outcome<Vec<Raster>> {
    let files = inputs::find(&[folder.to_path_buf()], true, Path::new(""))?.files;
    let pictures = files.iter().map(|file| {
        let bytes = fs::read(&file.path).map_err(|e| Error::io(&file.path, "read", e))?;
        rgb(bytes, &file.path.display().to_string())
    });
    Ok(pictures.collect::<Result<_>>()?)
}

fn in_zip(path: &Path) -> Result<Vec<Raster>> {
    let broken = |e: zip::result::ZipError| Error::Decode {
        path: path.to_path_buf(),
        problem: format!("no usable zip file ({e}); give a zip file or a folder of pictures"),
    };
    let file = File::open(path).map_err(|e| Error::io(path, "open", e))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    let mut pictures = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(broken)?;
        let inside = entry.name().map_err(broken)?.into_owned();
        if entry.is_file() && is_picture(&inside) {
            let name = format!("{}/{inside}", path.display());
            let mut bytes = Vec::new();
            let read = entry.take(MAX_FILE).read_to_end(&mut bytes);
            read.map_err(|e| Error::io(&name, "read", e))?;
            pictures.push(rgb(bytes, &name)?);
        }
    }
    Ok(pictures)
}

/// Whether a file in a zip file is named as a picture; others lie there to explain.
fn is_picture(name: &str) -> bool {
    polyinr::picture::Format::from_path(Path::new(name)).is_ok()
}

fn rgb(bytes: Vec<u8>, name: &str) -> Result<Raster> {
    let reader = PictureReader::from_bytes(bytes, name, &Limits::default())?;
    metrics::rgb8(&reader.into_raster()?)
}
