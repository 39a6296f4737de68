//! Computing and writing at the same time.

use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

use polyinr::picture::{Existing, PictureWriter, Spec};
use polyinr::{Error, Result, RowSink};

use crate::outputs::make_parent;

/// Blocks of rows that may wait to be written.
const WAITING_BLOCKS: usize = 2;

/// Rows as they are computed.
type Rows = (u32, Vec<f32>);

/// Takes the rows of a picture from the top; nothing is there under the final name until the end.
pub trait Saver: Send {
    /// Takes whole rows.
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()>;

    /// All rows are there: puts the file under its name.
    fn finish(self) -> Result<()>;
}

impl Saver for PictureWriter {
    fn rows(&mut self, first_row: u32, pixels: &[f32]) -> Result<()> {
        Self::rows(self, first_row, pixels)
    }

    fn finish(self) -> Result<()> {
        Self::finish(self)
    }
}

/// A file at `path`, whose folder is made if need be.
pub fn create(path: &Path, spec: Spec, existing: Existing) -> Result<PictureWriter> {
    make_parent(path)?;
    PictureWriter::create(path, spec, existing)
}

/// Writes what `render` computes while it goes on computing.
pub fn while_computing(
    saver: impl Saver,
    render: impl FnOnce(&mut dyn RowSink) -> Result<()>,
) -> Result<()> {
    let (send, receive) = sync_channel::<Rows>(WAITING_BLOCKS);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || write(saver, &receive));
        let rendered = render(&mut |first_row: u32, pixels: &[f32]| {
            // A writer that takes no more rows has failed, and says why when it is joined.
            send.send((first_row, pixels.to_vec())).map_err(|_| Error::Cancelled)
        });
        drop(send);
        let written = writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match (rendered, written) {
            (Err(Error::Cancelled) | Ok(()), Err(e)) | (Err(e), _) => Err(e),
            (Ok(()), Ok(saver)) => saver.finish(),
        }
    })
}

fn write<S: Saver>(mut saver: S, rows: &Receiver<Rows>) -> Result<S> {
    for (first_row, pixels) in rows {
        saver.rows(first_row, &pixels)?;
    }
    Ok(saver)
}
