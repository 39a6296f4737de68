//! The picture of a job, opened.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use polyinr::model::Upscaler;
use polyinr::picture::{Limits, Metadata, PictureReader};
use polyinr::{Control, Depth, Extent, Notes, PictureField, Result, RowSource, View};

use super::job::Job;
use super::options::Batch;

/// Most bytes of a picture that is held in memory rather than read several times.
const HELD: u64 = 128 << 20;

/// A picture that was opened.
pub struct OpenedPicture {
    /// The picture seen through the upscaler.
    pub field: PictureField,
    /// What the file says besides.
    pub metadata: Metadata,
    /// Depth of its samples.
    pub depth: Depth,
    /// What came up, and comes up while it is read.
    pub notes: Notes,
}

impl OpenedPicture {
    /// The picture of `job` seen through `upscaler`, held where it would be read several times.
    pub fn open(job: &Job, upscaler: &Arc<Upscaler>, limits: Limits) -> Result<Self> {
        let reader = PictureReader::open(&job.input, &limits)?;
        let (info, notes) = (reader.info(), reader.notes().clone());
        let (metadata, depth) = (info.metadata.clone(), info.depth);
        let extent = extent(&reader);
        let nodata = reader.nodata();
        let field = match job.is_held {
            true => {
                let raster = Arc::new(reader.into_raster()?);
                PictureField::new(upscaler, raster).with_nodata(nodata)
            }
            false => {
                let (input, first) = (job.input.clone(), Mutex::new(Some(reader)));
                PictureField::opened(upscaler, extent, move || -> Result<Box<dyn RowSource>> {
                    let first = first.lock().take();
                    let open = || PictureReader::open(&input, &limits);
                    Ok(Box::new(first.map_or_else(open, Ok)?))
                })
            }
        };
        let name = Path::new(&job.name).file_name().unwrap_or_default().to_string_lossy();
        let field =
            field.with_origin(format!("the picture {name}")).with_profile(metadata.icc.clone());
        Ok(Self { field, metadata, depth, notes })
    }

    /// The same as the options say, which decide how much is cleaned in what `view` shows of it.
    pub fn treated(self, batch: &Batch<'_>, view: &View, control: &Control<'_>) -> Result<Self> {
        Ok(Self { field: batch.options.apply(self.field, view, control)?, ..self })
    }
}

/// Size, channels and depth of the picture.
pub fn extent(reader: &PictureReader) -> Extent {
    let info = reader.info();
    let (width, height) = (reader.width(), reader.height());
    Extent { width, height, channels: info.channels, depth: info.depth }
}

/// Whether a picture is held: where it is read several times, for its alpha, to see which values it has,
/// to see how much to clean, or for `more` files than the result, and it is not large.
pub fn is_held(reader: &PictureReader, batch: &Batch<'_>, upscaler: &Upscaler, more: bool) -> bool {
    let extent = extent(reader);
    let values = extent.depth == Depth::F32 || reader.nodata().is_some();
    let estimated = upscaler.can_be_told() && batch.options.treatment.needs_estimate();
    let again = more || values || estimated || extent.channels.has_alpha() || batch.options.tta;
    again && extent.bytes() <= HELD
}
