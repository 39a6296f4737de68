//! A folder or a zip file that pictures are read from.

use std::fs::{self, File, Metadata};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::{Error, Result};

/// Name of the file of classes at the top of a source.
pub const LABELS: &str = "dataset.json";
/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 30;
/// Folders within folders that are followed; links may go in circles.
const MAX_DEPTH: usize = 32;
/// Endings of files that are taken for pictures.
const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "webp", "tif", "tiff"];

type Archive = ZipArchive<BufReader<File>>;

/// A folder or zip file of pictures.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    /// Open archives that nobody reads at the moment; none of a folder.
    idle: Mutex<Vec<Archive>>,
    entries: Vec<Entry>,
    labels: Option<Location>,
}

/// A picture file in a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its path in the source, with `/` between parts.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// What changes with its contents: CRC-32 in a zip file, time of modification in a folder.
    pub stamp: u64,
    place: Location,
}

#[derive(Clone, Debug, PartialEq)]
enum Location {
    File(PathBuf),
    Archived(usize),
}

impl Source {
    /// Lists the pictures in the folder or zip file at `path`.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be opened, [`Error::Data`] when it is neither a folder nor a
    /// zip file.
    pub fn open(path: &Path) -> Result<Self> {
        let found = fs::metadata(path).map_err(|e| Error::io(path, "open", e))?;
        let mut files = Vec::new();
        let mut idle = Vec::new();
        if found.is_dir() {
            walk(path, "", MAX_DEPTH, &mut files)?;
        } else {
            let mut archive = open_archive(path)?;
            files = list(&mut archive).map_err(|e| broken(path, &e))?;
            idle.push(archive);
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let labels = files.iter().find(|f| f.name == LABELS).map(|f| f.place.clone());
        files.retain(|file| is_picture(&file.name));
        Ok(Self { path: path.to_owned(), idle: Mutex::new(idle), entries: files, labels })
    }

    /// The folder or zip file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.idle().is_empty() && self.entries.iter().all(|e| matches!(e.place, Location::File(_)))
    }

    /// The pictures, in the order of their names.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of a picture file; many threads may read at once.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Data`] when it cannot be read.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>> {
        self.bytes(&entry.place)
    }

    /// The bytes of `dataset.json`, where there is one.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn labels(&self) -> Result<Option<Vec<u8>>> {
        self.labels.as_ref().map(|place| self.bytes(place)).transpose()
    }

    fn bytes(&self, place: &Location) -> Result<Vec<u8>> {
        match place {
            Location::File(path) => {
                let read = File::open(path).and_then(read_limited);
                read.map_err(|e| Error::io(path, "read", e))
            }
            Location::Archived(index) => {
                let mut archive = self.archive()?;
                let bytes = archive.by_index(*index).map_err(std::io::Error::other);
                let bytes = bytes.and_then(read_limited);
                self.idle().push(archive);
                bytes.map_err(|e| Error::io(&self.path, "unpack from", e))
            }
        }
    }

    /// An archive that nobody else reads; its position is one thread's own.
    fn archive(&self) -> Result<Archive> {
        let idle = self.idle().pop();
        idle.map_or_else(|| open_archive(&self.path), Ok)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Archive>> {
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn read_limited(reader: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(std::io::Error::other("it is larger than 1 GiB"));
    }
    Ok(bytes)
}

fn open_archive(path: &Path) -> Result<Archive> {
    let file = File::open(path).map_err(|e| Error::io(path, "open", e))?;
    ZipArchive::new(BufReader::new(file)).map_err(|e| broken(path, &e))
}

fn broken(path: &Path, error: &ZipError) -> Error {
    Error::data(path, format!("neither a folder nor a zip file that can be read: {error}"))
}

fn list(archive: &mut Archive) -> std::result::Result<Vec<Entry>, ZipError> {
    let mut files = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        if file.is_file() {
            files.push(Entry {
                name: file.name()?.replace('\\', "/"),
                size: file.size(),
                stamp: file.crc32().into(),
                place: Location::Archived(index),
            });
        }
    }
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, depth: usize, files: &mut Vec<Entry>) -> Result<()> {
    let failed = |e| Error::io(folder, "list", e);
    if depth == 0 {
        return Err(Error::data(folder, "too many folders within folders; links go in a circle?"));
    }
    for found in fs::read_dir(folder).map_err(failed)? {
        let path = found.map_err(failed)?.path();
        let Some(last) = path.file_name() else { continue };
        let name = format!("{prefix}{}", last.to_string_lossy());
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => walk(&path, &format!("{name}/"), depth - 1, files)?,
            Ok(meta) if meta.is_file() => {
                let (size, stamp) = (meta.len(), modified(&meta));
                files.push(Entry { name, size, stamp, place: Location::File(path) });
            }
            _ => (),
        }
    }
    Ok(())
}

/// Nanoseconds since 1970 at which a file was changed last.
fn modified(meta: &Metadata) -> u64 {
    let since = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |time| time.as_nanos() as u64)
}

/// Whether a file's name is that of a picture, and not one that a system hides.
fn is_picture(name: &str) -> bool {
    let hidden = name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    !hidden && ENDINGS.contains(&ending.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{write_zip, zip_of};
    use super::*;

    #[test]
    fn folders_and_zips_list_the_same_pictures_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["b/2.PNG", "a.jpg", "b/1.png", ".hidden.png", "__MACOSX/1.png", "read.me"];
        for (name, i) in files.iter().zip(0u8..) {
            let path = folder.path().join("in").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, [i]).unwrap();
        }
        let zip = folder.path().join("in.zip");
        write_zip(&zip, &files.iter().zip(0u8..).map(|(n, i)| (*n, vec![i])).collect::<Vec<_>>());
        for path in [folder.path().join("in"), zip] {
            let source = Source::open(&path).unwrap();
            let names: Vec<&str> = source.entries().iter().map(|e| e.name.as_str()).collect();
            assert_eq!(names, ["a.jpg", "b/1.png", "b/2.PNG"]);
            let read: Vec<_> = source.entries().iter().map(|e| source.read(e).unwrap()).collect();
            assert_eq!(read, [[1], [2], [0]]);
            assert_eq!(source.labels().unwrap(), None);
        }
    }

    #[test]
    fn many_threads_read_one_zip() {
        use rayon::prelude::*;
        let folder = tempfile::tempdir().unwrap();
        let (path, sides) = (folder.path().join("a.zip"), [1, 2, 3, 4]);
        zip_of(&path, &sides);
        let source = Source::open(&path).unwrap();
        let one: Vec<_> = source.entries().iter().map(|e| source.read(e).unwrap()).collect();
        let many: Vec<_> = source.entries().par_iter().map(|e| source.read(e).unwrap()).collect();
        assert_eq!(one, many);
    }

    #[test]
    fn damaged_zips_and_missing_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let message = Source::open(&path).unwrap_err().to_string();
        assert!(message.contains("a.zip: cannot open"), "{message}");
        fs::write(&path, b"no zip").unwrap();
        let message = Source::open(&path).unwrap_err().to_string();
        assert!(message.contains("a.zip: neither a folder nor a zip"), "{message}");
    }
}
