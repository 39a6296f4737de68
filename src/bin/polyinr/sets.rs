//! Sets of pictures: zip files or folders.

use std::fs::File;
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
/// Bytes that may be unpacked from one, and how many of a file of any size: pictures are packed
/// already.
const MAX_RATIO: u64 = 100;
const MIN_FILE: u64 = 1 << 20;

/// Pictures and what they are called together.
#[derive(Debug)]
pub struct Set {
    /// Name of its file or folder, without ending.
    pub name: String,
    /// The pictures as 8-bit RGB.
    pub pictures: Vec<Raster>,
}

/// Opens the sets at `paths`, which messages call `option`, or the usual ones when there are none.
pub fn open(paths: &[PathBuf], option: &str, limits: &Limits) -> Outcome<Vec<Set>> {
    let usual = match paths.is_empty() {
        true => usual().ok_or_else(|| {
            Failure::usage(format!(
                "{option}: give zip files or folders of pictures, or name the folder of set5.zip \
                 and set14.zip in {DATA}"
            ))
        })?,
        false => Vec::new(),
    };
    let mut room = Room { limits, left: limits.max_memory };
    paths.iter().chain(&usual).map(|path| set(path, option, &mut room)).collect()
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

fn set(path: &Path, option: &str, room: &mut Room<'_>) -> Outcome<Set> {
    let pictures = if path.is_dir() { in_folder(path, room)? } else { in_zip(path, room)? };
    if pictures.is_empty() {
        return Err(Failure::usage(format!("{option}: {} holds no picture", path.display())));
    }
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Set { name, pictures })
}

fn in_folder(folder: &Path, room: &mut Room<'_>) -> Outcome<Vec<Raster>> {
    let files = inputs::find(&[folder.to_path_buf()], true, Path::new(""))?.files;
    let pictures = files.iter().map(|file| {
        room.rgb(PictureReader::open(&file.path, room.limits)?, &file.path.display().to_string())
    });
    Ok(pictures.collect::<Result<_>>()?)
}

fn in_zip(path: &Path, room: &mut Room<'_>) -> Result<Vec<Raster>> {
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
            let most = entry.compressed_size().saturating_mul(MAX_RATIO).saturating_add(MIN_FILE);
            let most = most.min(MAX_FILE).min(room.left);
            let mut bytes = Vec::new();
            let read = entry.take(most + 1).read_to_end(&mut bytes);
            read.map_err(|e| Error::io(&name, "read", e))?;
            if bytes.len() as u64 > most {
                let problem = format!("over {most} bytes when unpacked; unpack it by other means");
                return Err(Error::limits(name, problem));
            }
            let reader = PictureReader::from_bytes(bytes, &name, room.limits)?;
            pictures.push(room.rgb(reader, &name)?);
        }
    }
    Ok(pictures)
}

/// Whether a file in a zip file is named as a picture; others lie there to explain.
fn is_picture(name: &str) -> bool {
    polyinr::picture::Format::from_path(Path::new(name)).is_ok()
}

/// Room for the pictures of all sets.
struct Room<'a> {
    limits: &'a Limits,
    /// Bytes that are left.
    left: u64,
}

impl Room<'_> {
    /// A picture as 8-bit RGB.
    fn rgb(&mut self, reader: PictureReader, name: &str) -> Result<Raster> {
        let bytes = 3 * u64::from(reader.info().width) * u64::from(reader.info().height);
        self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            let most = self.limits.max_memory;
            Error::limits(name, format!("all pictures together are over {most} bytes; give fewer"))
        })?;
        metrics::rgb8(&reader.into_raster()?)
    }
}
