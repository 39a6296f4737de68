//! Sets of pictures: zip files or folders.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use polyinr::picture::{Limits, PictureReader};
use polyinr::{Error, Raster, Result, file, metrics};
use zip::ZipArchive;

use crate::failure::{Failure, Outcome, error_line};
use crate::inputs::{self, is_hidden};
use crate::passing::regular;

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
    /// How many could not be read.
    failed: usize,
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

/// Fails when a picture of the sets could not be read, which was reported then.
pub fn outcome(sets: &[Set]) -> Outcome {
    match sets.iter().map(|set| set.failed).sum() {
        0 => Ok(()),
        1.. => Err(Failure::Reported),
    }
}

fn set(path: &Path, option: &str, room: &mut Room<'_>) -> Outcome<Set> {
    let file = regular(path)?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut set = Set { name, pictures: Vec::new(), failed: 0 };
    match path.is_dir() {
        true => set.add_folder(path, room)?,
        false => set.add_zip(&file, &path.display().to_string(), room)?,
    }
    match (set.pictures.is_empty(), set.failed) {
        (true, 0) => Err(Failure::usage(format!("{option}: {} holds no picture", path.display()))),
        (true, _) => Err(Failure::Reported),
        (false, _) => Ok(set),
    }
}

impl Set {
    fn add_folder(&mut self, folder: &Path, room: &mut Room<'_>) -> Outcome {
        let found = inputs::find(&[folder.to_path_buf()], true, Path::new(""))?;
        for (_, error) in &found.failed {
            self.report(error);
        }
        for file in &found.files {
            let reader = PictureReader::open(&file.path, room.limits);
            self.add(reader.and_then(|reader| room.rgb(reader, &file.name)));
        }
        Ok(())
    }

    /// Adds the pictures in a zip file that messages call `name`.
    fn add_zip(&mut self, path: &Path, name: &str, room: &mut Room<'_>) -> Result<()> {
        let broken = |e: zip::result::ZipError| Error::Decode {
            path: PathBuf::from(name),
            problem: format!("no usable zip file ({e}); give a zip file or a folder of pictures"),
        };
        let file = file::open(path)?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(broken)?;
            let inside = entry.name().map_err(broken)?.into_owned();
            if entry.is_file() && is_picture(&inside) && !inside.split(['/', '\\']).any(is_hidden) {
                let name = format!("{name}/{inside}");
                let most = entry.compressed_size().saturating_mul(MAX_RATIO);
                let most = most.saturating_add(MIN_FILE).min(MAX_FILE).min(room.left);
                let bytes = unpacked(entry, most, &name);
                let reader =
                    bytes.and_then(|bytes| PictureReader::from_bytes(bytes, &name, room.limits));
                self.add(reader.and_then(|reader| room.rgb(reader, &name)));
            }
        }
        Ok(())
    }

    /// Adds a picture, or reports why it is none.
    fn add(&mut self, picture: Result<Raster>) {
        match picture {
            Ok(picture) => self.pictures.push(picture),
            Err(error) => self.report(&error),
        }
    }

    fn report(&mut self, error: &Error) {
        error_line(&error.to_string());
        self.failed += 1;
    }
}

/// What `entry` unpacks to, `most` bytes of it.
fn unpacked(entry: impl Read, most: u64, name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = entry.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|e| Error::io(name, "read", e))?;
    match bytes.len() as u64 > most {
        true => {
            let problem = format!("over {most} bytes when unpacked; unpack it by other means");
            Err(Error::limits(name, problem))
        }
        false => Ok(bytes),
    }
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
