//! A picture as a field: every pixel's surroundings give that pixel its own affine parameters.

use std::fmt::{Debug, Formatter};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

use super::window::{RowWindow, is_ordinary};
use crate::error::Result;
use crate::model::Upscaler;
use crate::raster::{Depth, Raster, RasterRows, Reduced, RowSource, Survey, all_rows};

/// Which part of a raster is looked at as an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// Red, green and blue, or the luminance three times.
    Colour,
    /// The alpha channel, three times.
    Alpha,
}

impl Plane {
    /// Copies `out.len() / 3` pixels of row `row` of `raster`, from column `column` on, as RGB where
    /// 1 is full. A raster without alpha has an alpha plane of ones.
    ///
    /// # Panics
    /// When the pixels are not all inside.
    pub(crate) fn rgb(self, raster: &Raster, column: usize, row: usize, out: &mut [f32]) {
        let channels = raster.channels();
        let count = channels.count();
        let samples = raster.samples();
        let first = (row * raster.width() as usize + column) * count;
        let colour = |c: usize| if channels.is_gray() { 0 } else { c };
        for (i, pixel) in out.chunks_exact_mut(3).enumerate() {
            let at = first + i * count;
            for (c, value) in pixel.iter_mut().enumerate() {
                *value = match self {
                    Self::Colour => samples.get(at + colour(c)),
                    Self::Alpha if channels.has_alpha() => samples.get(at + count - 1),
                    Self::Alpha => 1.0,
                };
            }
        }
    }
}

/// A picture seen through an upscaler. Its affine parameters would take kilobytes a pixel, so the
/// picture is kept, or read row by row, and encoded tile by tile when it is looked at.
#[derive(Clone)]
pub struct PictureField {
    upscaler: Arc<Upscaler>,
    source: Source,
    size: [usize; 2],
    plane: Plane,
    prepared: Prepared,
}

/// What is known of a picture in memory, and the picture in its network's range, once it was looked
/// at. Fields of the same picture may share it.
pub(super) type Prepared = Arc<OnceLock<(Survey, Arc<Raster>)>>;

/// Where pixels come from.
#[derive(Clone)]
enum Source {
    /// A picture as it is, and its sample that stands for no data.
    Whole(Arc<Raster>, Option<f32>),
    /// A picture in its network's range.
    Ready(Arc<Raster>),
    /// The same, read row by row.
    Rows(Arc<RwLock<RowWindow>>),
}

impl Debug for PictureField {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { size, plane, .. } = self;
        f.debug_struct("PictureField").field("size", size).field("plane", plane).finish()
    }
}

impl PictureField {
    /// `source` seen through `upscaler`. A raster without alpha has an alpha plane of ones.
    ///
    /// What leaves 0 to 1 is brought into that range for the upscaler and back in results, samples
    /// that are no finite numbers are left out and put back where they were, and a picture whose red,
    /// green and blue are equal stays so.
    pub fn new(upscaler: Arc<Upscaler>, source: Arc<Raster>, plane: Plane) -> Self {
        Self::kept(upscaler, source, None, plane, Prepared::default())
    }

    /// The same, of a picture in which `nodata` stands for no data and of which `prepared` tells.
    pub(super) fn kept(
        upscaler: Arc<Upscaler>,
        source: Arc<Raster>,
        nodata: Option<f32>,
        plane: Plane,
        prepared: Prepared,
    ) -> Self {
        let size = [source.width() as usize, source.height() as usize];
        Self { upscaler, source: Source::Whole(source, nodata), size, plane, prepared }
    }

    /// A picture that is read row by row as it is looked at, seen through `upscaler`. It can be
    /// looked at once, from the top; views that turn, flip or warp it hold it whole. Its values are
    /// taken as they are, and should be finite and from 0 to 1: what comes later is not known when
    /// its first row is computed. [`ops::super_resolve`](crate::ops::super_resolve) takes others.
    pub fn streamed(upscaler: Arc<Upscaler>, source: Box<dyn RowSource>, plane: Plane) -> Self {
        let size = [source.width() as usize, source.height() as usize];
        let source = Source::Rows(Arc::new(RwLock::new(RowWindow::new(source))));
        Self { upscaler, source, size, plane, prepared: Prepared::default() }
    }

    /// The same with another picture, in its network's range.
    fn ready(&self, raster: Arc<Raster>) -> Self {
        let size = [raster.width() as usize, raster.height() as usize];
        Self { source: Source::Ready(raster), size, ..self.clone() }
    }

    /// What is known of the picture, and its field in the network's range; `None` for a field that
    /// is.
    pub(crate) fn prepared(&self) -> Result<Option<(&Survey, Self)>> {
        let Source::Whole(raster, nodata) = &self.source else { return Ok(None) };
        if self.prepared.get().is_none() {
            let open = || Box::new(RasterRows::new(raster.clone()).with_nodata(*nodata));
            let (survey, _) = Survey::of(open())?;
            let floats = raster.samples().depth() == Depth::F32;
            let ready = match survey.is_plain() && (survey.opaque || !floats) {
                true => raster.clone(),
                false => Arc::new(all_rows(survey.prepared(open()))?),
            };
            // Another thread may have come first, with the same.
            let _ = self.prepared.set((survey, ready));
        }
        Ok(self.prepared.get().map(|(survey, raster)| (survey, self.ready(raster.clone()))))
    }

    /// A field that is ready with its picture reduced to `size`; colours count by alpha unless it is
    /// opaque.
    pub(crate) fn reduced(&self, size: [u32; 2], opaque: bool) -> Result<Self> {
        let Source::Ready(raster) = &self.source else { return Ok(self.clone()) };
        let rows = Box::new(RasterRows::new(raster.clone()));
        Ok(self.ready(Arc::new(all_rows(Box::new(Reduced::new(rows, size, opaque)))?)))
    }

    /// The picture, where it is in memory.
    pub(crate) fn raster(&self) -> Option<&Arc<Raster>> {
        match &self.source {
            Source::Whole(raster, _) | Source::Ready(raster) => Some(raster),
            Source::Rows(_) => None,
        }
    }

    /// Which part of the picture is looked at.
    pub fn plane(&self) -> Plane {
        self.plane
    }

    /// The upscaler.
    pub fn upscaler(&self) -> &Arc<Upscaler> {
        &self.upscaler
    }

    /// Width of the picture in pixels.
    pub fn width(&self) -> usize {
        self.size[0]
    }

    /// Height of the picture in pixels.
    pub fn height(&self) -> usize {
        self.size[1]
    }

    /// Makes `rows` ready for [`rgb`](Self::rgb). Rows before them may be forgotten.
    ///
    /// # Errors
    /// Those of the source of a streamed picture; [`crate::Error::Parameter`] when rows are asked
    /// for again after they were forgotten.
    pub fn prepare(&self, rows: Range<usize>) -> Result<()> {
        match &self.source {
            Source::Whole(..) | Source::Ready(_) => Ok(()),
            Source::Rows(window) => window.write().prepare(rows.start..rows.end.min(self.size[1])),
        }
    }

    /// Whether all samples, of a streamed picture those read so far, are finite and in the range that
    /// networks are made for.
    pub(crate) fn is_ordinary(&self) -> bool {
        match &self.source {
            Source::Whole(raster, _) | Source::Ready(raster) => is_ordinary(raster.samples()),
            Source::Rows(window) => window.read().is_ordinary(),
        }
    }

    /// Copies `out.len() / 3` pixels of row `row` from column `column` on as RGB, where 1 is full.
    ///
    /// # Panics
    /// When the pixels are not all inside the picture, or a streamed row is not
    /// [prepared](Self::prepare).
    pub fn rgb(&self, column: usize, row: usize, out: &mut [f32]) {
        match &self.source {
            Source::Whole(raster, _) | Source::Ready(raster) => {
                self.plane.rgb(raster, column, row, out)
            }
            Source::Rows(window) => {
                let window = window.read();
                let (strip, row) = window.row(row);
                self.plane.rgb(strip, column, row, out);
            }
        }
    }
}
