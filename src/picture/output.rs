//! Where a written file goes: a temporary beside its final name, a stream, or memory.

use std::fs;
use std::io::{self, BufWriter, Cursor, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::{Error, Result};
use crate::file::{Existing, Temporary};

/// A boxed stream.
pub(super) type Stream = Box<dyn Write + Send>;

enum Destination {
    File(Box<Temporary>),
    Memory(Cursor<Vec<u8>>),
    Stream(BufWriter<Stream>),
    /// A stream that must be sought in before it can be passed on.
    Spool(BufWriter<fs::File>, Stream),
}

/// Shared by an encoder, which writes, and the writer that owns it, which completes.
#[derive(Clone)]
pub(super) struct Output(Arc<Mutex<Inner>>);

struct Inner {
    place: Destination,
    /// The first failure, since encoders hide later ones.
    failure: Option<io::Error>,
}

impl Output {
    fn new(place: Destination) -> Self {
        Self(Arc::new(Mutex::new(Inner { place, failure: None })))
    }

    pub fn memory() -> Self {
        Self::new(Destination::Memory(Cursor::new(Vec::new())))
    }

    /// Into `stream`, by way of an anonymous temporary file where the encoder `seeks`.
    pub fn stream(stream: Stream, seeks: bool) -> Result<Self> {
        if !seeks {
            return Ok(Self::new(Destination::Stream(BufWriter::new(stream))));
        }
        let folder = std::env::temp_dir();
        let spool = tempfile::tempfile_in(&folder);
        let spool = spool.map_err(|e| Error::io(folder, "create a temporary file in", e))?;
        Ok(Self::new(Destination::Spool(BufWriter::new(spool), stream)))
    }

    /// Into a temporary beside `path`, which takes that name in [`complete`](Self::complete).
    pub fn file(path: &Path, existing: Existing) -> Result<Self> {
        Ok(Self::new(Destination::File(Box::new(Temporary::create(path, existing)?))))
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
        let place =
            std::mem::replace(&mut self.0.lock().place, Destination::Memory(Cursor::default()));
        let wrote = |e| Error::io(name, "write", e);
        match place {
            Destination::Memory(bytes) => return Ok(bytes.into_inner()),
            Destination::Stream(mut stream) => stream.flush().map_err(wrote)?,
            Destination::Spool(spool, mut stream) => {
                let mut spool = spool.into_inner().map_err(|e| wrote(e.into_error()))?;
                spool.rewind().map_err(wrote)?;
                io::copy(&mut spool, &mut stream).map_err(wrote)?;
                stream.flush().map_err(wrote)?;
            }
            Destination::File(temporary) => temporary.complete()?,
        }
        Ok(Vec::new())
    }
}

impl Inner {
    /// Runs `act` on the place and keeps the first failure.
    fn run<T>(&mut self, act: impl FnOnce(&mut dyn WriteSeek) -> io::Result<T>) -> io::Result<T> {
        let result = match &mut self.place {
            Destination::File(temporary) => act(temporary.writer()),
            Destination::Memory(bytes) => act(bytes),
            Destination::Stream(stream) => act(&mut Unseekable(stream)),
            Destination::Spool(spool, _) => act(spool),
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
