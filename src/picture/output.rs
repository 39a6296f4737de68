//! Where a written file goes: a temporary beside its final name, a stream, or memory.

use std::fs;
use std::io::{self, BufWriter, Cursor, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// What to do when the file to be written is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Fail and leave it as it is, also when it appears while the picture is written.
    #[default]
    Refuse,
    /// Put the new one in its place once that is complete.
    Replace,
}

/// The part of a temporary's name between the final name and the random letters.
const TEMPORARY_MARK: &str = ".polyinr-";
/// Longest part of the final name that a temporary's name keeps, in bytes.
const NAME_KEPT: usize = 200;

/// A file under a temporary name in the folder of its final one.
struct Temporary {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    existing: Existing,
}

/// A boxed stream.
pub(super) type Stream = Box<dyn Write + Send>;

enum Place {
    File(Temporary),
    Memory(Cursor<Vec<u8>>),
    Stream(BufWriter<Stream>),
    /// A stream that must be sought in before it can be passed on.
    Spool(BufWriter<fs::File>, Stream),
}

/// Shared by an encoder, which writes, and the writer that owns it, which completes.
#[derive(Clone)]
pub(super) struct Output(Arc<Mutex<Inner>>);

struct Inner {
    place: Place,
    /// The first failure, since encoders hide later ones.
    failure: Option<io::Error>,
}

impl Output {
    fn new(place: Place) -> Self {
        Self(Arc::new(Mutex::new(Inner { place, failure: None })))
    }

    pub fn memory() -> Self {
        Self::new(Place::Memory(Cursor::new(Vec::new())))
    }

    /// Into `stream`, by way of an anonymous temporary file where the encoder `seeks`.
    pub fn stream(stream: Stream, seeks: bool) -> Result<Self> {
        if !seeks {
            return Ok(Self::new(Place::Stream(BufWriter::new(stream))));
        }
        let folder = std::env::temp_dir();
        let spool = tempfile::tempfile_in(&folder);
        let spool = spool.map_err(|e| Error::io(folder, "create a temporary file in", e))?;
        Ok(Self::new(Place::Spool(BufWriter::new(spool), stream)))
    }

    /// Into a temporary beside `path`, which takes that name in [`complete`](Self::complete).
    pub fn file(path: &Path, existing: Existing) -> Result<Self> {
        let path = target(path, existing)?;
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("picture");
        let kept = (0..=NAME_KEPT.min(name.len())).rev().find(|&n| name.is_char_boundary(n));
        let prefix = format!(".{}{TEMPORARY_MARK}", &name[..kept.unwrap_or(0)]);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = temporary(&prefix, folder)
            .map_err(|e| Error::io(&path, "create a temporary file beside", e))?;
        let file = BufWriter::with_capacity(1 << 16, file);
        Ok(Self::new(Place::File(Temporary { file, path, existing })))
    }

    /// The first failure of a write, if there was one.
    pub fn failure(&self) -> Option<io::Error> {
        self.0.lock().failure.take()
    }

    /// Completes what was written; in memory, gives it.
    ///
    /// # Errors
    /// [`Error::Io`] when the system refuses; nothing stands under the final name then.
    pub fn complete(self, name: &str) -> Result<Vec<u8>> {
        let place = std::mem::replace(&mut self.0.lock().place, Place::Memory(Cursor::default()));
        let wrote = |e| Error::io(name, "write", e);
        match place {
            Place::Memory(bytes) => return Ok(bytes.into_inner()),
            Place::Stream(mut stream) => stream.flush().map_err(wrote)?,
            Place::Spool(spool, mut stream) => {
                let mut spool = spool.into_inner().map_err(|e| wrote(e.into_error()))?;
                spool.rewind().map_err(wrote)?;
                io::copy(&mut spool, &mut stream).map_err(wrote)?;
                stream.flush().map_err(wrote)?;
            }
            Place::File(temporary) => temporary.complete()?,
        }
        Ok(Vec::new())
    }
}

impl Temporary {
    fn complete(self) -> Result<()> {
        let Self { file, path, existing } = self;
        let wrote = |e| Error::io(&path, "write", e);
        let file = file.into_inner().map_err(|e| wrote(e.into_error()))?;
        // Without this a crash of the machine may leave the final name with nothing behind it.
        file.as_file().sync_data().map_err(wrote)?;
        let persisted = match existing {
            Existing::Replace => file.persist(&path),
            Existing::Refuse => file.persist_noclobber(&path),
        };
        persisted.map(drop).map_err(|e| Error::io(&path, "put the finished file at", e.error))
    }
}

/// The file that will be written: `path`, or what it links to.
fn target(path: &Path, existing: Existing) -> Result<PathBuf> {
    let Ok(found) = fs::metadata(path) else { return Ok(path.to_owned()) };
    if existing == Existing::Refuse {
        let there = io::Error::new(io::ErrorKind::AlreadyExists, "the file exists already");
        return Err(Error::io(path, "write", there));
    }
    if !found.is_file() {
        return Err(Error::encode(path, "not a regular file; it is not replaced by a picture"));
    }
    fs::canonicalize(path).map_err(|e| Error::io(path, "resolve", e))
}

fn temporary(prefix: &str, folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(".tmp").rand_bytes(6);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

impl Inner {
    /// Runs `act` on the place and keeps the first failure.
    fn run<T>(&mut self, act: impl FnOnce(&mut dyn WriteSeek) -> io::Result<T>) -> io::Result<T> {
        let result = match &mut self.place {
            Place::File(temporary) => act(&mut temporary.file),
            Place::Memory(bytes) => act(bytes),
            Place::Stream(stream) => act(&mut Unseekable(stream)),
            Place::Spool(spool, _) => act(spool),
        };
        if let Err(e) = &result
            && e.kind() != io::ErrorKind::Interrupted
            && self.failure.is_none()
        {
            self.failure = Some(e.raw_os_error().map_or_else(
                || io::Error::new(e.kind(), e.to_string()),
                io::Error::from_raw_os_error,
            ));
        }
        result
    }
}

trait WriteSeek: Write + Seek {}
impl<T: Write + Seek> WriteSeek for T {}

struct Unseekable<'a>(&'a mut BufWriter<Stream>);

impl Write for Unseekable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for Unseekable<'_> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::NotSeekable.into())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().run(|place| place.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().run(|place| place.flush())
    }
}

impl Seek for Output {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.lock().run(|place| place.seek(to))
    }
}
