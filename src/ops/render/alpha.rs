//! Colors and alpha of a picture, side by side.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::copied::Copied;
use super::plane::{PlaneImage, RenderJob};
use crate::control::Control;
use crate::engine::RowSink;
use crate::error::{Error, Result};
use crate::field::Plane;
use crate::raster::{Channels, Survey};

/// Alpha on its way to a view.
pub(super) enum AlphaImage {
    /// Through the network.
    Rendered(Box<PlaneImage>),
    /// As it is, where every pixel of the view is one of the picture.
    Copied(Copied),
}

impl AlphaImage {
    /// Hands it on, row by row, without telling how far it is.
    fn render(self, job: RenderJob<'_>, survey: &Survey, send: SyncSender<Vec<f32>>) -> Result<()> {
        let quiet = Control::with_cancel(job.control.cancel_token().clone());
        let job = RenderJob { control: &quiet, ..job };
        let mut send = |_: u32, rgb: &[f32]| {
            let alpha = rgb.iter().step_by(3).copied().collect();
            send.send(alpha).map_err(|_| Error::Cancelled)
        };
        match self {
            Self::Rendered(image) => image.render(job, survey, &mut send),
            Self::Copied(copied) => {
                let mut restored = job.restored(survey, Plane::Alpha, &mut send);
                copied.render(job.view, job.control, &mut restored)
            }
        }
    }
}

/// Renders colour and alpha side by side, so that neither needs a buffer of the whole picture.
pub(super) fn beside(
    job: RenderJob<'_>,
    survey: &Survey,
    colour: PlaneImage,
    alpha: AlphaImage,
    sink: &mut dyn RowSink,
) -> Result<()> {
    let channels = job.field.extent().channels;
    let (send, receive) = sync_channel(WAITING_BLOCKS);
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new()
            .spawn_scoped(scope, move || alpha.render(job, survey, send))
            .map_err(|e| Error::Engine {
                engine: job.engine.name(),
                problem: format!("no thread for alpha: {e}"),
            })?;
        let mut alpha = Alpha { receive, waiting: VecDeque::new() };
        let mut buffer = Vec::new();
        let result = colour.render(job, survey, &mut |first: u32, rgb: &[f32]| {
            interleave(rgb, alpha.take(rgb.len() / 3), channels, &mut buffer);
            if buffer.len() < rgb.len() / 3 * channels.count() {
                return Err(Error::Cancelled);
            }
            sink.rows(first, &buffer)
        });
        // The worker ends when nobody takes its rows; its own error says more than ours.
        drop(alpha);
        let other = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match (result, other) {
            (Err(Error::Cancelled), Err(e)) | (Err(e), _) | (Ok(()), Err(e)) => Err(e),
            (Ok(()), Ok(())) => Ok(()),
        }
    })
}

/// RGB, which is grey for grey channels, and alpha as interleaved `channels`.
pub(super) fn interleave(
    rgb: &[f32],
    alpha: impl IntoIterator<Item = f32>,
    channels: Channels,
    out: &mut Vec<f32>,
) {
    out.clear();
    for (pixel, alpha) in rgb.chunks_exact(3).zip(alpha) {
        match channels.is_gray() {
            true => out.push(pixel[0]),
            false => out.extend_from_slice(pixel),
        }
        if channels.has_alpha() {
            out.push(alpha);
        }
    }
}

/// Rows of alpha that may wait for their colour.
const WAITING_BLOCKS: usize = 2;

/// Alpha in the order in which colour asks for it.
struct Alpha {
    receive: Receiver<Vec<f32>>,
    waiting: VecDeque<f32>,
}

impl Alpha {
    /// The next `n` values; fewer when the other side has ended.
    fn take(&mut self, n: usize) -> impl Iterator<Item = f32> + '_ {
        while self.waiting.len() < n {
            match self.receive.recv() {
                Ok(more) => self.waiting.extend(more),
                Err(_) => break,
            }
        }
        let n = n.min(self.waiting.len());
        self.waiting.drain(..n)
    }
}
